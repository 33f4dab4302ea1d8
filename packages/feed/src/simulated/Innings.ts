import { Delivery, Format } from "@sightscreen/domain"
import { type Innings, noPenalties } from "../recorded/Recording.ts"
import * as Ball from "./Ball.ts"
import type { Player } from "./Cast.ts"
import { type Order, type State, wicketsToLose } from "./Crease.ts"
import * as Odds from "./Odds.ts"
import * as Script from "./Script.ts"

/** One innings, ball by ball: who faces, who bowls, who comes in, and when it is over. */
export interface Result {
  readonly innings: Innings
  readonly state: State
}

export const play = (order: Order): Result => {
  const state = begin(order)
  while (state.end === null) bowlOver(state)
  const { batting, penalties, superOver } = order
  return {
    innings: {
      batting: batting.side,
      superOver,
      target: null,
      declared: state.end === "declared",
      forfeited: false,
      penalties: penalties.pre + penalties.post === 0 ? noPenalties : penalties,
      overs: state.overs
    },
    state
  }
}

const begin = (order: Order): State => {
  const [striker, nonStriker, ...waiting] = order.batting.eleven
  return {
    order,
    runs: order.penalties.pre,
    wickets: 0,
    legal: 0,
    deliveries: 0,
    balls: order.balls,
    target: order.target,
    overs: [],
    over: [],
    overLegal: 0,
    striker: striker!,
    nonStriker: nonStriker!,
    bowler: order.bowling.bowlers[0]!,
    waiting,
    hurt: [],
    faced: new Map(),
    spells: new Map(),
    freeHit: false,
    progress: Script.begin(order.script),
    replaced: null,
    rained: false,
    end: null
  }
}

const bowlOver = (state: State): void => {
  const { format } = state.order
  state.bowler = nextBowler(state)
  state.over = []
  state.overLegal = 0
  // An umpire may lose count where no allowance hangs on it.
  const length = format.ballsPerOver + (state.balls === null ? Script.miscount(state) : 0)
  while (state.overLegal < length && state.end === null) deliver(state)
  const complete = state.overLegal >= length
  state.overs.push({ number: state.overs.length, deliveries: state.over, complete })
  if (complete) {
    const { id } = state.bowler
    state.spells.set(id, (state.spells.get(id) ?? 0) + 1)
    if (Format.endsChange(format, state.overs.length - 1))
      [state.striker, state.nonStriker] = [state.nonStriker, state.striker]
  }
  const verdict = state.order.verdict(state)
  state.end ??= verdict
}

/** The best who may: not twice running, and no more than a fifth of the allowance (at least one over each). */
const nextBowler = ({ balls, bowler, order, overs, spells }: State): Player => {
  const { bowlers } = order.bowling
  if (order.superOver) return bowlers[order.dice.below(2)]!
  const { ballsPerOver } = order.format
  const most = balls === null ? Infinity : Math.max(1, Math.ceil(balls / ballsPerOver / 5))
  const last = overs.length === 0 ? null : bowler
  const fit = bowlers.filter((one) => one !== last && (spells.get(one.id) ?? 0) < most)
  if (fit.length === 0) return bowlers.find((one) => one !== last)!
  if (overs.length < 2) return fit[0]!
  // Five do most of the work; where overs are limited, who has bowled least is next as a rule.
  const weights = fit.map((one, index) =>
    balls === null
      ? index < 5
        ? 10 - index
        : 1
      : ((most - (spells.get(one.id) ?? 0)) * (index < 5 ? 3 : 1)) ** 2
  )
  return fit[order.dice.weighted(weights)]!
}

const deliver = (state: State): void => {
  const ball = Script.decide(state, () => natural(state))
  const { bowler, deliveries, nonStriker, order, over, striker } = state
  const legal = Ball.isLegal(ball)
  const dismissals: Array<Delivery.Dismissal> = []
  over.push({
    id: null,
    over: state.overs.length,
    nth: over.length + 1,
    batter: striker.id,
    nonStriker: nonStriker.id,
    bowler: bowler.id,
    bat: ball.bat,
    wides: ball.wides,
    noBalls: ball.noBalls,
    byes: ball.byes,
    legByes: ball.legByes,
    penalty: ball.penalty,
    boundary: ball.boundary,
    dismissals: ball.manner === null ? noDismissals : dismissals,
    at: null
  })
  state.deliveries = deliveries + 1
  state.runs += Ball.runs(ball)
  if (ball.wides === 0) state.faced.set(striker.id, (state.faced.get(striker.id) ?? 0) + 1)
  if (legal) {
    state.legal += 1
    state.overLegal += 1
  }
  // A wide leaves a free hit standing; where the Laws alone hold there is none.
  if (order.format.innings === 2 && (ball.noBalls > 0 || ball.wides === 0)) state.freeHit = ball.noBalls > 0
  const run = ball.bat + ball.byes + ball.legByes + Math.max(0, ball.wides - 1)
  if (run % 2 === 1) [state.striker, state.nonStriker] = [nonStriker, striker]
  if (ball.manner !== null) dismiss(state, ball.manner, striker, nonStriker, dismissals)
  Script.note(state, ball)
  conclude(state)
}

const noDismissals: Delivery.Delivery["dismissals"] = []

const conclude = (state: State): void => {
  const { order, target } = state
  if (target !== null && state.runs >= target) {
    state.end = "target"
    return
  }
  if (state.end !== null) return
  if (order.rain !== null && !state.rained && state.legal >= order.rain.after) {
    state.rained = true
    const revised = order.rain.revise(state)
    if (revised === null) {
      state.end = "rain"
      return
    }
    state.balls = revised.balls
    state.target = revised.target
    if (state.runs >= revised.target) state.end = "target"
  }
  if (state.end === null && state.balls !== null && state.legal >= state.balls) state.end = "allowance"
}

const natural = (state: State): Ball.Ball => {
  const { bowler, faced, freeHit, order, overs, striker } = state
  const { dice, format, gender } = order
  const seen = faced.get(striker.id) ?? 0
  // New at the crease he is careful and in danger; set, he is neither.
  const settled = seen < 8 ? 1.18 : seen > 40 ? 0.87 : 1
  const freedom = seen < 8 ? 0.86 : seen > 30 ? 1.1 : 1
  const urge = urgency(state)
  const allowance = state.balls === null ? null : Math.ceil(state.balls / format.ballsPerOver)
  return Ball.draw(
    dice,
    format.kind,
    Odds.phase(format.kind, overs.length, order.superOver ? null : allowance),
    {
      hazard: striker.frailty * settled * bowler.sting * order.hazard * (0.5 + 0.5 * urge),
      stroke: striker.stroke * freedom * order.tempo * (0.35 + 0.65 * urge),
      might: gender === "female" ? 0.4 : 1,
      stray: gender === "female" ? 1.3 : 1
    },
    freeHit
  )
}

/** How hard a side must go for its runs in a chase whose balls are limited: 1 where it need not hurry. */
const urgency = ({ balls, legal, order, runs, target }: State): number => {
  if (order.superOver) return 1.5
  if (target === null || balls === null) return 1
  const need = (target - runs) / Math.max(1, balls - legal) / Odds.par[order.format.kind]
  return need < 0.85 ? 0.85 : need > 1.8 ? 1.8 : need
}

const dismiss = (
  state: State,
  manner: Delivery.Manner,
  striker: Player,
  nonStriker: Player,
  dismissals: Array<Delivery.Dismissal>
): void => {
  const { order } = state
  const { dice } = order
  const who =
    manner === "timed out"
      ? state.waiting.shift()!
      : manner === "run out" && dice.happens(0.4)
        ? nonStriker
        : striker
  dismissals.push({ batter: who.id, manner, fielders: fieldersOf(state, manner) })
  const { counts } = Delivery.meaning[manner]
  if (counts) state.wickets += 1
  else if (Script.takesReplacement(state)) {
    state.replaced = who
    state.waiting.unshift(order.batting.twelfth)
  } else state.hurt.push(who)
  if (counts && state.wickets >= wicketsToLose(state)) {
    state.end = "all out"
    return
  }
  if (manner === "timed out") return
  const next = successor(state, who)
  if (next === null) {
    state.end = "all out"
    return
  }
  // Law 18.11: the new batter takes strike where the bowler has his wicket; else he comes in at the end that fell.
  if (Delivery.meaning[manner].credited) {
    const partner = who === striker ? nonStriker : striker
    state.striker = next
    state.nonStriker = partner
  } else if (state.striker === who) state.striker = next
  else state.nonStriker = next
}

/** Who comes in: the next in the order, or now and then who had retired hurt. */
const successor = ({ hurt, order, waiting }: State, gone: Player): Player | null => {
  const back = hurt.find((one) => one !== gone)
  if (back !== undefined && (waiting.length === 0 || order.dice.happens(0.3))) {
    hurt.splice(hurt.indexOf(back), 1)
    return back
  }
  return waiting.shift() ?? null
}

const fieldersOf = ({ bowler, order }: State, manner: Delivery.Manner): ReadonlyArray<string> => {
  const { eleven, keeper } = order.bowling
  const { dice } = order
  const fielder = (): string => {
    const one = dice.pick(eleven)
    return one === bowler ? keeper.id : one.id
  }
  switch (manner) {
    case "caught":
      return [dice.happens(0.25) ? keeper.id : fielder()]
    case "caught and bowled":
      return [bowler.id]
    case "stumped":
      return [keeper.id]
    case "run out": {
      const first = fielder()
      return dice.happens(0.5) && first !== keeper.id ? [first, keeper.id] : [first]
    }
    default:
      return []
  }
}
