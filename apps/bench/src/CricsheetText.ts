import { Delivery, type Over } from "@sightscreen/domain"
import type { Recording } from "@sightscreen/feed"

/**
 * A recording as the text of a Cricsheet file: the same keys in the same order, indented as published.
 *
 * Tapes have no JSON to parse, so that parsing is measured with what they were made of. What recordings do not keep (the
 * toss, officials, the registry of people) is not there; the balls, which are nearly all of a file, are.
 */
export const of = (recording: Recording.Recording): string =>
  JSON.stringify(
    {
      meta: { data_version: "1.1.0", created: recording.dates[0], revision: 1 },
      info: infoOf(recording),
      innings: recording.innings.map((innings) => inningsOf(recording, innings))
    },
    null,
    2
  )

const infoOf = (recording: Recording.Recording) => {
  const { info, outcome } = recording
  const teams = [info.home.name, info.away.name]
  return {
    balls_per_over: info.format.ballsPerOver,
    dates: recording.dates,
    event: { name: info.competition },
    gender: recording.gender,
    match_type: recording.matchType,
    outcome: outcomeOf(outcome, (side) => info[side].name),
    ...(info.format.overs === null ? {} : { overs: info.format.overs }),
    // A recording knows who plays, not for whom; a file lists both, and its readers put them together.
    players: { [teams[0]!]: Object.values(recording.players), [teams[1]!]: [] },
    teams,
    ...(info.venue === null ? {} : { venue: info.venue })
  }
}

const outcomeOf = (
  outcome: Recording.Recording["outcome"],
  name: (side: Recording.Innings["batting"]) => string
): Readonly<Record<string, unknown>> => {
  const method = outcome.method === null ? {} : { method: outcome.method }
  switch (outcome._tag) {
    case "Won": {
      const by = Object.entries(outcome.by).filter(([, margin]) => margin !== null)
      return {
        winner: name(outcome.winner),
        ...(by.length === 0 ? {} : { by: Object.fromEntries(by) }),
        ...method
      }
    }
    case "Tied": {
      const decided = outcome.decidedBy === "bowl-out" ? "bowl_out" : "eliminator"
      return {
        result: "tie",
        ...(outcome.winner === null ? {} : { [decided]: name(outcome.winner) }),
        ...method
      }
    }
    case "Drawn":
      return { result: "draw", ...method }
    case "NoResult":
      return { result: "no result", ...method }
    case "Awarded":
      return {
        result: "awarded",
        ...(outcome.winner === null ? {} : { winner: name(outcome.winner) }),
        ...method
      }
  }
}

const inningsOf = ({ info }: Recording.Recording, innings: Recording.Innings) => {
  const { penalties, target } = innings
  const { ballsPerOver } = info.format
  const miscounted = innings.overs.filter(
    (over) => over.complete !== over.deliveries.filter(Delivery.isLegal).length >= ballsPerOver
  )
  return {
    team: info[innings.batting].name,
    ...(innings.overs.length === 0 ? {} : { overs: innings.overs.map(overOf) }),
    ...(penalties.pre + penalties.post === 0 ? {} : { penalty_runs: penalties }),
    ...(innings.declared ? { declared: true } : {}),
    ...(innings.forfeited ? { forfeited: true } : {}),
    ...(target === null
      ? {}
      : {
          target: {
            ...(target.balls === null ? {} : { overs: oversOf(target.balls, ballsPerOver) }),
            runs: target.runs
          }
        }),
    ...(innings.superOver ? { super_over: true } : {}),
    ...(miscounted.length === 0
      ? {}
      : {
          miscounted_overs: Object.fromEntries(
            miscounted.map((over) => {
              const balls = over.deliveries.filter(Delivery.isLegal).length
              return [over.number, { balls: over.complete ? balls : balls + 1 }]
            })
          )
        })
  }
}

/** 117 balls of sixes are 19.3. */
const oversOf = (balls: number, ballsPerOver: number): number =>
  Number(`${Math.floor(balls / ballsPerOver)}.${balls % ballsPerOver}`)

const overOf = (over: Over.Over) => ({ over: over.number, deliveries: over.deliveries.map(ballOf) })

const ballOf = (ball: Delivery.Delivery) => {
  const extras = Object.entries({
    wides: ball.wides,
    noballs: ball.noBalls,
    byes: ball.byes,
    legbyes: ball.legByes,
    penalty: ball.penalty
  }).filter(([, runs]) => runs > 0)
  const total = Delivery.total(ball)
  return {
    batter: ball.batter,
    bowler: ball.bowler,
    ...(extras.length === 0 ? {} : { extras: Object.fromEntries(extras) }),
    non_striker: ball.nonStriker,
    runs: {
      batter: ball.bat,
      extras: total - ball.bat,
      ...((ball.bat === 4 || ball.bat === 6) && !ball.boundary ? { non_boundary: true } : {}),
      total
    },
    ...(ball.dismissals.length === 0
      ? {}
      : {
          wickets: ball.dismissals.map(({ batter, fielders, manner }) => ({
            player_out: batter,
            ...(fielders.length === 0 ? {} : { fielders: fielders.map((name) => ({ name })) }),
            kind: manner
          }))
        })
  }
}
