import * as Innings from "../../cricket/Innings.ts"
import { type Detector, from, nothing } from "../Detector.ts"

/**
 * Three wickets with three balls running by one bowler, in the match: other bowlers' overs and the end of an innings may
 * lie between. A wide that gets no wicket breaks the run, and so does a run-out, which is not the bowler's. The fourth in
 * four is no second hat-trick. (The Laws do not know the hat-trick; this is how records are kept.)
 */
export const HatTrick: Detector = {
  name: "hattrick",
  tier: 1,
  detect: (moment) => {
    if (moment._tag !== "Bowled" || moment.ball.dismissals.length === 0 || moment.after.superOver)
      return nothing
    const { bowler } = moment.ball
    return Innings.bowler(moment.after, bowler)!.streak === 3
      ? [{ _tag: "hattrick", ...from(moment), bowler }]
      : nothing
  }
}
