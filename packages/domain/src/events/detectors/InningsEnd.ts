import { type Detector, from, nothing } from "../Detector.ts"

/** An innings is over and another is to come. The last one ends with the match; super overs are too short to be told of. */
export const InningsEnd: Detector = {
  name: "innings_end",
  tier: 0,
  detect: (moment) =>
    moment._tag === "Closed" && !moment.innings.superOver
      ? [{ _tag: "innings_end", ...from(moment) }]
      : nothing
}
