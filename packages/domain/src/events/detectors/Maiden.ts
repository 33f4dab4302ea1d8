import { type Detector, from, nothing } from "../Detector.ts"

/**
 * A complete over by one bowler in which he concedes nothing. Byes and leg byes do not spoil it, wides and no-balls do
 * (Laws 21.18, 22.9, 23.3).
 */
export const Maiden: Detector = {
  name: "maiden",
  tier: 1,
  detect: (moment) => {
    if (moment._tag !== "Bowled" || moment.after.superOver) return nothing
    const { over } = moment.after
    return over !== null && over.complete && !over.shared && over.conceded === 0
      ? [{ _tag: "maiden", ...from(moment), bowler: over.bowler }]
      : nothing
  }
}
