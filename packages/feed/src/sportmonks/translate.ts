import { Instant } from "@sightscreen/decider"
import { type Format, type Ids, Laws, type Outcome, type Snapshot, Status } from "@sightscreen/domain"
import * as Ball from "./Ball.ts"
import * as Card from "./Card.ts"
import * as Names from "./Names.ts"
import * as Result from "./Result.ts"
import * as TheirStatus from "./Status.ts"
import type * as Wire from "./Wire.ts"

/**
 * One of their fixtures in our words, given what earlier readings of it have told.
 *
 * It keeps nothing and asks nothing: the same fixture with the same context is the same snapshot.
 */
export interface Context {
  /** When it was read. */
  readonly at: Instant.Instant
  /** What the match goes by here; theirs by default. */
  readonly matchId?: Ids.MatchId
  readonly names: Names.Names
  /** Of the reading before; null for the first. */
  readonly before: Status.Status | null
  /** Balls are told where there are any; without them the scores alone. */
  readonly balls: boolean
  /** Innings whose balls do not make up their score, and have not for a while. */
  readonly distrusted: ReadonlySet<number>
  readonly penalties: Card.Penalties
  /** Whether the match, which they call finished, has been waiting for its result long enough. */
  readonly impatient: boolean
}

export interface Translated {
  readonly snapshot: Snapshot.Snapshot
  /** Of each innings whose balls were read, what they make against what the feed says of them. */
  readonly sums: ReadonlyArray<Sum>
  /** They call it finished, and a believable result is yet to come. */
  readonly awaitsResult: boolean
  readonly oddities: ReadonlyArray<string>
}

export interface Sum {
  readonly innings: number
  readonly agrees: boolean
  /** The last ball, and penalty runs that the feed files under no ball. */
  readonly lastBall: string
  readonly penalty: number
}

export const translate = (fixture: Wire.Fixture, context: Context): Translated => {
  const oddities: Array<string> = []
  const sums: Array<Sum> = []
  const info = infoOf(fixture, context)
  const balls = new Map<number, Array<Wire.Ball>>()
  for (const ball of fixture.balls ?? []) {
    const number = Card.numberOf(ball.scoreboard)
    if (number === null) oddities.push(`ball ${ball.id} is of no innings`)
    else if (balls.has(number)) balls.get(number)!.push(ball)
    else balls.set(number, [ball])
  }
  const rows = new Map((fixture.runs ?? []).map((row) => [row.inning, row]))
  const count = Math.max(0, ...balls.keys(), ...[...rows].flatMap(([n, row]) => (hasBegun(row) ? [n] : [])))
  const said = statusOf(fixture, context, balls.size > 0 || count > 0, oddities)

  const innings: Array<Snapshot.InningsReading> = []
  const totals: Array<Result.Total> = []
  for (let number = 1; number <= Math.min(count, mostInnings); number++) {
    const row = rows.get(number)
    const own = balls.get(number) ?? []
    const batting = sideOf(fixture, own[0]?.team_id ?? row?.team_id, innings)
    const superOver = info.format.innings === 2 && number > 2
    const lines = (fixture.batting ?? []).filter(({ scoreboard }) => Card.numberOf(scoreboard) === number)
    // An innings that was given away has neither balls nor scores.
    const hasBalls = own.length > 0 || !hasBegun(row)
    const told =
      context.balls && hasBalls && !context.distrusted.has(number)
        ? Card.ofBalls(own, row, lines, info.format, context)
        : null
    if (typeof told === "string") oddities.push(told)
    const asBalls = told !== null && typeof told !== "string" ? told : null
    if (asBalls !== null) oddities.push(...asBalls.oddities)
    const penalty = penaltyOf(fixture, number)
    const filed = own.reduce((sum, { id }) => sum + (context.penalties[id] ?? 0), 0)
    const post = asBalls === null ? 0 : Math.max(0, penalty - filed)
    const card =
      asBalls?.card ??
      Card.ofScores(
        row,
        lines,
        (fixture.bowling ?? []).filter(({ scoreboard }) => Card.numberOf(scoreboard) === number),
        info.format,
        context.names,
        own.length === 0 ? undefined : Card.inOrder(own).at(-1)
      )
    const total =
      asBalls === null
        ? { runs: (card as Card.Scores).runs, wickets: (card as Card.Scores).wickets }
        : { runs: asBalls.runs + post, wickets: asBalls.wickets }
    if (own.length > 0 && (asBalls !== null || context.distrusted.has(number)))
      sums.push(sumOf(number, own, row, penalty, asBalls ?? readAgain(own, row, lines, info.format, context)))
    totals.push({ batting, superOver, ...total })
    const closed = number < count || said === "innings break"
    const isFirstClass = info.format.innings === 4
    innings.push({
      batting,
      superOver,
      target: number === 2 && !isFirstClass ? targetOf(fixture, info.format) : null,
      // Nothing in the feed says so; an innings that ended with wickets in hand, and is followed by another, was declared.
      declared: isFirstClass && closed && own.length + (row?.overs ?? 0) > 0 && total.wickets < 10,
      forfeited: isFirstClass && closed && own.length === 0 && !hasBegun(row),
      penalties: { pre: 0, post },
      card
    })
  }

  const { awaitsResult, outcome, status } = endOf(fixture, info, totals, said, context, oddities)
  const snapshot: Snapshot.Snapshot = {
    info,
    at: context.at,
    status,
    players: context.names.players,
    innings,
    outcome
  }
  return { snapshot, sums, awaitsResult, oddities }
}

/** Super overs until one of them settles a tie; beyond this many a number is a mistake. */
const mostInnings = 20

const hasBegun = (row: Wire.Run | undefined): boolean =>
  row !== undefined && (row.overs > 0 || row.score > 0 || row.wickets > 0)

const readAgain = (
  own: ReadonlyArray<Wire.Ball>,
  row: Wire.Run | undefined,
  lines: ReadonlyArray<Wire.Batting>,
  format: Format.Format,
  context: Context
): Card.Told | null => {
  const told = Card.ofBalls(own, row, lines, format, context)
  return typeof told === "string" ? null : told
}

const sumOf = (
  innings: number,
  own: ReadonlyArray<Wire.Ball>,
  row: Wire.Run | undefined,
  penalty: number,
  told: Card.Told | null
): Sum => ({
  innings,
  agrees:
    told !== null &&
    (row === undefined || (row.wickets === told.wickets && covers(row.score, told.runs, penalty))),
  lastBall: Card.inOrder(own).at(-1)?.id ?? "",
  penalty
})

/** Penalty runs may be among the balls already, in part or all of them. */
const covers = (score: number, runs: number, penalty: number): boolean =>
  score >= runs && score <= runs + penalty

const penaltyOf = (fixture: Wire.Fixture, number: number): number => {
  let sum = 0
  for (const { penalty, scoreboard } of fixture.scoreboards ?? []) {
    if (Card.numberOf(scoreboard) === number) sum = Math.max(sum, penalty ?? 0)
  }
  return sum
}

const sideOf = (
  { localteam_id, visitorteam_id }: Wire.Fixture,
  teamId: string | undefined,
  before: ReadonlyArray<Snapshot.InningsReading>
): Outcome.Side => {
  if (teamId === localteam_id) return "home"
  if (teamId === visitorteam_id) return "away"
  // An innings that nobody batted in has no row; sides take turns.
  return before.at(-1)?.batting === "home" ? "away" : "home"
}

const kinds: ReadonlyArray<readonly [RegExp, Format.Format]> = [
  [/^t10i?$/, { kind: "t20", ballsPerOver: 6, overs: 10, innings: 2 }],
  [/^t20i?$/, { kind: "t20", ballsPerOver: 6, overs: 20, innings: 2 }],
  [/100.?ball|hundred/, { kind: "hundred", ballsPerOver: 5, overs: 20, innings: 2 }],
  [/^(odi|list ?a|youth odi|one.?day.*)$/, { kind: "odi", ballsPerOver: 6, overs: 50, innings: 2 }],
  [/^(test|youth test)/, { kind: "test", ballsPerOver: 6, overs: null, innings: 4 }],
  [/day$|first.?class/, { kind: "first class", ballsPerOver: 6, overs: null, innings: 4 }]
]

/** What is not known by its name is known by its overs: a match without any lasts for days. */
const formatOf = ({ total_overs_played: overs = null, type }: Wire.Fixture): Format.Format => {
  const name = type.trim().toLowerCase()
  const told = kinds.find(([pattern]) => pattern.test(name))?.[1]
  const scheduled =
    overs !== null && overs > 0 && Number.isInteger(overs) && Laws.isCount(overs) ? overs : null
  if (told === undefined) {
    if (scheduled === null) return { kind: "first class", ballsPerOver: 6, overs: null, innings: 4 }
    return { kind: scheduled > 20 ? "odi" : "t20", ballsPerOver: 6, overs: scheduled, innings: 2 }
  }
  return told.innings === 4 || scheduled === null ? told : { ...told, overs: scheduled }
}

const infoOf = (fixture: Wire.Fixture, { at, matchId, names }: Context): Snapshot.MatchInfo => ({
  matchId: matchId ?? (fixture.id as Ids.MatchId),
  format: formatOf(fixture),
  home: Names.team(names, fixture.localteam_id),
  away: Names.team(names, fixture.visitorteam_id),
  competition: fixture.league?.name ?? "",
  venue: fixture.venue?.name ?? null,
  startsAt: Ball.instant(fixture.starting_at) ?? at
})

const targetOf = (fixture: Wire.Fixture, format: Format.Format): Snapshot.Target | null => {
  const { rpc_overs: overs = null, rpc_target: runs = null } = fixture
  if (runs === null || runs <= 0 || !Laws.isCount(runs)) return null
  const usual = format.overs === null ? null : format.overs * format.ballsPerOver
  if (overs === null || overs <= 0) return { runs, balls: usual }
  const whole = Math.floor(overs + 0.001)
  return { runs, balls: whole * format.ballsPerOver + Math.round((overs - whole) * 10) }
}

/** A word that nobody knows changes nothing. */
const statusOf = (
  fixture: Wire.Fixture,
  { before }: Context,
  begun: boolean,
  oddities: Array<string>
): Status.Status => {
  const read = TheirStatus.read(fixture.status)
  if (read !== null) return read
  oddities.push(`nobody knows the status ${JSON.stringify(fixture.status.slice(0, 60))}; the match goes on`)
  return before ?? (begun ? "live" : "scheduled")
}

const endOf = (
  fixture: Wire.Fixture,
  info: Snapshot.MatchInfo,
  totals: ReadonlyArray<Result.Total>,
  said: Status.Status,
  { before, impatient }: Context,
  oddities: Array<string>
): Pick<Snapshot.Snapshot, "outcome" | "status"> & { readonly awaitsResult: boolean } => {
  if (said === "abandoned")
    return { status: said, outcome: { _tag: "NoResult", method: null }, awaitsResult: false }
  if (said !== "finished") return { status: said, outcome: null, awaitsResult: false }
  const result = Result.read(fixture, info, totals)
  if (result._tag === "Known") {
    return { status: said, outcome: result.outcome, awaitsResult: false }
  }
  if (!impatient) {
    if (result._tag === "Doubted") oddities.push("the winner that is named is not the one by the scores")
    const goesOn = before === null || Status.isOver(before) || before === "scheduled" ? "live" : before
    return { status: goesOn, outcome: null, awaitsResult: true }
  }
  const outcome = result._tag === "Doubted" ? result.outcome : Result.byScores(info, totals)
  return { status: said, outcome, awaitsResult: false }
}
