import { type Detector, from, nothing } from "../Detector.ts"

/** The match is over: won, tied, drawn, abandoned or awarded. */
export const MatchEnd: Detector = {
  name: "match_end",
  tier: 0,
  detect: (moment) => (moment._tag === "Over" ? [{ _tag: "match_end", ...from(moment) }] : nothing)
}
