import { meaning } from "../../cricket/Delivery.ts"
import * as Innings from "../../cricket/Innings.ts"
import { type Detector, from, nothing } from "../Detector.ts"

/** A wicket falls. Retired hurt and retired not out are none (Law 25.4). */
export const Wicket: Detector = {
  name: "wicket",
  tier: 0,
  detect: (moment) => {
    if (moment._tag === "Scored") return fromScores(moment.before, moment.after, from(moment))
    if (moment._tag !== "Bowled" || moment.ball.dismissals.length === 0) return nothing
    const { after, ball, before } = moment
    let down = before.wickets
    let his = Innings.bowler(before, ball.bowler)?.wickets ?? 0
    return ball.dismissals.flatMap(({ batter, fielders, manner }) => {
      const { counts, credited } = meaning[manner]
      if (!counts) return []
      if (Innings.batter(before, batter)?.counted !== true) down += 1
      if (credited) his += 1
      const { balls, runs } = Innings.batter(after, batter)!
      return {
        _tag: "wicket" as const,
        ...from(moment),
        batter,
        runs,
        balls,
        bowler: credited ? ball.bowler : null,
        manner,
        fielders,
        score: `${after.runs}/${down}`,
        bowlerWickets: credited ? his : null
      }
    })
  }
}

/** From a scorecard: whoever is out now and was not before, in batting order. */
const fromScores = (before: Innings.Innings, after: Innings.Innings, common: ReturnType<typeof from>) => {
  if (after.wickets <= before.wickets) return nothing
  const gone = after.batters.filter(
    (one) => one.out !== null && (Innings.batter(before, one.id)?.out ?? null) === null
  )
  return gone.slice(0, after.wickets - before.wickets).map((one, index) => ({
    _tag: "wicket" as const,
    ...common,
    batter: one.id,
    runs: one.runs,
    balls: one.balls,
    bowler: one.out!.bowler,
    manner: one.out!.manner,
    fielders: one.out!.fielders,
    score: `${after.runs}/${before.wickets + index + 1}`,
    bowlerWickets: one.out!.bowler === null ? null : (Innings.bowler(after, one.out!.bowler)?.wickets ?? null)
  }))
}
