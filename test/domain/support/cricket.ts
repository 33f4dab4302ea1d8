import { Instant } from "@sightscreen/decider"
import type { Delivery, Format, Ids, Innings, Match, Over, Snapshot } from "@sightscreen/domain"
import { Progress } from "@sightscreen/domain"
import { assert } from "vitest"

/** A small language for cricket: overs as scorers write them, innings of overs, and snapshots of innings. */

export const id = (name: string): Ids.PlayerId => name as Ids.PlayerId

/** So many seconds into the morning of the match. */
export const second = (seconds: number): Instant.Instant => Instant.fromSeconds(1_767_200_400 + seconds)
export const minute = (minutes: number): Instant.Instant => second(minutes * 60)

const manners: Readonly<Record<string, Delivery.Manner>> = {
  b: "bowled",
  c: "caught",
  lbw: "lbw",
  st: "stumped",
  ro: "run out",
  of: "obstructing the field",
  to: "timed out",
  reto: "retired out",
  reth: "retired hurt",
  retno: "retired not out"
}

/** Balls before they have a place in an innings. */
export type Drawn = ReadonlyArray<Delivery.Delivery>

/**
 * Balls to one batter by one bowler, parted by spaces.
 *
 * `.` dot, `1` to `7` runs (four and six to the boundary, `4r` and `6r` run), `wd` `5wd` wides, `nb` `nb4` no-balls with runs
 * off the bat, `nb/2b` with byes, `2b` byes, `1lb` leg byes, `1+5p` penalty runs with the ball, `W` bowled. A dismissal of
 * another kind follows a slash, with the name where it is not the striker's: `wd/st`, `nb/ro`, `1/ro:Partner`.
 */
export const over = (batter: string, bowler: string, balls: string, partner = "Partner"): Drawn =>
  balls.split(" ").map((text) => draw(text, batter, bowler, partner))

const draw = (text: string, batter: string, bowler: string, partner: string): Delivery.Delivery => {
  const [what = "", ...rest] = text.split("/")
  const [hit = "", bonus] = what.split("+")
  const ball = {
    id: null,
    over: 0,
    nth: 1,
    batter: id(batter),
    nonStriker: id(partner),
    bowler: id(bowler),
    bat: 0,
    wides: 0,
    noBalls: 0,
    byes: 0,
    legByes: 0,
    penalty: bonus === undefined ? 0 : Number.parseInt(bonus, 10),
    boundary: false,
    at: null
  }
  const count = Number.parseInt(hit, 10)
  const many = Number.isNaN(count) ? 1 : count
  const dismissals: Array<Delivery.Dismissal> = []
  if (hit === "W") dismissals.push({ batter: id(batter), manner: "bowled", fielders: [] })
  else if (hit.endsWith("wd")) ball.wides = many
  else if (hit.startsWith("nb")) {
    ball.noBalls = 1
    ball.bat = Number(hit.slice(2))
    ball.boundary = ball.bat === 4 || ball.bat === 6
  } else if (hit.endsWith("lb")) ball.legByes = many
  else if (hit.endsWith("b")) ball.byes = many
  else if (hit !== ".") {
    ball.bat = many
    ball.boundary = (many === 4 || many === 6) && !hit.endsWith("r")
  }
  for (const part of rest) {
    const byes = /^(\d+)b$/.exec(part)
    if (byes !== null) ball.byes = Number(byes[1])
    else {
      const [short = "", who = batter] = part.split(":")
      const manner = manners[short]
      if (manner === undefined) throw new Error(`${text}: ${short} is no manner of being out`)
      dismissals.push({ batter: id(who), manner, fielders: [] })
    }
  }
  return { ...ball, dismissals }
}

export interface Counting {
  readonly ballsPerOver?: number
  /** Legal balls of overs that the umpire miscounted, by their number. */
  readonly miscounted?: Readonly<Record<number, number>>
  /** Gives each ball a name of the feed's. */
  readonly named?: boolean
}

/** Puts overs in order: numbers from 0, each complete with its legal balls; those before the last one always are. */
export const overs = (drawn: ReadonlyArray<Drawn>, counting: Counting = {}): ReadonlyArray<Over.Over> =>
  drawn.map((balls, number) => {
    const legal = balls.filter((ball) => ball.wides === 0 && ball.noBalls === 0).length
    return {
      number,
      complete:
        number < drawn.length - 1 || legal >= (counting.miscounted?.[number] ?? counting.ballsPerOver ?? 6),
      deliveries: balls.map((ball, index) => ({
        ...ball,
        over: number,
        nth: index + 1,
        id: counting.named === true ? `${number}-${index + 1}` : ball.id
      }))
    }
  })

export type BallsReading = Snapshot.InningsReading & {
  readonly card: Extract<Snapshot.Card, { readonly _tag: "Balls" }>
}

const plain = {
  batting: "home",
  superOver: false,
  target: null,
  declared: false,
  forfeited: false,
  penalties: { pre: 0, post: 0 }
} as const

/** An innings with its balls. */
export const innings = (
  drawn: ReadonlyArray<Drawn>,
  more: Partial<Snapshot.InningsReading> & { readonly counting?: Counting } = {}
): BallsReading => {
  const { card: _, counting, ...rest } = more
  return { ...plain, ...rest, card: { _tag: "Balls", overs: overs(drawn, counting), stated: null } }
}

type ScoresCard = Extract<Snapshot.Card, { readonly _tag: "Scores" }>

/** An innings as a scorecard alone: "87/3" after "12.4" overs. */
export const card = (
  score: string,
  after: string,
  figures: Partial<ScoresCard> = {},
  more: Partial<Omit<Snapshot.InningsReading, "card">> = {}
): Snapshot.InningsReading => {
  const [runs = 0, wickets = 10] = score.split("/").map(Number)
  const [full = 0, balls = 0] = after.split(".").map(Number)
  const nobody = { extras: null, batting: [], bowling: [], striker: null, nonStriker: null, bowler: null }
  return {
    ...plain,
    ...more,
    card: { _tag: "Scores", runs, wickets, overs: full, balls, ...nobody, ...figures }
  }
}

/** A batter's line on a scorecard: `line("A Bat", "45 (30)")`. */
export const line = (
  name: string,
  figures: string,
  out: Snapshot.BatterLine["out"] | Delivery.Manner = null
): Snapshot.BatterLine => {
  const [runs = 0, balls = 0] = figures.replace(")", "").split(" (").map(Number)
  return {
    id: id(name),
    runs,
    balls,
    fours: 0,
    sixes: 0,
    out: typeof out === "string" ? { manner: out, bowler: null, fielders: [] } : out
  }
}

export const t20: Format.Format = { kind: "t20", ballsPerOver: 6, overs: 20, innings: 2 }
export const odi: Format.Format = { kind: "odi", ballsPerOver: 6, overs: 50, innings: 2 }
export const hundred: Format.Format = { kind: "hundred", ballsPerOver: 5, overs: 20, innings: 2 }
export const test: Format.Format = { kind: "test", ballsPerOver: 6, overs: null, innings: 4 }

export interface Setting {
  readonly at?: Instant.Instant
  readonly status?: Snapshot.Snapshot["status"]
  readonly outcome?: Snapshot.Snapshot["outcome"]
  readonly format?: Format.Format
  readonly players?: Readonly<Record<string, string>>
}

const infoOf = (format: Format.Format): Snapshot.MatchInfo => ({
  matchId: "1" as Ids.MatchId,
  format,
  home: { name: "India", code: "IND" },
  away: { name: "New Zealand", code: "NZ" },
  competition: "A Cup",
  venue: null,
  startsAt: second(0)
})

// A feed gives the very same objects for what has not changed.
const infos = new Map([t20, odi, hundred, test].map((format) => [format, infoOf(format)]))
const nobody = {}

export const snapshot = (
  readings: ReadonlyArray<Snapshot.InningsReading>,
  { at = second(0), format = t20, outcome = null, players = nobody, status = "live" }: Setting = {}
): Snapshot.Snapshot => ({
  info: infos.get(format) ?? infoOf(format),
  at,
  status,
  players: players as Snapshot.Snapshot["players"],
  innings: readings,
  outcome
})

/** Reads a snapshot that must be accepted. */
export const advance = (previous: Match.Match | null, next: Snapshot.Snapshot): Progress.Progress => {
  const progress = Progress.advance(previous, next)
  if (progress._tag === "Refused") assert.fail(progress.reason)
  return progress
}

/** The match after these snapshots, each accepted. */
export const matchAfter = (...snapshots: ReadonlyArray<Snapshot.Snapshot>): Match.Match => {
  let match: Match.Match | null = null
  for (const one of snapshots) match = advance(match, one).match
  return match!
}

/** The figures of one innings of these overs. */
export const figures = (
  drawn: ReadonlyArray<Drawn>,
  more: Parameters<typeof innings>[1] = {},
  setting: Setting = {}
): Innings.Innings => matchAfter(snapshot([innings(drawn, more)], setting)).innings[0]!

/** The reading cut off after so many of its balls; overs cut short are not complete. */
export const after = (balls: number, reading: BallsReading): BallsReading => {
  const kept: Array<Over.Over> = []
  let left = balls
  for (const one of reading.card.overs) {
    if (left <= 0) break
    kept.push(
      one.deliveries.length <= left
        ? one
        : { ...one, deliveries: one.deliveries.slice(0, left), complete: false }
    )
    left -= one.deliveries.length
  }
  return { ...reading, card: { ...reading.card, overs: kept } }
}

/** The same reading with its overs changed. */
export const edited = (
  reading: BallsReading,
  edit: (overs: ReadonlyArray<Over.Over>) => ReadonlyArray<Over.Over>
): BallsReading => ({ ...reading, card: { ...reading.card, overs: edit(reading.card.overs) } })

/** The same reading with one ball changed: `changed(reading, "3.2", { bat: 4 })` is the second delivery of the fourth over. */
export const changed = (
  reading: BallsReading,
  place: string,
  change: Partial<Delivery.Delivery>
): BallsReading => {
  const [number = 0, nth = 0] = place.split(".").map(Number)
  return edited(reading, (all) =>
    all.map((one) =>
      one.number === number
        ? {
            ...one,
            deliveries: one.deliveries.map((ball) => (ball.nth === nth ? { ...ball, ...change } : ball))
          }
        : one
    )
  )
}

export const ballsOf = (reading: BallsReading): number =>
  reading.card.overs.reduce((sum, { deliveries }) => sum + deliveries.length, 0)
