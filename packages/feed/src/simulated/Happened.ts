import { Delivery } from "@sightscreen/domain"
import type { Innings } from "../recorded/Recording.ts"
import type { Drama } from "./Drama.ts"
import type { LongStory } from "./FirstClass.ts"
import type { Story } from "./Limited.ts"
import { collapse as falls, oddities, sixesRunning } from "./Script.ts"

/** Whether a match has a drama in it, as anybody could tell who has its balls and its result. */
type Told = Story | LongStory

const balls = (innings: Innings): ReadonlyArray<Delivery.Delivery> =>
  innings.overs.flatMap(({ deliveries }) => deliveries)

const somewhere =
  (test: (balls: ReadonlyArray<Delivery.Delivery>, innings: Innings) => boolean) =>
  ({ innings }: Told): boolean =>
    innings.some((one) => !one.superOver && test(balls(one), one))

const out = (...manners: ReadonlyArray<Delivery.Manner>) =>
  somewhere((balls) =>
    balls.some(({ dismissals }) => dismissals.some(({ manner }) => manners.includes(manner)))
  )

const credited = (ball: Delivery.Delivery): boolean =>
  ball.dismissals.some(({ manner }) => Delivery.meaning[manner].credited)

const hatTrick = (balls: ReadonlyArray<Delivery.Delivery>): boolean => {
  const streaks = new Map<string, number>()
  return balls.some((ball) => {
    const streak = credited(ball) ? (streaks.get(ball.bowler) ?? 0) + 1 : 0
    streaks.set(ball.bowler, streak)
    return streak === 3
  })
}

const sixes = (balls: ReadonlyArray<Delivery.Delivery>): boolean => {
  let running = 0
  return balls.some((ball) => {
    running = Delivery.isSix(ball) ? running + 1 : 0
    return running === sixesRunning
  })
}

const collapse = (balls: ReadonlyArray<Delivery.Delivery>): boolean => {
  /** The score when each wicket fell, the ball itself included. */
  const fallen: Array<number> = []
  let score = 0
  for (const ball of balls) {
    score += Delivery.total(ball)
    for (const { manner } of ball.dismissals) if (Delivery.meaning[manner].counts) fallen.push(score)
  }
  return fallen.some(
    (at, index) => index + 1 >= falls.wickets && at - fallen[index + 1 - falls.wickets]! <= falls.runs
  )
}

const isLong = (story: Told): story is LongStory => "days" in story

/** The last innings that counts. */
const chase = ({ innings }: Told): Innings | undefined => innings.findLast((one) => !one.superOver)

const whole = ({ overs }: Innings): boolean => overs.at(-1)?.complete === true

export const Happened: Readonly<Record<Drama, (story: Told) => boolean>> = {
  tie: ({ outcome }) => outcome._tag === "Tied",
  superOver: ({ outcome }) => outcome._tag === "Tied" && outcome.decidedBy === "super over",
  lastBall: (story) => {
    const last = chase(story)
    const { outcome } = story
    return (
      outcome._tag === "Won" &&
      outcome.by.wickets !== null &&
      last?.target?.balls === balls(last!).filter(Delivery.isLegal).length &&
      whole(last)
    )
  },
  oneRun: ({ outcome }) => outcome._tag === "Won" && outcome.by.runs === 1 && outcome.by.innings === null,
  collapse: somewhere(collapse),
  hatTrick: somewhere(hatTrick),
  sixes: somewhere(sixes),
  retiredHurt: out("retired hurt"),
  concussion: ({ substituted }) => substituted,
  penaltyRuns: somewhere((balls) => balls.some(({ penalty }) => penalty > 0)),
  oddDismissal: out(...oddities),
  miscount: somewhere((_, { overs }) =>
    overs.some(({ complete, deliveries }) => complete && deliveries.filter(Delivery.isLegal).length !== 6)
  ),
  rain: ({ interruptions, outcome }) => interruptions.length > 0 || outcome._tag === "NoResult",
  reducedOvers: ({ interruptions }) => interruptions.some(({ status }) => status === "delayed"),
  revisedTarget: (story) =>
    story.revisions.length > 0 && story.outcome._tag !== "NoResult" && story.innings.length > 1,
  parScore: (story) => {
    const last = chase(story)
    return (
      story.outcome._tag !== "NoResult" &&
      last !== undefined &&
      story.interruptions.some(({ status }) => status === "suspended") &&
      last.target?.balls === balls(last).filter(Delivery.isLegal).length
    )
  },
  noResult: ({ innings, outcome }) => outcome._tag === "NoResult" && innings.length > 0,
  washout: ({ innings }) => innings.length === 0,
  draw: ({ outcome }) => outcome._tag === "Drawn",
  declaration: ({ innings }) => innings.some(({ declared }) => declared),
  followOn: ({ innings }) => innings[2] !== undefined && innings[1]!.batting === innings[2].batting,
  inningsVictory: ({ outcome }) => outcome._tag === "Won" && outcome.by.innings !== null,
  lostDay: (story) => isLong(story) && story.played.some((after, index) => after !== index),
  forfeit: ({ innings }) => innings.some(({ forfeited }) => forfeited)
}
