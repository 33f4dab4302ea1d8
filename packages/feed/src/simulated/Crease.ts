import type { Chance } from "@sightscreen/decider"
import type { Delivery, Format, Ids, Over } from "@sightscreen/domain"
import type { Innings } from "../recorded/Recording.ts"
import type { Player, Team } from "./Cast.ts"
import type * as Script from "./Script.ts"

/**
 * An innings on the workbench: what is asked for, and how far it has come.
 *
 * The state is changed in place by one call of `Innings.play` and is seen by nobody else; what comes of it is a recorded
 * innings.
 */
export interface Order {
  readonly dice: Chance.Dice
  readonly format: Format.Format
  readonly gender: "male" | "female"
  readonly batting: Team
  readonly bowling: Team
  readonly superOver: boolean
  /** Legal balls it may last; null where it lasts until it is over. */
  readonly balls: number | null
  /** Runs that win the match; null while there is nothing to chase. */
  readonly target: number | null
  readonly penalties: Innings["penalties"]
  /** How hard the pitch makes batting, 1 being ordinary. */
  readonly hazard: number
  /** How fast runs come, 1 being ordinary. */
  readonly tempo: number
  readonly script: Script.Script
  /** Rain after so many legal balls: a new allowance and target, or null where there is no further play. */
  readonly rain: { readonly after: number; readonly revise: (state: State) => Revised | null } | null
  /** Asked after each over and each wicket: whether the captain has had enough, or time is up. */
  readonly verdict: (state: State) => "declared" | "time" | null
}

export interface Revised {
  readonly balls: number
  readonly target: number
}

export type End = "all out" | "target" | "allowance" | "rain" | "declared" | "time"

export interface State {
  readonly order: Order
  runs: number
  wickets: number
  legal: number
  deliveries: number
  balls: number | null
  target: number | null
  readonly overs: Array<Over.Over>
  over: Array<Delivery.Delivery>
  overLegal: number
  striker: Player
  nonStriker: Player
  bowler: Player
  /** Who is yet to come in. */
  readonly waiting: Array<Player>
  /** Who retired hurt, and may come back. */
  readonly hurt: Array<Player>
  readonly faced: Map<Ids.PlayerId, number>
  readonly spells: Map<Ids.PlayerId, number>
  freeHit: boolean
  readonly progress: Script.Progress
  /** Who was replaced for good, and by whom the side plays on. */
  replaced: Player | null
  /** Whether rain has been. */
  rained: boolean
  end: End | null
}

export const wicketsToLose = ({ order }: State): number => (order.superOver ? 2 : 10)

/** Nobody would be left to come in. */
export const isLastPair = (state: State): boolean =>
  state.wickets + 1 >= wicketsToLose(state) || state.waiting.length + state.hurt.length === 0
