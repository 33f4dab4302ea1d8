import { Delivery } from "@sightscreen/domain"
import { idFor } from "./Roster.ts"

/** What a delivery was, as one of SportMonks' catalogue of outcomes. */
export interface Score {
  readonly resource: "scores"
  readonly id: number
  readonly name: string
  readonly runs: number
  readonly four: boolean
  readonly six: boolean
  readonly bye: number
  readonly leg_bye: number
  readonly noball: number
  readonly noball_runs: number
  readonly is_wicket: boolean
  readonly ball: boolean
  readonly out: boolean
}

/** Ids that public sources name; the others are made of the outcomes' names. */
const ids: Readonly<Record<string, number>> = {
  "1 Bye": 1,
  "1 Bye + Run Out": 3,
  "1 Leg Bye": 4,
  "1 Leg Bye + Run Out": 5,
  "1 No Ball": 7,
  "1 Wide + Run Out": 22,
  "Catch Out": 54,
  "Stump Out": 56,
  "Run Out": 63,
  "Run Out + 1 Run": 65,
  "Run Out + 2 Runs": 67,
  "1 Run": 69,
  "Obstructing the field Out": 78,
  "Clean Bowled": 79,
  "No Run": 82,
  "LBW OUT": 83,
  "Not Out": 84,
  "Retired Hurt": 85,
  "Hit the ball twice": 86,
  "Hit Wicket": 87,
  "Retired Out": 138
}

const outs: Readonly<Record<Delivery.Manner, string>> = {
  bowled: "Clean Bowled",
  caught: "Catch Out",
  "caught and bowled": "Catch Out",
  lbw: "LBW OUT",
  stumped: "Stump Out",
  "hit wicket": "Hit Wicket",
  "run out": "Run Out",
  "obstructing the field": "Obstructing the field Out",
  "hit the ball twice": "Hit the ball twice",
  "handled the ball": "Handled the ball Out",
  "timed out": "Timed Out",
  "retired out": "Retired Out",
  "retired hurt": "Retired Hurt",
  "retired not out": "Retired Hurt"
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

/** The words for the runs of a delivery; empty for none. */
const words = (ball: Delivery.Delivery): string => {
  if (ball.wides > 0) return counted(ball.wides, "Wide")
  const off = Delivery.isFour(ball)
    ? "FOUR"
    : Delivery.isSix(ball)
      ? "SIX"
      : ball.bat > 0
        ? counted(ball.bat, "Run")
        : ball.byes > 0
          ? counted(ball.byes, "Bye")
          : ball.legByes > 0
            ? counted(ball.legByes, "Leg Bye")
            : ""
  if (ball.noBalls === 0) return off
  return off === "" ? "1 No Ball" : `1 No Ball + ${ball.bat > 0 ? counted(ball.bat, "Run") : off}`
}

/** A score has room for one: of several that were out with a ball, the one who was out while it was in play. */
export const dismissal = (ball: Delivery.Delivery): Delivery.Dismissal | null =>
  ball.dismissals.find(({ manner }) => !Delivery.meaning[manner].between) ?? ball.dismissals[0] ?? null

export const of = (ball: Delivery.Delivery): Score => {
  const gone = dismissal(ball)
  const how = gone === null ? "" : outs[gone.manner]
  const runs = words(ball)
  const first = gone?.manner === "run out" && ball.bat > 0 && ball.noBalls === 0
  const parts = (first ? [how, runs] : [runs, how]).filter((part) => part !== "")
  const name = parts.length === 0 ? "No Run" : parts.join(" + ")
  const wicket = gone !== null && Delivery.meaning[gone.manner].counts
  return {
    resource: "scores",
    id: idOf(name),
    name,
    runs: ball.bat + ball.wides + ball.noBalls,
    four: Delivery.isFour(ball),
    six: Delivery.isSix(ball),
    bye: ball.byes,
    leg_bye: ball.legByes,
    noball: ball.noBalls > 0 ? 1 : 0,
    noball_runs: ball.noBalls,
    is_wicket: wicket,
    ball: Delivery.isLegal(ball),
    out: wicket
  }
}

/** Of the outcome by its name, for dismissals too. */
export const idOf = (name: string): number => ids[name] ?? 1000 + (idFor("score", name) % 100_000)

export const dismissalName = (manner: Delivery.Manner | null): string =>
  manner === null ? "Not Out" : outs[manner]

export const dismissalId = (manner: Delivery.Manner | null): number => idOf(dismissalName(manner))

const blank: Delivery.Delivery = {
  id: null,
  over: 0,
  nth: 1,
  batter: "" as Delivery.Delivery["batter"],
  nonStriker: "" as Delivery.Delivery["batter"],
  bowler: "" as Delivery.Delivery["batter"],
  bat: 0,
  wides: 0,
  noBalls: 0,
  byes: 0,
  legByes: 0,
  penalty: 0,
  boundary: false,
  dismissals: [],
  at: null
}

/** What a delivery can be, in the main: the catalogue that `/scores` lists. */
export const catalogue: ReadonlyArray<Score> = (() => {
  const outs = new Map<number, Score>()
  const add = (ball: Partial<Delivery.Delivery>) => {
    const score = of({ ...blank, ...ball })
    outs.set(score.id, score)
  }
  const out = (manner: Delivery.Manner) => [{ batter: blank.batter, manner, fielders: [] }]
  for (let bat = 0; bat <= 6; bat++) {
    add({ bat })
    add({ bat, noBalls: 1 })
    add({ bat, dismissals: out("run out") })
  }
  for (const bat of [4, 6]) {
    add({ bat, boundary: true })
    add({ bat, boundary: true, noBalls: 1 })
  }
  for (let runs = 1; runs <= 5; runs++) {
    add({ wides: runs })
    add({ byes: runs })
    add({ legByes: runs })
    add({ byes: runs, noBalls: 1 })
    add({ legByes: runs, noBalls: 1 })
  }
  for (const runs of [1, 2]) {
    for (const dismissals of [out("run out"), out("stumped")]) add({ wides: runs, dismissals })
    add({ byes: runs, dismissals: out("run out") })
    add({ legByes: runs, dismissals: out("run out") })
  }
  for (const manner of Delivery.Manner.literals) add({ dismissals: out(manner) })
  return [...outs.values()].sort((a, b) => a.id - b.id)
})()
