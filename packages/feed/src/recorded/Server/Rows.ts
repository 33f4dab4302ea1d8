import type { Instant } from "@sightscreen/decider"
import { Delivery, Innings, type Match, type Outcome, type Snapshot } from "@sightscreen/domain"
import { DateTime } from "effect"
import * as Cursor from "./Cursor.ts"
import * as Replay from "./Replay.ts"
import type { Thing } from "./Roster.ts"
import * as Score from "./Score.ts"

/** The relations of a fixture that are lists, as SportMonks has them: all figures counted from the balls so far. */
export type Json = Readonly<Record<string, unknown>>

/** "2026-06-14T14:00:00.000000Z". */
export const stampOf = (instant: Instant.Instant): string =>
  DateTime.formatIso(DateTime.makeUnsafe(instant)).replace(
    /(\.\d{3})?Z$/,
    (_, millis = ".000") => `${millis}000Z`
  )

const otherSide = (side: Outcome.Side): Outcome.Side => (side === "home" ? "away" : "home")

const inningsOf = (match: Match.Match | null): ReadonlyArray<Innings.Innings> => match?.innings ?? []

const readAt = ({ cursor }: Replay.Replay, match: Match.Match | null): string =>
  stampOf(match === null ? Cursor.wall(cursor, cursor.begins) : Cursor.wall(cursor, match.readAt))

export const runs = (replay: Replay.Replay, match: Match.Match | null): ReadonlyArray<Json> =>
  inningsOf(match)
    .filter((one) => one.deliveries !== 0)
    .map((one) => ({
      resource: "runs",
      id: replay.roster.fixtureId * 10 + one.number,
      fixture_id: replay.roster.fixtureId,
      team_id: replay.roster.teams[one.batting].id,
      inning: one.number,
      score: one.runs,
      wickets: one.wickets,
      overs: Number(Innings.oversLabel(one)),
      pp1: null,
      pp2: null,
      pp3: null,
      updated_at: readAt(replay, match)
    }))

const deliveriesOf = ({ card }: Snapshot.InningsReading): ReadonlyArray<Delivery.Delivery> =>
  card._tag === "Balls" ? card.overs.flatMap(({ deliveries }) => deliveries) : []

export const scoreboards = (
  replay: Replay.Replay,
  shown: Snapshot.Snapshot,
  match: Match.Match | null
): ReadonlyArray<Json> =>
  inningsOf(match).flatMap((one) => {
    const reading = shown.innings[one.number - 1]
    if (reading === undefined || one.deliveries === 0) return []
    const sum = (of: (ball: Delivery.Delivery) => number) =>
      deliveriesOf(reading).reduce((total, ball) => total + of(ball), 0)
    const { roster } = replay
    const row = {
      resource: "scoreboards",
      fixture_id: roster.fixtureId,
      team_id: roster.teams[one.batting].id,
      scoreboard: `S${one.number}`,
      updated_at: readAt(replay, match)
    }
    const nothing = { wide: 0, noball_runs: 0, noball_balls: 0, bye: 0, leg_bye: 0, penalty: 0 }
    return [
      {
        ...row,
        id: roster.fixtureId * 100 + one.number * 2,
        type: "total",
        ...nothing,
        total: one.runs,
        overs: Number(Innings.oversLabel(one)),
        wickets: one.wickets
      },
      {
        ...row,
        id: roster.fixtureId * 100 + one.number * 2 + 1,
        type: "extra",
        wide: sum(({ wides }) => wides),
        noball_runs: sum(({ noBalls }) => noBalls),
        noball_balls: 0,
        bye: sum(({ byes }) => byes),
        leg_bye: sum(({ legByes }) => legByes),
        penalty: one.pre + one.post + sum(({ penalty }) => penalty),
        total: 0,
        overs: 0,
        wickets: 0
      }
    ]
  })

export const batting = (
  replay: Replay.Replay,
  shown: Snapshot.Snapshot,
  match: Match.Match | null
): ReadonlyArray<Json> => {
  const { roster } = replay
  const { falls } = Replay.figures(replay, shown)
  return inningsOf(match).flatMap((one) =>
    one.batters.map((line, index) => {
      const { out } = line
      const fall = falls.get(Replay.fallKey(one, line.id))
      const fielders = out === null ? [] : out.fielders.map(roster.idOf)
      return {
        resource: "battings",
        id: roster.fixtureId * 1000 + one.number * 100 + index,
        sort: index + 1,
        fixture_id: roster.fixtureId,
        team_id: roster.teams[one.batting].id,
        active: one.striker === line.id,
        scoreboard: `S${one.number}`,
        player_id: roster.idOf(line.id),
        ball: line.balls,
        score_id: Score.dismissalId(out?.manner ?? null),
        score: line.runs,
        four_x: line.fours,
        six_x: line.sixes,
        ...caughtAndThrown(out?.manner ?? null, fielders, out?.bowler ? roster.idOf(out.bowler) : null),
        batsmanout_id: null,
        bowling_player_id: out === null || out.bowler === null ? null : roster.idOf(out.bowler),
        fow_score: out === null ? 0 : (fall?.score ?? 0),
        fow_balls: out === null ? 0 : (fall?.balls ?? 0),
        rate: line.balls === 0 ? 0 : Math.round((line.runs * 100) / line.balls),
        updated_at: readAt(replay, match),
        batsman: roster.player(line.id),
        result: {
          resource: "scores",
          id: Score.dismissalId(out?.manner ?? null),
          name: Score.dismissalName(out?.manner ?? null)
        }
      }
    })
  )
}

const caughtAndThrown = (
  manner: Delivery.Manner | null,
  fielders: ReadonlyArray<number>,
  bowler: number | null
): { readonly catch_stump_player_id: number | null; readonly runout_by_id: number | null } => {
  const [first = null, second = null] = fielders
  if (manner === "run out") return { catch_stump_player_id: second, runout_by_id: first }
  if (manner === "caught and bowled") return { catch_stump_player_id: bowler, runout_by_id: null }
  return { catch_stump_player_id: first, runout_by_id: null }
}

export const bowling = (
  replay: Replay.Replay,
  shown: Snapshot.Snapshot,
  match: Match.Match | null
): ReadonlyArray<Json> => {
  const { roster, timeline } = replay
  return inningsOf(match).flatMap((one) => {
    const reading = shown.innings[one.number - 1]
    const balls = reading === undefined ? [] : deliveriesOf(reading)
    return one.bowlers.map((line, index) => {
      const extras = (of: (ball: Delivery.Delivery) => number) =>
        balls.reduce((sum, ball) => (ball.bowler === line.id ? sum + of(ball) : sum), 0)
      return {
        resource: "bowlings",
        id: roster.fixtureId * 1000 + one.number * 100 + index,
        sort: index + 1,
        fixture_id: roster.fixtureId,
        team_id: roster.teams[otherSide(one.batting)].id,
        active: one.bowler === line.id,
        scoreboard: `S${one.number}`,
        player_id: roster.idOf(line.id),
        overs: Number(Innings.bowlerOvers(line, timeline.info.format)),
        medians: line.maidens,
        runs: line.runs,
        wickets: line.wickets,
        wide: extras(({ wides }) => wides),
        noball: extras(({ noBalls }) => noBalls),
        rate: line.balls === 0 ? 0 : Number(((line.runs * 6) / line.balls).toFixed(2)),
        updated_at: readAt(replay, match),
        bowler: roster.player(line.id)
      }
    })
  })
}

/** Ids rise with gaps, as theirs do, and stay within what every language counts exactly. */
const ballId = (fixtureId: number, seq: number): number => (fixtureId % 1e9) * 100_000 + seq * 3

export const balls = (replay: Replay.Replay, shown: Snapshot.Snapshot): ReadonlyArray<Json> => {
  const { roster } = replay
  const all: Array<Json> = []
  let seq = 0
  shown.innings.forEach(({ batting, card }, index) => {
    if (card._tag !== "Balls") return
    for (const { deliveries } of card.overs) {
      let legal = 0
      for (const ball of deliveries) {
        all.push(
          ballRow(replay, ball, ballId(roster.fixtureId, seq), index + 1, legal, roster.teams[batting])
        )
        if (Delivery.isLegal(ball)) legal += 1
        seq += 1
      }
    }
  })
  return all
}

const ballRow = (
  { cursor, roster, timeline }: Replay.Replay,
  ball: Delivery.Delivery,
  id: number,
  innings: number,
  legal: number,
  team: Thing
): Json => {
  const gone = Score.dismissal(ball)
  const fielders = gone === null ? [] : gone.fielders.map(roster.idOf)
  const hands = caughtAndThrown(gone?.manner ?? null, fielders, roster.idOf(ball.bowler))
  const score = Score.of(ball)
  return {
    resource: "balls",
    id: ball.id === null ? id : Number(ball.id),
    fixture_id: roster.fixtureId,
    team_id: team.id,
    ball: Number(`${ball.over}.${Math.min(9, legal + 1)}`),
    scoreboard: `S${innings}`,
    batsman_one_on_creeze_id: roster.idOf(ball.batter),
    batsman_two_on_creeze_id: roster.idOf(ball.nonStriker),
    batsman_id: roster.idOf(ball.batter),
    bowler_id: roster.idOf(ball.bowler),
    batsmanout_id: gone === null ? null : roster.idOf(gone.batter),
    catchstump_id: hands.catch_stump_player_id,
    runout_by_id: hands.runout_by_id,
    score_id: score.id,
    batsman: roster.player(ball.batter),
    bowler: roster.player(ball.bowler),
    score,
    team,
    updated_at: stampOf(Cursor.wall(cursor, ball.at ?? timeline.info.startsAt))
  }
}
