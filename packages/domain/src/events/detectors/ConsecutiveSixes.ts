import { isSix } from "../../cricket/Delivery.ts"
import * as Innings from "../../cricket/Innings.ts"
import { type Detector, from, nothing } from "../Detector.ts"

/** A batter hits the third six running off the balls he faces, and each one after it. */
export const ConsecutiveSixes: Detector = {
  name: "consecutive_sixes",
  tier: 1,
  detect: (moment) => {
    if (moment._tag !== "Bowled" || moment.after.superOver || !isSix(moment.ball)) return nothing
    const { id, sixesRunning } = Innings.batter(moment.after, moment.ball.batter)!
    return sixesRunning >= 3
      ? [{ _tag: "consecutive_sixes", ...from(moment), batter: id, count: sixesRunning }]
      : nothing
  }
}
