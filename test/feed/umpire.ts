import { Delivery, type Outcome } from "@sightscreen/domain"
import type { Recording } from "@sightscreen/feed"

/**
 * A recording read by somebody who knows the Laws and not how the recording came about: every figure is counted anew, and
 * whatever is no cricket is named.
 */
export interface Reading {
  readonly offences: ReadonlyArray<string>
  readonly innings: ReadonlyArray<Figures>
  /** What the balls say about who won; null where they cannot (rain). */
  readonly outcome: Outcome.Outcome | null
}

export interface Figures {
  readonly batting: Outcome.Side
  readonly superOver: boolean
  readonly runs: number
  readonly wickets: number
  readonly legal: number
  /** Completed overs. */
  readonly overs: number
  /** The side could not go on: all out, or nobody left to come in. */
  readonly isAllOut: boolean
}

const runsOf = (ball: Delivery.Delivery): number =>
  ball.bat + ball.wides + ball.noBalls + ball.byes + ball.legByes + ball.penalty

const isLegal = (ball: Delivery.Delivery): boolean => ball.wides + ball.noBalls === 0

/** Law 21.18, 22.10: how one may be out off a no-ball and off a wide. */
const offNoBall: ReadonlySet<string> = new Set([
  "run out",
  "obstructing the field",
  "hit the ball twice",
  "handled the ball"
])
const offWide: ReadonlySet<string> = new Set(["stumped", "run out", "hit wicket", "obstructing the field"])
const between: ReadonlySet<string> = new Set(["timed out", "retired out", "retired hurt", "retired not out"])
const notOut: ReadonlySet<string> = new Set(["retired hurt", "retired not out"])
/** The striker's alone. */
const his: ReadonlySet<string> = new Set([
  "bowled",
  "caught",
  "caught and bowled",
  "lbw",
  "stumped",
  "hit wicket"
])

export const read = (recording: Recording.Recording): Reading => {
  const offences: Array<string> = []
  const innings = recording.innings.map((one, index) => watch(recording, one, index, offences))
  recording.innings.forEach((one, index) => {
    const before = recording.innings[index - 1]
    if (one.superOver && (before === undefined || innings[index]!.legal > recording.info.format.ballsPerOver))
      offences.push(`innings ${index + 1}: no super over`)
  })
  const target = recording.innings[1]?.target
  const { method } = recording.outcome
  if (
    method === null &&
    recording.outcome._tag !== "NoResult" &&
    target &&
    target.runs !== innings[0]!.runs + 1
  )
    offences.push(`the target of ${target.runs} is not one more than ${innings[0]!.runs}`)
  return { offences, innings, outcome: resultOf(recording, innings) }
}

const watch = (
  recording: Recording.Recording,
  one: Recording.Innings,
  index: number,
  offences: Array<string>
): Figures => {
  const { format } = recording.info
  const object = (over: number, nth: number, what: string) =>
    offences.push(`innings ${index + 1}, ${over}.${nth}: ${what}`)
  const out = new Set<string>()
  const away = new Set<string>()
  const seen = new Set<string>()
  const overs = new Map<string, number>()
  let runs = one.penalties.pre
  let wickets = 0
  let legal = 0
  let lastBowler = ""
  let freeHit = false
  let ends: readonly [string | null, string | null] | null = null
  const limit = one.superOver
    ? format.ballsPerOver
    : (one.target?.balls ?? (format.overs === null ? null : format.overs * format.ballsPerOver))
  const wanted =
    one.superOver && recording.innings[index - 1]?.superOver === true && isSecond(recording, index)
      ? total(recording.innings[index - 1]!) + 1
      : (one.target?.runs ?? null)
  const isCut = recording.outcome.method !== null || recording.outcome._tag === "NoResult"

  one.overs.forEach((over, position) => {
    if (over.number !== position) object(over.number, 0, `over ${position} is missing`)
    const bowler = over.deliveries[0]!.bowler as string
    if (bowler === lastBowler && !one.superOver) object(over.number, 0, `${bowler} bowls twice running`)
    lastBowler = bowler
    let inOver = 0
    over.deliveries.forEach((ball, nth) => {
      const say = (what: string) => object(over.number, nth + 1, what)
      if (ball.over !== over.number || ball.nth !== nth + 1) say("misplaced")
      if (ball.bowler !== bowler) say("another bowler in the over")
      if (inOver >= format.ballsPerOver + 1) say("an eighth ball")
      if (wanted !== null && runs >= wanted && !isCut) say("the match is won already")
      if (limit !== null && legal >= limit) say("no ball is left")
      for (const who of [ball.batter, ball.nonStriker] as Array<string>) {
        if (out.has(who)) say(`${who} is out`)
        away.delete(who)
        seen.add(who)
      }
      if (ball.batter === ball.nonStriker || (ball.bowler as string) === ball.batter) say("one man twice")
      if (ends !== null) {
        const [striker, nonStriker] = ends
        if (striker !== null && striker !== ball.batter) say(`${striker} should face, not ${ball.batter}`)
        if (nonStriker !== null && nonStriker !== ball.nonStriker)
          say(`${nonStriker} should be at the other end`)
      }
      if (ball.wides > 0 && ball.bat + ball.noBalls + ball.byes + ball.legByes > 0) say("more than a wide")
      if (ball.byes > 0 && ball.legByes > 0) say("byes and leg byes")
      if (ball.bat > 0 && ball.byes + ball.legByes > 0) say("runs off bat and pads")
      if (ball.boundary && ball.bat !== 4 && ball.bat !== 6) say("no boundary")
      if (ball.penalty !== 0 && ball.penalty !== 5) say("penalties are five")
      if (ball.dismissals.length > 1) say("two at once")
      for (const { batter, manner } of ball.dismissals) {
        if (out.has(batter)) say(`${batter} is out twice`)
        if (ball.noBalls > 0 && !offNoBall.has(manner) && !between.has(manner)) say(`${manner} off a no-ball`)
        if (ball.wides > 0 && !offWide.has(manner) && !between.has(manner)) say(`${manner} off a wide`)
        if (freeHit && !offNoBall.has(manner) && !between.has(manner)) say(`${manner} off a free hit`)
        if (his.has(manner) && batter !== ball.batter) say(`${batter} ${manner} at the other end`)
        if (manner === "timed out" ? seen.has(batter) : !seen.has(batter)) say(`${batter} ${manner}`)
        if (his.has(manner) && ball.bat > 0) say(`${manner} with runs`)
        if (notOut.has(manner)) away.add(batter)
        else {
          out.add(batter)
          wickets += 1
        }
      }
      runs += runsOf(ball)
      if (isLegal(ball)) {
        legal += 1
        inOver += 1
      }
      if (format.innings === 2 && (ball.noBalls > 0 || ball.wides === 0)) freeHit = ball.noBalls > 0
      const crossed = (ball.bat + ball.byes + ball.legByes + Math.max(0, ball.wides - 1)) % 2 === 1
      const changes =
        nth === over.deliveries.length - 1 && over.complete && changesEnds(format.kind, position)
      const gone = new Set<string>(ball.dismissals.map(({ batter }) => batter))
      const stays = (who: string) => (gone.has(who) ? null : who)
      const pair =
        crossed !== changes
          ? ([stays(ball.nonStriker), stays(ball.batter)] as const)
          : ([stays(ball.batter), stays(ball.nonStriker)] as const)
      // Whoever comes in may be at either end where it was not the bowler's wicket.
      ends = ball.dismissals.some(({ manner }) => !his.has(manner) && manner !== "timed out") ? null : pair
    })
    const isLast = position === one.overs.length - 1
    if (!isLast && !over.complete) object(over.number, 0, "broken off")
    if (
      over.complete &&
      inOver !== format.ballsPerOver &&
      (format.overs !== null || Math.abs(inOver - 6) > 1)
    )
      object(over.number, 0, `${inOver} balls in the over`)
    overs.set(bowler, (overs.get(bowler) ?? 0) + 1)
  })
  if (limit !== null && !one.superOver && !isCut) {
    const most = Math.ceil(limit / format.ballsPerOver / 5)
    for (const [who, count] of overs) if (count > most) object(0, 0, `${who} bowls ${count} overs of ${most}`)
  }
  const whole = runs + one.penalties.post
  const most = one.superOver ? 2 : 10
  // Eleven bat, and a substitute for one with a concussion.
  const side = Math.max(11, new Set([...seen, ...out]).size)
  const isAllOut = wickets >= most || out.size + away.size >= side - 1
  if (wickets > most) object(0, 0, `${wickets} wickets`)
  const isOver =
    isAllOut ||
    one.declared ||
    one.forfeited ||
    (limit !== null && legal >= limit) ||
    (wanted !== null && whole >= wanted)
  const isEarly =
    isCut ||
    recording.outcome._tag === "Drawn" ||
    // A late start leaves fewer overs to the first side too: as many as to the second.
    recording.innings[1]?.target?.balls === legal ||
    (format.innings === 4 && index === 3)
  if (!isOver && !isEarly) object(0, 0, `the innings ends at ${whole}/${wickets} after ${legal} balls`)
  return {
    batting: one.batting,
    superOver: one.superOver,
    runs: whole,
    wickets,
    legal,
    overs: one.overs.filter(({ complete }) => complete).length,
    isAllOut
  }
}

const changesEnds = (kind: string, over: number): boolean => kind !== "hundred" || over % 2 === 1

const isSecond = ({ innings }: Recording.Recording, index: number): boolean =>
  (index - innings.findIndex(({ superOver }) => superOver)) % 2 === 1

const total = (one: Recording.Innings): number =>
  one.overs.reduce(
    (sum, { deliveries }) => sum + deliveries.reduce((runs, ball) => runs + runsOf(ball), 0),
    one.penalties.pre + one.penalties.post
  )

const resultOf = (
  { info, innings, outcome }: Recording.Recording,
  figures: ReadonlyArray<Figures>
): Outcome.Outcome | null => {
  const ordinary = figures.filter(({ superOver }) => !superOver)
  const last = ordinary[ordinary.length - 1]
  if (last === undefined || outcome._tag === "NoResult") return null
  const other = last.batting === "home" ? "away" : "home"
  const method = outcome.method
  const by = { innings: null, runs: null, wickets: null }
  const made = (side: string) =>
    ordinary.reduce((sum, one) => (one.batting === side ? sum + one.runs : sum), 0)
  const target =
    innings[1]?.target !== null && innings[1]?.target !== undefined
      ? innings[1].target.runs
      : made(other) - made(last.batting) + last.runs + 1
  if (ordinary.length === 3 && info.format.innings === 4) {
    const short = made(other) - made(last.batting)
    return last.isAllOut && short > 0
      ? { _tag: "Won", winner: other, by: { ...by, innings: 1, runs: short }, method }
      : { _tag: "Drawn", method }
  }
  if (ordinary.length < info.format.innings) return { _tag: "Drawn", method }
  if (last.runs >= target)
    // Where rain ends a chase the margin is the runs above par; the balls alone do not tell that it rained just then.
    return method !== null && innings[1]!.target?.balls === last.legal && !says(outcome, "wickets")
      ? { _tag: "Won", winner: last.batting, by: { ...by, runs: last.runs - target + 1 }, method }
      : { _tag: "Won", winner: last.batting, by: { ...by, wickets: 10 - last.wickets }, method }
  if (info.format.innings === 4 && !last.isAllOut) return { _tag: "Drawn", method }
  if (last.runs < target - 1)
    return { _tag: "Won", winner: other, by: { ...by, runs: target - 1 - last.runs }, method }
  const extra = figures.filter(({ superOver }) => superOver)
  for (let index = 0; index + 1 < extra.length; index += 2) {
    const [first, second] = [extra[index]!, extra[index + 1]!]
    if (first.runs === second.runs) continue
    const winner = first.runs > second.runs ? first.batting : second.batting
    return { _tag: "Tied", winner, decidedBy: "super over", method }
  }
  return { _tag: "Tied", winner: null, decidedBy: null, method }
}

const says = (outcome: Outcome.Outcome, margin: "runs" | "wickets"): boolean =>
  outcome._tag === "Won" && outcome.by[margin] !== null
