import { isSix } from "../../cricket/Delivery.ts"
import { type Detector, from, nothing } from "../Detector.ts"

/** Six off the bat, over the boundary. */
export const Six: Detector = {
  name: "six",
  tier: 1,
  detect: (moment) =>
    moment._tag === "Bowled" && isSix(moment.ball)
      ? [{ _tag: "six", ...from(moment), batter: moment.ball.batter }]
      : nothing
}
