import { battersChanged, type Detector, from } from "../Detector.ts"

/** A batter reaches 50. The fifties after a hundred are not told. */
export const Fifty: Detector = {
  name: "fifty",
  tier: 0,
  detect: (moment) =>
    battersChanged(moment, (was, { balls, id, runs }) =>
      runs >= 50 && runs < 100 && (was?.runs ?? 0) < 50
        ? { _tag: "fifty", ...from(moment), batter: id, runs, balls }
        : null
    )
}
