import type { Ids } from "@sightscreen/domain"
import { Context, Data, type Effect } from "effect"

/** A recorded match that is played again. */
export interface Playing {
  readonly matchId: Ids.MatchId
  readonly tapeId: string
  readonly state: "playing" | "paused" | "stopped"
  readonly speed: number
  /** Balls bowled so far, and in all. */
  readonly position: number
  readonly balls: number
}

export interface Tape {
  readonly tapeId: string
  readonly name: string
  readonly durationMillis: number
  readonly balls: number
}

export type Control =
  | { readonly action: "play" | "pause" | "stop" | "reset" }
  | { readonly action: "seek"; readonly position: number }
  | { readonly action: "setSpeed"; readonly speed: number }

/** There is no such tape, or no such match is played. */
export class NoSuchReplay extends Data.TaggedError("NoSuchReplay")<{ readonly name: string }> {}

/** Where recorded matches come from does not answer. */
export class ReplayFailed extends Data.TaggedError("ReplayFailed")<{ readonly problem: string }> {}

type Answer<A> = Effect.Effect<A, NoSuchReplay | ReplayFailed>

/**
 * Plays recorded matches beside live ones, under names of their own. Asked for as an optional service: a server that is not
 * set up for replays has none.
 */
export class ReplayDesk extends Context.Service<
  ReplayDesk,
  {
    readonly start: (tapeId: string, speed: number) => Answer<Playing>
    readonly all: Answer<ReadonlyArray<Playing>>
    readonly control: (matchId: Ids.MatchId, control: Control) => Answer<Playing>
    readonly remove: (matchId: Ids.MatchId) => Answer<void>
    readonly tapes: Answer<ReadonlyArray<Tape>>
  }
>()("@sightscreen/engine/ReplayDesk") {}
