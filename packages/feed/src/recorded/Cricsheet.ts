import {
  Delivery,
  type Format,
  type Ids,
  Laws,
  type Outcome,
  type Over,
  type Snapshot
} from "@sightscreen/domain"
import { Instant } from "@sightscreen/decider"
import { DateTime, Option, Result, Schema, SchemaIssue, SchemaParser } from "effect"
import { type FeedError, unreadable } from "../FeedError.ts"
import { type Innings, noPenalties, type Recording } from "./Recording.ts"
import { teamCodes } from "./teamCode.ts"

/**
 * Cricsheet's JSON, versions 1.0.0 and 1.1.0 (https://cricsheet.org/format/json/), read into a recording.
 *
 * The schema names only what is used and leaves counts as plain numbers: whether the balls are possible cricket is checked
 * while they are translated, where innings and ball can be named. What is odd in the published files (numbers as strings,
 * fields left out, a competition that is only a name, a target of nobody knows how many overs) is let through; what
 * contradicts itself is refused.
 */
const Runs = Schema.Struct({
  batter: Schema.Finite,
  extras: Schema.Finite,
  total: Schema.Finite,
  non_boundary: Schema.optionalKey(Schema.Boolean)
})

const Extras = Schema.Struct({
  wides: Schema.optionalKey(Schema.Finite),
  noballs: Schema.optionalKey(Schema.Finite),
  byes: Schema.optionalKey(Schema.Finite),
  legbyes: Schema.optionalKey(Schema.Finite),
  penalty: Schema.optionalKey(Schema.Finite)
})

const Wicket = Schema.Struct({
  kind: Schema.String,
  player_out: Schema.NonEmptyString,
  /** Substitutes may be unnamed. */
  fielders: Schema.optionalKey(Schema.Array(Schema.Struct({ name: Schema.optionalKey(Schema.String) })))
})

const Ball = Schema.Struct({
  batter: Schema.NonEmptyString,
  bowler: Schema.NonEmptyString,
  non_striker: Schema.NonEmptyString,
  runs: Runs,
  extras: Schema.optionalKey(Extras),
  wickets: Schema.optionalKey(Schema.Array(Wicket))
})
type Ball = typeof Ball.Type

const NumberOrText = Schema.Union([Schema.Finite, Schema.String])

const CricsheetInnings = Schema.Struct({
  team: Schema.String,
  /** Left out of a forfeited innings. */
  overs: Schema.optionalKey(
    Schema.Array(Schema.Struct({ over: Schema.Finite, deliveries: Schema.Array(Ball) }))
  ),
  declared: Schema.optionalKey(Schema.Boolean),
  forfeited: Schema.optionalKey(Schema.Boolean),
  super_over: Schema.optionalKey(Schema.Boolean),
  /** `overs` may be in parts: 25.3 is 25 overs and 3 balls. */
  target: Schema.optionalKey(
    Schema.Struct({ runs: Schema.optionalKey(Schema.Finite), overs: Schema.optionalKey(NumberOrText) })
  ),
  penalty_runs: Schema.optionalKey(
    Schema.Struct({ pre: Schema.optionalKey(Schema.Finite), post: Schema.optionalKey(Schema.Finite) })
  ),
  /** By the number of the over, from 0. */
  miscounted_overs: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Struct({ balls: Schema.optionalKey(NumberOrText) }))
  )
})
type CricsheetInnings = typeof CricsheetInnings.Type

const CricsheetOutcome = Schema.Struct({
  winner: Schema.optionalKey(Schema.String),
  by: Schema.optionalKey(
    Schema.Struct({
      runs: Schema.optionalKey(Schema.Finite),
      wickets: Schema.optionalKey(Schema.Finite),
      innings: Schema.optionalKey(Schema.Finite)
    })
  ),
  result: Schema.optionalKey(Schema.String),
  method: Schema.optionalKey(Schema.String),
  eliminator: Schema.optionalKey(Schema.String),
  bowl_out: Schema.optionalKey(Schema.String)
})

/** A file of Cricsheet's, as far as it is read here. */
export const CricsheetMatch = Schema.Struct({
  info: Schema.Struct({
    match_type: Schema.Literals(["Test", "ODI", "T20", "IT20", "ODM", "MDM"]),
    teams: Schema.Tuple([Schema.NonEmptyString, Schema.NonEmptyString]),
    dates: Schema.NonEmptyArray(Schema.String),
    gender: Schema.optionalKey(Schema.String),
    overs: Schema.optionalKey(NumberOrText),
    balls_per_over: Schema.optionalKey(NumberOrText),
    venue: Schema.optionalKey(Schema.String),
    /** An object with a name, or whatever else. */
    event: Schema.optionalKey(Schema.Unknown),
    players: Schema.optionalKey(Schema.Record(Schema.String, Schema.Array(Schema.NonEmptyString))),
    outcome: Schema.optionalKey(CricsheetOutcome)
  }),
  /** May be left out of a match that has an outcome: given away, or never begun. */
  innings: Schema.optionalKey(Schema.Array(CricsheetInnings))
})
export type CricsheetMatch = typeof CricsheetMatch.Type

/** Reads a file into a recording; `id` is the match's name, the stem of the file's. Never throws. */
export const parse = (id: string, text: string): Result.Result<Recording, FeedError> => {
  const json = fromJson(id, text)
  return Result.isFailure(json) ? Result.fail(json.failure) : read(id, json.success)
}

/** Reads a file's parsed JSON. */
export const read = (id: string, json: unknown): Result.Result<Recording, FeedError> => {
  const match = decode(json)
  if (Result.isFailure(match)) {
    return Result.fail(unreadable(id, `not a Cricsheet match: ${firstIssue(match.failure)}`))
  }
  try {
    return Result.succeed(translate(id, match.success))
  } catch (thrown) {
    if (thrown instanceof Impossible) return Result.fail(unreadable(id, thrown.message))
    throw thrown
  }
}

const decode = SchemaParser.decodeUnknownResult(CricsheetMatch, { reportInput: true })

/** What a file says that cannot be; thrown to its reader, a few calls up, and to nobody else. */
class Impossible extends Error {}

const fail = (problem: string): never => {
  throw new Impossible(problem)
}

const fromJson = (id: string, text: string): Result.Result<unknown, FeedError> => {
  try {
    return Result.succeed(JSON.parse(text))
  } catch (thrown) {
    return Result.fail(unreadable(id, `not JSON: ${syntaxProblem(text, String(thrown))}`))
  }
}

/** Says where a text stops being JSON, as far as the engine's own words tell. */
const syntaxProblem = (text: string, said: string): string => {
  if (text.trim() === "") return "the file is empty"
  const position = /at position (\d+)/.exec(said)?.[1]
  if (said.includes("end of JSON input") || Number(position) >= text.trimEnd().length) {
    return `it breaks off after ${text.length} characters`
  }
  if (position !== undefined)
    return `unexpected ${JSON.stringify(text[Number(position)])} at character ${position}`
  const token = /Unexpected token '(.)'/u.exec(said)?.[1]
  return token === undefined ? "it is something else" : `unexpected ${JSON.stringify(token)}`
}

const issues = SchemaIssue.makeFormatterStandardSchemaV1()

/** The first thing that is wrong, in one line: `innings[0].team is missing`. */
const firstIssue = (issue: SchemaIssue.Issue): string => {
  const first = issues(issue).issues[0]
  if (first === undefined) return "it does not fit"
  const path = (first.path ?? [])
    .map((step) => (typeof step === "object" ? step.key : step))
    .reduce<string>(
      (path, step) =>
        typeof step === "number"
          ? `${path}[${step}]`
          : path === ""
            ? String(step)
            : `${path}.${String(step)}`,
      ""
    )
  if (first.message === "Missing key") return `${path} is missing`
  const [expected, got] = first.message.split(", got ")
  const short = got === undefined || got.length <= 40 ? got : `${got.slice(0, 39)}…`
  const what = `${expected!.charAt(0).toLowerCase()}${expected!.slice(1)}${short === undefined ? "" : `, got ${short}`}`
  return (path === "" ? what : `${path}: ${what}`).replace(/\s+/g, " ")
}

const translate = (id: string, match: CricsheetMatch): Recording => {
  const { info } = match
  if (match.innings === undefined && info.outcome === undefined) fail("neither innings nor an outcome")
  const days = info.dates.map(dayOf)
  const [home, away] = info.teams
  const [homeCode, awayCode] = teamCodes(home, away)
  const format = formatOf(info)
  const players = new Map<Ids.PlayerId, string>()
  for (const team of info.teams) {
    for (const name of (info.players !== undefined && info.players[team]) || [])
      players.set(name as Ids.PlayerId, name)
  }
  const innings = (match.innings ?? []).map((one, index) =>
    inningsOf(one, index + 1, format, info.teams, players)
  )
  return {
    info: {
      matchId: id as Ids.MatchId,
      format,
      home: { name: home, code: homeCode },
      away: { name: away, code: awayCode },
      competition: competitionOf(info.event),
      venue: info.venue ?? null,
      startsAt: days[0]!
    },
    gender: info.gender ?? "",
    matchType: info.match_type,
    dates: info.dates,
    players: Object.fromEntries(players),
    innings,
    outcome: outcomeOf(info.outcome ?? {}, info.teams)
  }
}

const competitionOf = (event: unknown): string => {
  if (typeof event === "string") return event
  const name = typeof event === "object" && event !== null && "name" in event ? event.name : null
  return typeof name === "string" ? name : ""
}

/** Cricsheet knows days, not hours: every match starts at ten in the morning, UTC. */
const dayOf = (date: string, index: number): Instant.Instant => {
  const morning = DateTime.make(`${date}T10:00:00Z`)
  // The 30th of February is read as a day of March.
  if (Option.isNone(morning) || DateTime.formatIsoDateUtc(morning.value) !== date)
    return fail(`info.dates[${index}]: ${JSON.stringify(date)} is not a day`)
  return Instant.fromMillis(Math.max(0, DateTime.toEpochMillis(morning.value)))
}

const formatOf = (info: CricsheetMatch["info"]): Format.Format => {
  const ballsPerOver = lengthOf(info.balls_per_over) ?? 6
  if (ballsPerOver === "unknown")
    return fail(`info.balls_per_over: an over of ${JSON.stringify(info.balls_per_over)} balls`)
  const overs = lengthOf(info.overs)
  if (overs === "unknown") return fail(`info.overs: an innings of ${JSON.stringify(info.overs)} overs`)
  switch (info.match_type) {
    case "T20":
    case "IT20":
      // The Hundred is filed as T20, with sets of five.
      return { kind: ballsPerOver === 5 ? "hundred" : "t20", ballsPerOver, overs: overs ?? 20, innings: 2 }
    case "ODI":
    case "ODM":
      return { kind: "odi", ballsPerOver, overs: overs ?? 50, innings: 2 }
    case "Test":
      return { kind: "test", ballsPerOver, overs: null, innings: 4 }
    case "MDM":
      return { kind: "first class", ballsPerOver, overs: null, innings: 4 }
  }
}

const lengthOf = (said: number | string | undefined): number | null | "unknown" => {
  if (said === undefined) return null
  const length = typeof said === "number" ? said : /^\d+$/.test(said) ? Number(said) : 0
  return length > 0 && Laws.isCount(length) ? length : "unknown"
}

type Teams = CricsheetMatch["info"]["teams"]

const sideOf = (team: string, teams: Teams, where: string): Outcome.Side => {
  if (team === teams[0]) return "home"
  if (team === teams[1]) return "away"
  return fail(`${where}: ${JSON.stringify(team)} is neither ${teams[0]} nor ${teams[1]}`)
}

const outcomeOf = (outcome: typeof CricsheetOutcome.Type, teams: Teams): Outcome.Outcome => {
  const method = outcome.method ?? null
  const side = (field: "winner" | "eliminator" | "bowl_out"): Outcome.Side | null => {
    const team = outcome[field]
    return team === undefined ? null : sideOf(team, teams, `info.outcome.${field}`)
  }
  const winner = side("winner")
  // What the result says comes first: a side may be named the winner of a match that nobody won.
  switch (outcome.result) {
    case "awarded":
      return { _tag: "Awarded", winner, method }
    case "draw":
      return { _tag: "Drawn", method }
    case "no result":
      return { _tag: "NoResult", method }
    case "tie":
      return tiedOf(side("eliminator"), side("bowl_out"), method)
  }
  if (/^awarded$/i.test(method ?? "")) return { _tag: "Awarded", winner, method }
  if (winner !== null) {
    const { innings = null, runs = null, wickets = null } = outcome.by ?? {}
    for (const margin of [innings, runs, wickets]) {
      if (margin !== null && !Laws.isCount(margin)) fail(`info.outcome.by: a margin of ${margin} cannot be`)
    }
    return { _tag: "Won", winner, by: { innings, runs, wickets }, method }
  }
  const eliminator = side("eliminator")
  const bowlOut = side("bowl_out")
  return eliminator === null && bowlOut === null
    ? { _tag: "NoResult", method }
    : tiedOf(eliminator, bowlOut, method)
}

const tiedOf = (
  eliminator: Outcome.Side | null,
  bowlOut: Outcome.Side | null,
  method: string | null
): Outcome.Outcome => {
  if (eliminator !== null) return { _tag: "Tied", winner: eliminator, decidedBy: "super over", method }
  if (bowlOut !== null) return { _tag: "Tied", winner: bowlOut, decidedBy: "bowl-out", method }
  return { _tag: "Tied", winner: null, decidedBy: null, method }
}

const inningsOf = (
  innings: CricsheetInnings,
  number: number,
  format: Format.Format,
  teams: Teams,
  players: Map<Ids.PlayerId, string>
): Innings => {
  const where = `innings ${number}`
  const { pre = 0, post = 0 } = innings.penalty_runs ?? {}
  if (!Laws.isCount(pre) || !Laws.isCount(post))
    fail(`${where}: penalty runs of ${Laws.isCount(pre) ? post : pre} cannot be`)
  const out = new Map<string, "retired" | "for good">()
  const overs: Array<Over.Over> = []
  let previous = -1
  for (const { deliveries, over } of innings.overs ?? []) {
    if (!Laws.isCount(over)) fail(`${where}: ${over} is no number of an over`)
    if (over <= previous) fail(`${where}: over ${over} comes after over ${previous}`)
    previous = over
    if (deliveries.length > 0) overs.push(overOf(over, deliveries, where, out, players))
  }
  // The umpire's count: an over is done when he says so, and at the latest when the next one begins.
  const last = overs.length - 1
  for (let index = 0; index <= last; index++) {
    const one = overs[index]!
    if (index === last && legalBalls(one.deliveries) < expectedBalls(innings, one.number, format, where))
      continue
    overs[index] = { number: one.number, deliveries: one.deliveries, complete: true }
  }
  return {
    batting: sideOf(innings.team, teams, where),
    superOver: innings.super_over ?? false,
    target: targetOf(innings, format, where),
    declared: innings.declared ?? false,
    forfeited: innings.forfeited ?? false,
    penalties: pre === 0 && post === 0 ? noPenalties : { pre, post },
    overs
  }
}

const legalBalls = (balls: ReadonlyArray<Delivery.Delivery>): number => {
  let count = 0
  for (const ball of balls) if (Delivery.isLegal(ball)) count += 1
  return count
}

const expectedBalls = (
  innings: CricsheetInnings,
  over: number,
  format: Format.Format,
  where: string
): number => {
  const miscounted = innings.miscounted_overs?.[`${over}`]?.balls
  if (miscounted === undefined) return format.ballsPerOver
  const balls = Number(miscounted)
  return Laws.isCount(balls)
    ? balls
    : fail(`${where}: over ${over} is miscounted as ${JSON.stringify(miscounted)} balls`)
}

const targetOf = (
  { target }: CricsheetInnings,
  format: Format.Format,
  where: string
): Snapshot.Target | null => {
  if (target?.runs === undefined) return null
  if (!Laws.isCount(target.runs)) fail(`${where}: a target of ${target.runs} runs`)
  if (target.overs === undefined) return { runs: target.runs, balls: null }
  const parts = /^(\d+)(?:\.(\d))?$/.exec(String(target.overs))
  const balls = parts === null ? null : Number(parts[1]) * format.ballsPerOver + Number(parts[2] ?? 0)
  return { runs: target.runs, balls: balls !== null && Laws.isCount(balls) ? balls : null }
}

const noDismissals: Delivery.Delivery["dismissals"] = []

const overOf = (
  over: number,
  balls: ReadonlyArray<Ball>,
  where: string,
  out: Map<string, "retired" | "for good">,
  players: Map<Ids.PlayerId, string>
): Over.Over => {
  const deliveries: Array<Delivery.Delivery> = []
  let legal = 0
  for (const ball of balls) {
    const { extras, runs } = ball
    const { wides = 0, noballs = 0, byes = 0, legbyes = 0, penalty = 0 } = extras ?? {}
    const problem = problemOf(runs, wides, noballs, byes, legbyes, penalty) ?? problemOfPlayers(ball, out)
    if (problem !== null) fail(`${where}, ball ${over}.${legal + 1}: ${problem}`)
    if (wides === 0 && noballs === 0) legal += 1
    const batter = known(players, ball.batter)
    deliveries.push({
      id: null,
      over,
      nth: deliveries.length + 1,
      batter,
      nonStriker: known(players, ball.non_striker),
      bowler: known(players, ball.bowler),
      bat: runs.batter,
      wides,
      noBalls: noballs,
      byes,
      legByes: legbyes,
      penalty,
      boundary: (runs.batter === 4 || runs.batter === 6) && runs.non_boundary !== true,
      dismissals:
        ball.wickets === undefined
          ? noDismissals
          : ball.wickets.map((wicket) => ({
              batter: known(players, wicket.player_out),
              manner: wicket.kind as Delivery.Manner,
              fielders: (wicket.fielders ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]))
            })),
      at: null
    })
  }
  return { number: over, deliveries, complete: false }
}

const known = (players: Map<Ids.PlayerId, string>, name: string): Ids.PlayerId => {
  const id = name as Ids.PlayerId
  if (!players.has(id)) players.set(id, name)
  return id
}

const problemOf = (
  { batter, extras, total }: Ball["runs"],
  wides: number,
  noBalls: number,
  byes: number,
  legByes: number,
  penalty: number
): string | null => {
  const sum = wides + noBalls + byes + legByes + penalty
  // Extras and total are held against sums of these, so they need no look of their own.
  const counts =
    Laws.isCount(batter) &&
    Laws.isCount(wides) &&
    Laws.isCount(noBalls) &&
    Laws.isCount(byes) &&
    Laws.isCount(legByes) &&
    Laws.isCount(penalty)
  if (!counts) {
    const parts = {
      "runs off the bat": batter,
      wides,
      "no-balls": noBalls,
      byes,
      "leg byes": legByes,
      "penalty runs": penalty
    }
    const [name, value] = Object.entries(parts).find(([, part]) => !Laws.isCount(part))!
    return `${value} ${name} cannot be`
  }
  if (total !== batter + extras)
    return `the total ${total} is not the ${batter} off the bat + ${extras} extras`
  return extras === sum ? null : `the ${extras} extras are not the ${sum} of their kinds`
}

/** Also remembers who is out, for the balls to come. */
const problemOfPlayers = (ball: Ball, out: Map<string, "retired" | "for good">): string | null => {
  if (ball.batter === ball.non_striker) return `${ball.batter} is his own partner`
  for (const { kind, player_out } of ball.wickets ?? []) {
    if (!Object.hasOwn(Delivery.meaning, kind)) return `${JSON.stringify(kind)} is no way to be out`
    if (out.get(player_out) === "for good") return `${player_out} is out already`
    if (!Delivery.meaning[kind as Delivery.Manner].counts) continue
    // Law 25.4.3: who retired out may yet come back, if the other captain allows it.
    out.set(player_out, kind === "retired out" ? "retired" : "for good")
    if (out.size > 10) return "an eleventh wicket"
  }
  return null
}
