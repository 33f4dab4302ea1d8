import type { Delivery } from "./Delivery.ts"
import { meaning } from "./Delivery.ts"
import type { Format } from "./Format.ts"
import * as Innings from "./Innings.ts"
import type { InningsReading, MatchInfo, Team } from "./Snapshot.ts"

/**
 * Is this possible cricket?
 *
 * What contradicts itself is refused with the reason and changes nothing: a feed that says nonsense is asked again. What
 * is merely odd (an over of seven balls, five penalty runs, two wickets filed under one ball) is cricket, and accepted.
 */
export interface Refusal {
  /** In words a person can act on: what was wrong, and where. */
  readonly reason: string
}

export const refuse = (reason: string): Refusal => ({ reason })

const counted = ["bat", "wides", "noBalls", "byes", "legByes", "penalty"] as const

/** No innings has ever come near it; beyond it a number is a mistake. */
const most = 100_000

/** A number of runs, balls, overs or whatever else is counted in a match: whole, and within reason. */
export const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= most

/** Checks one ball against the innings it is bowled in. Called for every ball as it is counted, so it is plain and quick. */
export const delivery = (ball: Delivery, before: Innings.Innings): string | null => {
  for (const field of counted) {
    const value = ball[field]
    if (!isCount(value)) return `${value} ${field === "bat" ? "runs off the bat" : field} is not a count`
  }
  if (ball.batter === ball.nonStriker) return `${ball.batter} cannot be at both ends`
  if (ball.batter === ball.bowler) return `${ball.batter} cannot bowl to himself`
  if (ball.boundary && ball.bat !== 4 && ball.bat !== 6) return `a boundary is four or six, not ${ball.bat}`
  for (const { id, out } of before.batters) {
    if (out !== null && out.manner !== "retired out" && (id === ball.batter || id === ball.nonStriker))
      return `${id} is out already`
  }
  for (let index = 0; index < ball.dismissals.length; index++) {
    const { batter, manner } = ball.dismissals[index]!
    if (batter !== ball.batter && meaning[manner].credited)
      return `${batter} cannot be ${manner} while ${ball.batter} is on strike`
    if (batter !== ball.batter && batter !== ball.nonStriker && !meaning[manner].between)
      return `${batter} cannot be ${manner}: ${ball.batter} and ${ball.nonStriker} are batting`
    const out = Innings.batter(before, batter)?.out ?? null
    // Law 25.4.3: who retired out may yet come back, if the other captain allows it.
    const gone = out !== null && out.manner !== "retired out"
    if (gone || ball.dismissals.slice(0, index).some((one) => one.batter === batter))
      return `${batter} is out already`
  }
  return null
}

/** Checks that a reading is of the match that it goes under: feeds mix matches up. */
export const identity = (known: MatchInfo, read: MatchInfo): string | null => {
  if (known.matchId !== read.matchId) return `it is of ${read.matchId}, not of ${known.matchId}`
  if (isNamed(known.home, read.home) && isNamed(known.away, read.away)) return null
  return `${read.home.name} against ${read.away.name} is not ${known.home.name} against ${known.away.name}`
}

/** A team may be spelled in another way in the course of a match, and is still known by the rest of its name. */
const isNamed = (known: Team, read: Team): boolean => known.name === read.name || known.code === read.code

/** Checks that a match has room for an innings: two or four, and super overs until one of them settles a tie. */
export const order = (
  reading: InningsReading,
  before: ReadonlyArray<Innings.Innings>,
  format: Format
): string | null => {
  if (reading.superOver || before.length < format.innings) return null
  const ordinary = before.filter((one) => !one.superOver).length
  return ordinary < format.innings ? null : `such a match has ${format.innings} innings`
}

/** Checks that a ball is where it says: in its over, after the ball before it. */
export const place = (ball: Delivery, over: number, last: Delivery | undefined): string | null => {
  if (ball.over !== over) return `it is filed under over ${over} and says ${ball.over}`
  if (last === undefined) return null
  if (ball.nth <= last.nth) return `delivery ${ball.nth} of the over after delivery ${last.nth}`
  return ball.id !== null && ball.id === last.id ? `the ball ${ball.id} twice` : null
}

const figures = ["runs", "balls", "fours", "sixes"] as const

/** Checks a scorecard that came without balls. */
export const scores = (reading: InningsReading): string | null => {
  const { card } = reading
  if (card._tag === "Balls") return null
  for (const [name, value] of Object.entries({
    runs: card.runs,
    wickets: card.wickets,
    overs: card.overs,
    balls: card.balls
  })) {
    if (!isCount(value)) return `${value} ${name} is not a count`
  }
  if (card.extras !== null && !isCount(card.extras)) return `${card.extras} extras is not a count`
  let bat = 0
  let out = 0
  for (const line of card.batting) {
    for (const field of figures) {
      if (!isCount(line[field])) return `${line.id}: ${line[field]} ${field} is not a count`
    }
    if (line.fours * 4 + line.sixes * 6 > line.runs)
      return `${line.id}: ${line.fours} fours and ${line.sixes} sixes are more than ${line.runs} runs`
    bat += line.runs
    if (line.out !== null && meaning[line.out.manner].counts) out += 1
  }
  for (const line of card.bowling) {
    for (const field of ["balls", "maidens", "runs", "wickets"] as const) {
      if (!isCount(line[field])) return `${line.id}: ${line[field]} ${field} is not a count`
    }
  }
  const beside = reading.penalties.pre + reading.penalties.post
  if (card.extras !== null && card.batting.length > 0 && bat + card.extras + beside !== card.runs) {
    return `${card.runs} runs are not the ${bat} off the bat and ${card.extras + beside} extras`
  }
  if (bat > card.runs) return `the batters' ${bat} runs are more than the total of ${card.runs}`
  if (out > card.wickets) return `${out} batters are out, but only ${card.wickets} wickets are down`
  return card.wickets > 10 ? `${card.wickets} wickets: a side has ten to lose` : null
}

/** Checks an innings as a whole, once its balls are counted. */
export const tally = (reading: InningsReading, runs: number, wickets: number): string | null => {
  if (!isCount(reading.penalties.pre) || !isCount(reading.penalties.post))
    return "penalty runs that are not a count"
  if (wickets > 10) return `${wickets} wickets: a side has ten to lose`
  const { target, card } = reading
  if (target !== null && (!isCount(target.runs) || (target.balls !== null && !isCount(target.balls))))
    return `a target of ${target.runs}`
  if (card._tag === "Balls" && card.stated !== null) {
    if (card.stated.runs !== runs)
      return `the total of ${card.stated.runs} is not the sum of its balls, ${runs}`
    if (card.stated.wickets !== wickets)
      return `${card.stated.wickets} wickets are not those of its balls, ${wickets}`
  }
  return null
}
