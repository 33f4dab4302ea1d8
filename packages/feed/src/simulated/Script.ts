import type { Chance } from "@sightscreen/decider"
import { Delivery } from "@sightscreen/domain"
import * as Ball from "./Ball.ts"
import { isLastPair, type State, wicketsToLose } from "./Crease.ts"
import * as Odds from "./Odds.ts"

/**
 * What an innings is to have in it, whatever chance would have made of it.
 *
 * A scripted innings is still drawn ball by ball; what would spoil the script is drawn again.
 */
export interface Script {
  /** In the order in which they are to happen. */
  readonly dues: ReadonlyArray<Due>
  /** The runs that the innings is to end with; with its last ball, where balls are limited. */
  readonly aim: number | null
}

export interface Due {
  readonly what: What
  /** Not before so many overs. */
  readonly over: number
}

export type What =
  | "hat-trick"
  | "collapse"
  | "sixes"
  | "penalty runs"
  | "retired hurt"
  | "concussion"
  | "miscount"
  | Oddity

/** Ways to go that are rare. */
export type Oddity =
  | "hit wicket"
  | "obstructing the field"
  | "hit the ball twice"
  | "handled the ball"
  | "timed out"
  | "retired out"
  | "retired not out"
  | "stumped"
  | "run out"

export const oddities: ReadonlyArray<Oddity> = [
  "hit wicket",
  "obstructing the field",
  "hit the ball twice",
  "handled the ball",
  "timed out",
  "retired out",
  "retired not out",
  "stumped",
  "run out"
]

export const none: Script = { dues: [], aim: null }

/** How far the script has come. */
export interface Progress {
  /** Index of the due that is next or under way. */
  next: number
  /** Balls or wickets of it that are still to come; 0 while it has not begun. */
  left: number
  /** Runs since it began. */
  runs: number
}

export const begin = (_script: Script): Progress => ({ next: 0, left: 0, runs: 0 })

/** A collapse is this many wickets for no more runs than these. */
export const collapse = { wickets: 5, runs: 25 } as const
export const sixesRunning = 4

/** Wickets that a due takes. */
const wicketsOf = (what: What): number => {
  if (what === "collapse") return collapse.wickets
  if (what === "hat-trick") return 3
  return what === "sixes" || what === "penalty runs" || what === "miscount" ? 0 : 1
}

const dueOf = ({ order, progress }: State): Due | undefined => order.script.dues[progress.next]

/** Balls more or fewer than an over has, in the over to come. */
export const miscount = (state: State): number => {
  const due = dueOf(state)
  if (due?.what !== "miscount" || state.overs.length < due.over) return 0
  state.progress.next += 1
  return state.order.dice.happens(0.5) ? 1 : -1
}

/** Whether the one who retires now is replaced for good. */
export const takesReplacement = (state: State): boolean => dueOf(state)?.what === "concussion"

/** So often what does not fit is drawn again before something that fits is put in its place. */
const patience = 60

export const decide = (state: State, natural: () => Ball.Ball): Ball.Ball => {
  const { order } = state
  const scripted = due(state, order.dice)
  if (scripted !== null) return scripted
  if (order.script.dues.length === 0 && order.script.aim === null) return natural()
  for (let attempt = 0; attempt < patience; attempt++) {
    const ball = hurry(state, natural)
    if (fits(state, ball)) return ball
  }
  return instead(state)
}

/** Without an allowance a side that must be all out with the scores level has to lose its wickets in time. */
const hurry = (state: State, natural: () => Ball.Ball): Ball.Ball => {
  const { balls, order, runs, wickets } = state
  const { aim } = order.script
  const isLate = aim !== null && balls === null && aim - runs <= 30
  return isLate && wickets < 9 && order.dice.happens(0.3)
    ? Ball.out(Ball.bowlersWicket(order.dice, order.format.kind))
    : natural()
}

/** What the due that has come asks for with this ball; null where it asks for nothing. */
const due = (state: State, dice: Chance.Dice): Ball.Ball | null => {
  const one = dueOf(state)
  const { order, overs, progress } = state
  if (one === undefined || one.what === "miscount" || overs.length < one.over) return null
  if (progress.left === 0) {
    if (!mayBegin(state, one.what)) return null
    progress.left = one.what === "collapse" ? collapse.wickets : one.what === "hat-trick" ? 3 : 1
    if (one.what === "sixes") progress.left = sixesRunning
    progress.runs = 0
  }
  switch (one.what) {
    case "hat-trick":
      return Ball.out(Ball.bowlersWicket(dice, order.format.kind))
    case "collapse":
      if (state.freeHit) return Ball.dot
      return dice.happens(0.35) || progress.runs >= collapse.runs - 2 * collapse.wickets
        ? Ball.out(Ball.bowlersWicket(dice, order.format.kind))
        : Ball.hit(dice.below(2))
    case "sixes":
      return Ball.hit(6)
    case "penalty runs":
      return { ...Ball.dot, penalty: 5 }
    case "retired hurt":
    case "concussion":
      return Ball.out("retired hurt")
    case "timed out":
      return Ball.out("timed out")
    default:
      return Ball.out(one.what)
  }
}

const mayBegin = (state: State, what: What): boolean => {
  const { freeHit, order, overLegal, waiting } = state
  const wickets = wicketsOf(what)
  if (wickets > 0 && (freeHit || wicketsToLose(state) - state.wickets < wickets || isLastPair(state)))
    return false
  if (what === "hat-trick") return overLegal <= order.format.ballsPerOver - 3
  if (what === "timed out") return waiting.length >= 2
  return true
}

/** Tells the script what was bowled. */
export const note = (state: State, ball: Ball.Ball): void => {
  const { progress } = state
  if (progress.left === 0) return
  progress.runs += Ball.runs(ball)
  if (dueOf(state)?.what === "collapse" && ball.manner === null) return
  progress.left -= 1
  if (progress.left === 0) progress.next += 1
}

/** Wickets that are to be kept for what is yet to come. */
const reserved = ({ order, progress }: State): number => {
  let wickets = 0
  for (let index = progress.next; index < order.script.dues.length; index++)
    wickets += wicketsOf(order.script.dues[index]!.what)
  return wickets
}

const fits = (state: State, ball: Ball.Ball): boolean => {
  const { order } = state
  const { aim } = order.script
  const falls = ball.manner !== null && Delivery.meaning[ball.manner].counts
  if (falls) {
    const kept = reserved(state)
    if (kept > 0 && state.wickets + 1 + kept > 9) return false
  }
  if (aim === null) return true
  const left = aim - state.runs - Ball.runs(ball)
  if (left < 0) return false
  if (falls && isLastPair(state)) return left === 0 && aim !== state.target
  if (state.balls === null) return left > 6 || state.wickets >= 9 || falls || Ball.runs(ball) === 0
  const balls = state.balls - state.legal - (Ball.isLegal(ball) ? 1 : 0)
  if (balls === 0) return left === 0
  // Who wins with the last ball must not have won before.
  if (left === 0 && aim === state.target) return false
  if (balls === 1) return left <= 6 && left !== 5
  if (left > most(balls)) return Ball.runs(ball) >= 2
  return left >= least(balls, order.format.kind) || Ball.runs(ball) === 0
}

const most = (balls: number): number => 4 + 2 * balls

/** A side that only needs a few runs more does not wait for the last ball to make them, but nearly. */
const least = (balls: number, kind: keyof typeof Odds.par): number => Math.floor(balls * Odds.par[kind] * 0.4)

/** Where nothing that was drawn fits. */
const instead = ({ balls, legal, order, runs }: State): Ball.Ball => {
  const { aim } = order.script
  if (aim === null || balls === null) return Ball.dot
  const left = aim - runs
  if (balls - legal === 1) return left === 4 || left === 6 ? Ball.hit(left) : Ball.hit(Math.min(3, left))
  return left > most(balls - legal) ? Ball.hit(4) : Ball.dot
}
