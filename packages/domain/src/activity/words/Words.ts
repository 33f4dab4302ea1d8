import type { Manner } from "../../cricket/Delivery.ts"
import type { Kind } from "../../cricket/Format.ts"
import type { Status } from "../../cricket/Status.ts"

/** A match that stands still, or has not got going. */
export type Pause = Exclude<
  Status,
  "scheduled" | "live" | "innings break" | "abandoned" | "cancelled" | "finished"
>

/**
 * Everything that is said to followers, in one language.
 *
 * A phrase is a string, or a function where something goes into it: names and codes as the feed has them, scores and overs
 * as scoreboards write them, numbers that a language may have to bend its words to. What is said when is decided elsewhere.
 */
export interface Words {
  /** What is played. */
  readonly format: Readonly<Record<Kind, string>>
  /** Two teams, by their codes or their names. */
  readonly versus: (home: string, away: string) => string

  /** Runs an over, to two decimals; a dash before the first ball. */
  readonly runRate: (rate: string) => string
  readonly requiredRate: (rate: string) => string
  readonly target: (runs: number) => string
  readonly needs: (code: string, runs: number) => string
  readonly needsOff: (code: string, runs: number, balls: number) => string

  /** A wicket for a bowler, by its manner, as scorecards shorten it. */
  readonly bowled: (bowler: string) => string
  readonly caught: (bowler: string) => string
  readonly caughtBy: (fielder: string, bowler: string) => string
  readonly caughtAndBowled: (bowler: string) => string
  readonly lbw: (bowler: string) => string
  readonly stumped: (bowler: string) => string
  readonly stumpedBy: (fielder: string, bowler: string) => string
  readonly hitWicket: (bowler: string) => string
  readonly runOutBy: (fielders: string) => string
  /** The manner alone, where no bowler is credited or known. */
  readonly manner: Readonly<Record<Manner, string>>
  /** Out, nobody knows how. */
  readonly out: string

  /** Cries, each followed by an exclamation mark. */
  readonly wicket: string
  readonly six: string
  readonly four: string
  readonly fifty: string
  readonly hundred: Readonly<Record<100 | 200 | 300, string>>
  /** A hundred that has no name. */
  readonly manyRuns: (runs: number) => string
  readonly hatTrick: string

  readonly inningsBreak: string
  /** An innings that is over: "IND 180/5" after "20" overs. */
  readonly inningsTotal: (total: string, overs: string) => string
  /** A batter's runs so far, and the balls they took. */
  readonly runsOff: (runs: number, balls: number) => string
  readonly figures: (wickets: number, runs: number, overs: string) => string
  readonly nearHundred: (batter: string, runs: number) => string
  readonly batterOnFire: (batter: string) => string
  readonly bowlerOnFire: (bowler: string) => string
  readonly comesIn: (batter: string) => string
  readonly onHatTrick: (bowler: string) => string
  /** Counts of sixes in words; more than six are told in figures. */
  readonly count: Readonly<Record<3 | 4 | 5 | 6, string>>
  readonly sixesInARow: (count: string) => string
  readonly maiden: (bowler: string) => string

  /** A wicket that did not stand. */
  readonly notOut: (batter: string) => string
  readonly correction: string
  /** Something else that was shown and is not so, and the score as it is; empty where there is none. */
  readonly notSo: (what: string, total: string) => string

  /** The title of a wicket's alert; "IND 87/3" is the score at its fall. */
  readonly wicketAt: (score: string) => string
  /** One sentence after another. */
  readonly sentences: (first: string, second: string) => string

  readonly wonBy: (team: string, margin: string) => string
  readonly won: (team: string) => string
  readonly byRuns: (runs: number) => string
  readonly byWickets: (wickets: number) => string
  readonly byInnings: string
  readonly byInningsAndRuns: (runs: number) => string
  /** What settled the match, in the feed's words; as they are where this language has none for it. */
  readonly method: (given: string) => string
  readonly tied: string
  readonly tiedAndWon: (team: string, decider: string) => string
  readonly drawn: string
  readonly noResult: string
  readonly awarded: string
  readonly awardedTo: (team: string) => string
  readonly abandoned: string
  readonly cancelled: string
  /** Over, nobody says how: the feed has gone quiet about it. */
  readonly over: string

  readonly pause: Readonly<Record<Pause, string>>
  readonly betweenInnings: string
  readonly yetToBegin: string
  readonly resumes: string
  readonly superOver: string
  readonly level: string
  readonly leads: (code: string, runs: number) => string
  readonly trails: (code: string, runs: number) => string
  readonly batting: (code: string, score: string, overs: string) => string
  /** An innings that its captain closed. */
  readonly declared: (score: string) => string

  readonly aboutToBegin: string
  readonly startsIn: (minutes: number) => string
  /** Asks for the tap that puts the match on the lock screen. */
  readonly tapToFollow: string
}
