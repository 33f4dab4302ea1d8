import { isFour } from "../../cricket/Delivery.ts"
import { type Detector, from, nothing } from "../Detector.ts"

/** Four off the bat, to the boundary; four that were run are not. */
export const Four: Detector = {
  name: "four",
  tier: 1,
  detect: (moment) =>
    moment._tag === "Bowled" && isFour(moment.ball)
      ? [{ _tag: "four", ...from(moment), batter: moment.ball.batter }]
      : nothing
}
