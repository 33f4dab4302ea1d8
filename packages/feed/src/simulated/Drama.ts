import type { Format } from "@sightscreen/domain"

/** What may be asked of a match that invents itself, and what it is. */
export const dramas = {
  tie: "the scores end level",
  superOver: "the scores end level, and super overs settle it",
  lastBall: "the chase succeeds with the last ball",
  oneRun: "the chase fails by one run",
  collapse: "five wickets fall for no more than 25 runs",
  hatTrick: "three wickets with three balls running by one bowler",
  sixes: "four sixes in a row",
  retiredHurt: "a batter retires hurt and may come back",
  concussion: "a batter retires with a concussion, and a substitute bats in his place",
  penaltyRuns: "five penalty runs with a ball",
  oddDismissal: "somebody is out in one of the rare ways",
  miscount: "an umpire loses count: an over of five or seven legal balls",
  rain: "rain, whatever it does",
  reducedOvers: "a late start leaves fewer overs to both sides",
  revisedTarget: "rain shortens an innings and revises the target",
  parScore: "rain ends a chase that is long enough for a result",
  noResult: "rain ends the match before there can be a result",
  washout: "not a ball is bowled",
  draw: "time is up before there is a result",
  declaration: "a captain declares",
  followOn: "the side that bats second bats again at once",
  inningsVictory: "one innings is worth more than two",
  lostDay: "rain takes a whole day",
  forfeit: "an innings is forfeited"
} as const
export type Drama = keyof typeof dramas

/** What a format has room for, and in how many of a thousand matches it is drawn where nobody asked. */
type Rates = Readonly<Partial<Record<Drama, number>>>

/** What every format has room for, in the first innings. */
export const anywhere: Rates = {
  collapse: 50,
  hatTrick: 15,
  sixes: 15,
  retiredHurt: 20,
  concussion: 8,
  penaltyRuns: 8,
  oddDismissal: 25
}

const limited: Rates = {
  ...anywhere,
  tie: 8,
  superOver: 8,
  lastBall: 20,
  oneRun: 10,
  rain: 0,
  reducedOvers: 25,
  revisedTarget: 30,
  parScore: 10,
  noResult: 15,
  washout: 8
}

const unlimited: Rates = {
  ...anywhere,
  miscount: 60,
  tie: 2,
  rain: 0,
  lostDay: 60,
  draw: 0,
  declaration: 0,
  followOn: 0,
  inningsVictory: 0,
  forfeit: 2
}

/** What may be asked of a format. */
export const rates: Readonly<Record<Format.Kind, Rates>> = {
  t20: limited,
  hundred: limited,
  odi: limited,
  test: unlimited,
  "first class": unlimited
}

export const of = (kind: Format.Kind): ReadonlyArray<Drama> => Object.keys(rates[kind]) as Array<Drama>
