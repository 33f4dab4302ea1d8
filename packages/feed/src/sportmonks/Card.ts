import type { Instant } from "@sightscreen/decider"
import { Delivery, type Format, type Ids, type Over, type Snapshot } from "@sightscreen/domain"
import * as Ball from "./Ball.ts"
import * as Names from "./Names.ts"
import type * as Wire from "./Wire.ts"

/**
 * One innings of a fixture, as balls or as a scorecard.
 *
 * Balls are in order of their overs, and within an over of their ids: a ball that was entered late has a later id, and the
 * number of a ball is not its own (a wide has that of the ball to be bowled again).
 */
export type Balls = Extract<Snapshot.Card, { readonly _tag: "Balls" }>
export type Scores = Extract<Snapshot.Card, { readonly _tag: "Scores" }>

/** Runs that the feed files under no ball, by the ball that they were first seen with. */
export type Penalties = Readonly<Record<string, number>>

/** "S1" to "S4" and beyond, in order of play; null where it is something else. */
export const numberOf = (scoreboard: string): number | null => {
  const digits = /^s(\d+)$/i.exec(scoreboard.trim())?.[1]
  return digits === undefined || Number(digits) === 0 ? null : Number(digits)
}

/** Ids rise over time, and are too long for some numbers. */
export const byId = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)

export const inOrder = (balls: ReadonlyArray<Wire.Ball>): ReadonlyArray<Wire.Ball> =>
  balls.toSorted((a, b) => Ball.overOf(a) - Ball.overOf(b) || byId(a.id, b.id))

export interface Told {
  readonly card: Balls
  readonly runs: number
  readonly wickets: number
  /** What was odd about a ball, in words. */
  readonly oddities: ReadonlyArray<string>
}

export interface Given {
  readonly names: Names.Names
  readonly penalties: Penalties
  readonly at: Instant.Instant
}

/** The reason instead, where a ball cannot be read as one: a scorecard is then the better story. */
export const ofBalls = (
  balls: ReadonlyArray<Wire.Ball>,
  row: Wire.Run | undefined,
  lines: ReadonlyArray<Wire.Batting>,
  { ballsPerOver }: Format.Format,
  { at, names, penalties }: Given
): Told | string => {
  const overs: Array<{ number: number; deliveries: Array<Delivery.Delivery>; complete: boolean }> = []
  const oddities: Array<string> = []
  const out = new Set<string>()
  let runs = 0
  let partner: string | null = null
  let previous: Wire.Ball | null = null
  for (const ball of inOrder(balls)) {
    if (previous !== null && ball.id === previous.id) continue
    const over = Ball.overOf(ball)
    let last = overs.at(-1)
    if (last === undefined || last.number !== over) {
      if (last !== undefined) last.complete = true
      last = { number: over, deliveries: [], complete: false }
      overs.push(last)
    }
    const other: string | null = Ball.nonStriker(ball) ?? stillThere(previous, partner, ball.batsman_id)
    if (other === null) return `ball ${ball.id} names one batter only`
    const { dismissals, unknown } = Ball.dismissal(ball, (id) => Names.player(names, id) ?? id)
    if (unknown) oddities.push(`ball ${ball.id}: nobody knows how one is out by ${quoted(ball.score.name)}`)
    const delivery: Delivery.Delivery = {
      id: ball.id,
      over,
      nth: last.deliveries.length + 1,
      batter: Ball.playerId(ball.batsman_id),
      nonStriker: Ball.playerId(other),
      bowler: Ball.playerId(ball.bowler_id),
      ...Ball.runs(ball.score),
      penalty: penalties[ball.id] ?? 0,
      dismissals,
      at: earlier(Ball.instant(ball.updated_at), at)
    }
    last.deliveries.push(delivery)
    runs += Delivery.total(delivery)
    for (const one of dismissals) if (Delivery.meaning[one.manner].counts) out.add(one.batter)
    partner = other
    previous = ball
  }
  if (row !== undefined && row.wickets > out.size) {
    for (const { batter, manner, place } of between(lines, out)) {
      const ball = lastBefore(overs, place)
      if (ball === null || out.size === row.wickets) break
      ball.deliveries[ball.index] = {
        ...ball.delivery,
        dismissals: [...ball.delivery.dismissals, { batter, manner, fielders: [] }]
      }
      out.add(batter)
    }
  }
  const last = overs.at(-1)
  const agrees = row !== undefined && row.score === runs && row.wickets === out.size
  if (last !== undefined) {
    const legal = last.deliveries.filter(Delivery.isLegal).length
    // The umpire's count: their overs are whole where he calls it early.
    last.complete = legal >= ballsPerOver || (agrees && Math.floor(row.overs + 0.001) > last.number)
  }
  const card: Balls = { _tag: "Balls", overs: overs as ReadonlyArray<Over.Over>, stated: null }
  return { card, runs, wickets: out.size, oddities }
}

/**
 * Who went out between two balls: a ball has room for one dismissal, and some of these have no ball at all. The scorecard
 * knows them, and where the innings stood.
 */
const between = (lines: ReadonlyArray<Wire.Batting>, out: ReadonlySet<string>) =>
  lines.flatMap((line) => {
    const manner = Ball.manner(line.result?.name ?? "")
    if (manner === null || !isOut(line) || out.has(line.player_id)) return []
    const { between, counts } = Delivery.meaning[manner]
    return between && counts
      ? [{ batter: Ball.playerId(line.player_id), manner, place: line.fow_balls ?? 0 }]
      : []
  })

/** The last ball that is not after a place, "over.ball". */
const lastBefore = (
  overs: ReadonlyArray<{ readonly number: number; readonly deliveries: Array<Delivery.Delivery> }>,
  place: number
) => {
  for (const { deliveries, number } of overs.toReversed()) {
    let legal = deliveries.filter(Delivery.isLegal).length
    for (let index = deliveries.length - 1; index >= 0; index--) {
      const delivery = deliveries[index]!
      if (Delivery.isLegal(delivery)) legal -= 1
      if (number + (legal + 1) / 10 <= place + 0.001) return { deliveries, delivery, index }
    }
  }
  return null
}

const quoted = (name: string): string => JSON.stringify(name.slice(0, 60))

/** Who was there a ball ago, and is not the one who faces now. */
const stillThere = (previous: Wire.Ball | null, partner: string | null, striker: string): string | null =>
  [previous?.batsman_id ?? null, partner].find((id) => id !== null && id !== striker) ?? null

/** Their clock may be ahead of ours; nothing was bowled after it was read. */
const earlier = (bowled: Instant.Instant | null, read: Instant.Instant): Instant.Instant | null =>
  bowled !== null && bowled > read ? read : bowled

/** A scorecard without balls. Rows lag behind each other within one answer, so the larger figure counts. */
export const ofScores = (
  row: Wire.Run | undefined,
  batting: ReadonlyArray<Wire.Batting>,
  bowling: ReadonlyArray<Wire.Bowling>,
  { ballsPerOver }: Format.Format,
  names: Names.Names,
  lastBall: Wire.Ball | undefined
): Scores => {
  const lines = batting.toSorted(bySort).map((line) => batterLine(line, names))
  const bat = lines.reduce((sum, { runs }) => sum + runs, 0)
  const down = lines.filter(({ out }) => out !== null && Delivery.meaning[out.manner].counts).length
  const overs = row?.overs ?? 0
  const [striker, nonStriker] = crease(batting, lastBall)
  return {
    _tag: "Scores",
    runs: Math.max(row?.score ?? 0, bat),
    wickets: Math.min(10, Math.max(row?.wickets ?? 0, down)),
    ...oversOf(overs, ballsPerOver),
    extras: null,
    batting: lines,
    bowling: bowling.toSorted(bySort).map((line) => {
      const { balls, overs } = oversOf(line.overs, ballsPerOver)
      return {
        id: Ball.playerId(line.player_id),
        balls: overs * ballsPerOver + balls,
        maidens: line.medians ?? 0,
        runs: line.runs,
        wickets: line.wickets
      }
    }),
    striker,
    nonStriker,
    bowler: bowlerOf(bowling, lastBall)
  }
}

const bySort = (a: { readonly sort?: number | null }, b: { readonly sort?: number | null }): number =>
  (a.sort ?? 99) - (b.sort ?? 99)

/** 18.3 is eighteen overs and three balls; 19.6 is twenty. */
const oversOf = (said: number, ballsPerOver: number): { readonly overs: number; readonly balls: number } => {
  const whole = Math.floor(said + 0.001)
  const balls = Math.round((said - whole) * 10)
  return balls >= ballsPerOver ? { overs: whole + 1, balls: 0 } : { overs: whole, balls }
}

const isOut = (line: Wire.Batting): boolean => (line.fow_balls ?? 0) > 0 || (line.fow_score ?? 0) > 0

/** Ids of the catalogue that public sources name; the others are told by who had a hand in them. */
const catalogue: Readonly<Record<string, Delivery.Manner>> = {
  54: "caught",
  55: "caught",
  56: "stumped",
  57: "stumped",
  63: "run out",
  64: "run out",
  78: "obstructing the field",
  79: "bowled",
  83: "lbw",
  86: "hit the ball twice",
  87: "hit wicket",
  138: "retired out"
}

const batterLine = (line: Wire.Batting, names: Names.Names): Snapshot.BatterLine => {
  const fours = line.four_x ?? 0
  const sixes = line.six_x ?? 0
  const fits = fours * 4 + sixes * 6 <= line.score
  return {
    id: Ball.playerId(line.player_id),
    runs: line.score,
    balls: line.ball,
    // Boundaries that are more than the runs were counted before them.
    fours: fits ? fours : 0,
    sixes: fits ? sixes : 0,
    out: isOut(line) ? outOf(line, names) : null
  }
}

const outOf = (line: Wire.Batting, names: Names.Names): NonNullable<Snapshot.BatterLine["out"]> => {
  const {
    bowling_player_id: by = null,
    catch_stump_player_id: held = null,
    runout_by_id: threw = null
  } = line
  const told = catalogue[line.wicket_id ?? line.score_id ?? ""]
  const guessed = threw !== null || by === null ? "run out" : held === null ? "bowled" : "caught"
  const manner = told ?? guessed
  const caughtByBowler = manner === "caught" && held !== null && held === by
  const { credited } = Delivery.meaning[manner]
  return {
    manner: caughtByBowler ? "caught and bowled" : manner,
    bowler: credited && by !== null ? Ball.playerId(by) : null,
    fielders: caughtByBowler
      ? []
      : [threw, held].flatMap((id) => (id === null ? [] : (Names.player(names, id) ?? [])))
  }
}

const crease = (
  batting: ReadonlyArray<Wire.Batting>,
  lastBall: Wire.Ball | undefined
): readonly [striker: Ids.PlayerId | null, nonStriker: Ids.PlayerId | null] => {
  const inside = batting.filter((line) => !isOut(line))
  const facing = inside.find(({ active }) => active === true)?.player_id ?? lastBall?.batsman_id ?? null
  const striker = inside.find(({ player_id }) => player_id === facing) ?? inside.at(-1)
  // Those who have retired hurt are not out either; the last two to come in are at the crease.
  const other = inside.filter((line) => line !== striker).at(-1)
  return [
    striker === undefined ? null : Ball.playerId(striker.player_id),
    other === undefined ? null : Ball.playerId(other.player_id)
  ]
}

const bowlerOf = (
  bowling: ReadonlyArray<Wire.Bowling>,
  lastBall: Wire.Ball | undefined
): Ids.PlayerId | null => {
  const id = lastBall?.bowler_id ?? bowling.find(({ active }) => active === true)?.player_id ?? null
  return id === null ? null : Ball.playerId(id)
}
