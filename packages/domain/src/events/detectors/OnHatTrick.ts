import * as Innings from "../../cricket/Innings.ts"
import { type Detector, from, nothing } from "../Detector.ts"

/** Two in two: the bowler's next ball is for the hat-trick. */
export const OnHatTrick: Detector = {
  name: "on_hattrick",
  tier: 1,
  detect: (moment) => {
    if (moment._tag !== "Bowled" || moment.ball.dismissals.length === 0 || moment.after.superOver)
      return nothing
    const { bowler } = moment.ball
    return Innings.bowler(moment.after, bowler)!.streak === 2
      ? [{ _tag: "on_hattrick", ...from(moment), bowler }]
      : nothing
  }
}
