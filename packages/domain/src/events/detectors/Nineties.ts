import { battersChanged, type Detector, from } from "../Detector.ts"

/** A batter comes within a boundary or two of a hundred: his score lies in 90 to 99 for the first time. */
export const Nineties: Detector = {
  name: "batsman_on_90s",
  tier: 0,
  detect: (moment) =>
    battersChanged(moment, (was, { id, runs }) =>
      runs >= 90 && runs <= 99 && (was?.runs ?? 0) < 90
        ? { _tag: "batsman_on_90s", ...from(moment), batter: id, runs }
        : null
    )
}
