import { Schema } from "effect"
import type { Innings } from "../cricket/Innings.ts"
import type { Match } from "../cricket/Match.ts"

/**
 * What an operator may order of a match that is being told.
 *
 * A feed is sometimes wrong for longer than people can bear: then a person says what is so, or that nothing is to be said.
 */
export const Order = Schema.TaggedUnion({
  /** Nothing is told until further notice; the match is read all the same. */
  Pause: {},
  Resume: {},
  /** The score of an innings is so now, whatever the feed says; from here on the feed's changes are added to it. */
  Correct: { innings: Schema.Int, runs: Schema.Int, wickets: Schema.Int },
  /** The feed is right again. */
  Uncorrect: {},
  /** Every activity of the match ends with what is on the screen. */
  End: {}
})
export type Order = typeof Order.Type

/** How far an innings is from what the feed says of it. */
export const Correction = Schema.Struct({
  /** From 1, in order of play. */
  innings: Schema.Int,
  runs: Schema.Int,
  wickets: Schema.Int
})
export type Correction = typeof Correction.Type

/** A wicket that never was may be taken away, and no side loses more than ten (Law 16.2: ten wickets are all out). */
const allOut = 10

/** The difference that makes it so; null for an innings that there is none of. */
export const difference = (
  match: Match,
  { innings, runs, wickets }: Omit<Extract<Order, { readonly _tag: "Correct" }>, "_tag">
): Correction | null => {
  const found = match.innings.find(({ number }) => number === innings)
  return found === undefined ? null : { innings, runs: runs - found.runs, wickets: wickets - found.wickets }
}

/** A correction takes the place of the one before of its innings; one of nothing leaves none. */
export const corrected = (all: ReadonlyArray<Correction>, one: Correction): ReadonlyArray<Correction> => [
  ...all.filter(({ innings }) => innings !== one.innings),
  ...(one.runs === 0 && one.wickets === 0 ? [] : [one])
]

/** What has been ordered, and stands. */
export const Standing = Schema.Struct({
  /** The last order that was heard: each is heard once. */
  last: Schema.Int,
  paused: Schema.Boolean,
  corrections: Schema.Array(Correction)
})
export type Standing = typeof Standing.Type

export const nothing: Standing = { last: 0, paused: false, corrections: [] }

export const isPaused = (orders: Standing | undefined): boolean => orders !== undefined && orders.paused

/** The match as it is told: as the feed has it, but for what was put right. */
export const told = (match: Match, orders: Standing | undefined): Match =>
  orders === undefined || orders.corrections.length === 0
    ? match
    : {
        ...match,
        innings: match.innings.map((innings) => {
          const one = orders.corrections.find(({ innings: number }) => number === innings.number)
          return one === undefined ? innings : shifted(innings, one)
        })
      }

const shifted = (innings: Innings, { runs, wickets }: Correction): Innings => ({
  ...innings,
  runs: Math.max(0, innings.runs + runs),
  wickets: Math.min(allOut, Math.max(0, innings.wickets + wickets))
})
