import type { Format } from "@sightscreen/domain"

/**
 * How often things happen on a cricket field: counted in Cricsheet's records of the formats, by phase of the innings.
 *
 * Of a thousand deliveries so many are wide; of a thousand others so many are what else is named here, and what is left is
 * a dot.
 */
export interface Odds {
  readonly wide: number
  readonly noBall: number
  readonly bye: number
  readonly legBye: number
  /** The bowler's wickets, off an ordinary batter. */
  readonly wicket: number
  readonly runOut: number
  readonly one: number
  readonly two: number
  readonly three: number
  readonly four: number
  readonly six: number
}

const odds = (
  wide: number,
  noBall: number,
  bye: number,
  legBye: number,
  wicket: number,
  runOut: number,
  one: number,
  two: number,
  three: number,
  four: number,
  six: number
): Odds => ({ wide, noBall, bye, legBye, wicket, runOut, one, two, three, four, six })

const t20 = [
  odds(44, 4, 2, 18, 42, 1, 285, 60, 4, 160, 48),
  odds(36, 5, 2, 11, 46, 2, 438, 66, 3, 92, 59),
  odds(40, 10, 4, 16, 74, 11, 396, 99, 5, 120, 90)
]
const odi = [
  odds(30, 2, 1, 10, 18, 1, 190, 35, 4, 105, 19),
  odds(17, 2, 1, 9, 25, 1, 338, 37, 3, 79, 18),
  odds(33, 3, 3, 18, 50, 8, 382, 70, 4, 88, 37)
]
const test = [
  odds(3, 6, 2, 9, 25, 1, 98, 39, 6, 66, 1),
  odds(2, 7, 2, 7, 17, 1, 162, 37, 6, 61, 7),
  odds(4, 5, 3, 6, 12, 1, 165, 36, 8, 68, 14)
]

const tables: Readonly<Record<Format.Kind, ReadonlyArray<Odds>>> = {
  t20,
  hundred: t20,
  odi,
  test,
  "first class": test
}

/** The phase an innings is in: power play or new ball, middle, end. By share of the allowance where there is one. */
export const phase = (kind: Format.Kind, over: number, overs: number | null): Odds => {
  const table = tables[kind]
  if (overs === null) return table[over % 80 < 10 ? 0 : over < 80 ? 1 : 2]!
  if (kind === "odi") return table[over * 5 < overs ? 0 : over * 5 < overs * 4 ? 1 : 2]!
  return table[over * 10 < overs * 3 ? 0 : over * 4 < overs * 3 ? 1 : 2]!
}

/** Runs that a side makes from a ball, on the whole: what a chase compares its need with. */
export const par: Readonly<Record<Format.Kind, number>> = {
  t20: 1.4,
  hundred: 1.4,
  odi: 0.92,
  test: 0.57,
  "first class": 0.55
}

/** Of a hundred of the bowler's wickets, by manner. */
export const manners: Readonly<
  Record<
    Format.Kind,
    readonly [caught: number, bowled: number, lbw: number, stumped: number, caughtAndBowled: number]
  >
> = {
  t20: [64, 23, 8, 2.5, 3.5],
  hundred: [64, 23, 8, 2.5, 3.5],
  odi: [57, 18, 17, 5, 2],
  test: [62, 20, 15, 1, 2],
  "first class": [62, 22, 13, 1, 2]
}

/** By place in the order: how much more easily he is out than an ordinary batter, and how much less he scores. */
export const frailty = [0.9, 0.9, 0.87, 0.86, 0.9, 0.95, 1.05, 1.3, 1.6, 1.95, 2.3]
export const stroke = [1.06, 1.06, 1.06, 1.06, 1.04, 1.02, 1, 0.88, 0.74, 0.6, 0.5]
