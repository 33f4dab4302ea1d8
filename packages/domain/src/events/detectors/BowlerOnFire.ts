import type { Kind } from "../../cricket/Format.ts"
import * as Innings from "../../cricket/Innings.ts"
import { type Detector, from, nothing } from "../Detector.ts"
import type { MatchEvent } from "../MatchEvent.ts"

/** The most runs an over, in overs of six, that still count as tight. */
const economy: Readonly<Record<Kind, number>> = { t20: 6, hundred: 6, odi: 4.5, test: 3, "first class": 3 }
const wickets = 3
const balls = 12

/** A bowler takes his third wicket, or a later one, and is hard to score off. */
export const BowlerOnFire: Detector = {
  name: "bowler_on_fire",
  tier: 0,
  detect: (moment, match) => {
    if ((moment._tag !== "Bowled" && moment._tag !== "Scored") || moment.after.superOver) return nothing
    const tight = economy[match.info.format.kind]
    const look = (is: Innings.Bowler): ReadonlyArray<MatchEvent> => {
      const rose = is.wickets >= wickets && is.wickets > (Innings.bowler(moment.before, is.id)?.wickets ?? 0)
      return rose && is.balls >= balls && is.runs * 6 <= tight * is.balls
        ? [
            {
              _tag: "bowler_on_fire",
              ...from(moment),
              bowler: is.id,
              wickets: is.wickets,
              runs: is.runs,
              balls: is.balls,
              overs: Innings.bowlerOvers(is, match.info.format)
            }
          ]
        : nothing
    }
    if (moment._tag === "Scored") return moment.after.bowlers.flatMap(look)
    return moment.after.wickets === moment.before.wickets
      ? nothing
      : look(Innings.bowler(moment.after, moment.ball.bowler)!)
  }
}
