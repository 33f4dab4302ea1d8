import type { Instant } from "@sightscreen/decider"
import { Delivery, type Ids } from "@sightscreen/domain"
import { DateTime, Option } from "effect"
import type * as Wire from "./Wire.ts"

/**
 * One of their balls in our words.
 *
 * A ball carries a score, one of a catalogue of outcomes, whose numbers mean different things for different outcomes. Rules
 * are from the catalogue as documented and as seen on real matches; wides are told by the score's name alone.
 */
export interface Runs {
  readonly bat: number
  readonly wides: number
  readonly noBalls: number
  readonly byes: number
  readonly legByes: number
  readonly boundary: boolean
}

export const runs = (score: Wire.Score): Runs => {
  const byes = score.bye ?? 0
  const legByes = score.leg_bye ?? 0
  // No field tells a wide. `runs` are then all the wides, and none of them the batter's.
  if (/wide/i.test(score.name))
    return { bat: 0, wides: score.runs, noBalls: 0, byes: 0, legByes: 0, boundary: false }
  const noBall = (score.noball ?? 0) > 0 || /no ?ball|^\d*nb\b/i.test(score.name)
  if (noBall) {
    const noBalls = Math.max(1, (score.noball_runs ?? 0) > 0 ? score.noball_runs! : (score.noball ?? 0))
    const bat = Math.max(0, score.runs - noBalls)
    return { bat, wides: 0, noBalls, byes, legByes, boundary: isBoundary(score, bat) }
  }
  // "1 Leg Bye + 4 Runs" says 4 runs and 5 leg byes; together they would be nine.
  if (byes > 0 || legByes > 0) return { bat: 0, wides: 0, noBalls: 0, byes, legByes, boundary: false }
  return {
    bat: score.runs,
    wides: 0,
    noBalls: 0,
    byes: 0,
    legByes: 0,
    boundary: isBoundary(score, score.runs)
  }
}

/** Four or six in `runs` alone may have been run. */
const isBoundary = ({ four, six }: Wire.Score, bat: number): boolean =>
  (bat === 4 && four === true) || (bat === 6 && six === true)

const manners: ReadonlyArray<readonly [RegExp, Delivery.Manner]> = [
  [/retired (hurt|ill)/i, "retired hurt"],
  [/retired not out/i, "retired not out"],
  [/retired/i, "retired out"],
  [/run ?out/i, "run out"],
  [/stump/i, "stumped"],
  [/catch|caught/i, "caught"],
  [/bowled/i, "bowled"],
  [/lbw/i, "lbw"],
  [/hit wicket/i, "hit wicket"],
  [/obstruct/i, "obstructing the field"],
  [/timed/i, "timed out"],
  [/twice/i, "hit the ball twice"],
  [/handled/i, "handled the ball"]
]

/** How somebody got out, by the name of the outcome; null where the name tells no way that we know. */
export const manner = (name: string): Delivery.Manner | null =>
  manners.find(([pattern]) => pattern.test(name))?.[1] ?? null

/** What the name does not tell, those who are named with it do. It costs a wicket in any case. */
const guess = (ball: Wire.Ball): Delivery.Manner =>
  isSet(ball.runout_by_id) || !isSet(ball.catchstump_id) ? "run out" : "caught"

const isSet = (id: string | null | undefined): boolean => id !== null && id !== undefined

const isNoDismissal = /not out|absent/i

/**
 * Who was out with the ball, if anybody. The flags decide, and the name says how; who retires hurt is no wicket, and told
 * by the name alone.
 */
export const dismissal = (
  ball: Wire.Ball,
  name: (id: string) => string
): { readonly dismissals: Delivery.Delivery["dismissals"]; readonly unknown: boolean } => {
  const { score } = ball
  const named = manner(score.name)
  const retires = named === "retired hurt" || named === "retired not out"
  if (!retires && isNoDismissal.test(score.name)) return nobody
  const flagged = score.is_wicket === true || score.out === true
  if (!flagged && !retires && (named === null || !isSet(ball.batsmanout_id))) return nobody
  const how = named ?? guess(ball)
  const byBowler = how === "caught" && ball.catchstump_id === ball.bowler_id
  const fielders = byBowler
    ? []
    : [how === "run out" ? ball.runout_by_id : null, fielded.has(how) ? ball.catchstump_id : null].flatMap(
        (id) => (id === null || id === undefined ? [] : [name(id)])
      )
  return {
    dismissals: [
      { batter: playerId(outOf(ball, how)), manner: byBowler ? "caught and bowled" : how, fielders }
    ],
    unknown: named === null
  }
}

/** Only the striker can be bowled, caught or stumped, and only a batter at the crease be run out. */
const outOf = (ball: Wire.Ball, how: Delivery.Manner): string => {
  const { batsman_id: striker, batsmanout_id: said } = ball
  const { between, credited } = Delivery.meaning[how]
  if (said === null || said === undefined || credited) return striker
  return between || said === nonStriker(ball) ? said : striker
}

const nobody = { dismissals: [], unknown: false } as const

const fielded: ReadonlySet<Delivery.Manner> = new Set<Delivery.Manner>(["caught", "stumped", "run out"])

export const playerId = (id: string): Ids.PlayerId => id as Ids.PlayerId

/** The over that a ball is in, from 0: 0.1 to 0.6 are the first. */
export const overOf = ({ ball }: Wire.Ball): number => Math.floor(ball + 0.001)

/**
 * The other batter: of the two at the crease the one who does not face. Null where only the striker is named.
 */
export const nonStriker = (ball: Wire.Ball): string | null =>
  [ball.batsman_one_on_creeze_id, ball.batsman_two_on_creeze_id].find(
    (id) => id !== null && id !== undefined && id !== ball.batsman_id
  ) ?? null

/** "2026-06-14T14:06:31.000000Z", always UTC; null where it is no time. */
export const instant = (text: string | null | undefined): Instant.Instant | null => {
  if (text === null || text === undefined) return null
  const zoned = /(z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text.replace(" ", "T")}Z`
  const millis = Option.map(DateTime.make(zoned), DateTime.toEpochMillis)
  return Option.isSome(millis) && millis.value >= 0 ? (Math.trunc(millis.value) as Instant.Instant) : null
}
