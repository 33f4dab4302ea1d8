import { battersChanged, type Detector, from } from "../Detector.ts"

/** A batter reaches 100, 200, 300 …; each is told. */
export const Hundred: Detector = {
  name: "hundred",
  tier: 0,
  detect: (moment) =>
    battersChanged(moment, (was, { balls, id, runs }) => {
      if (runs < 100) return null
      const reached = Math.floor(runs / 100) * 100
      return (was?.runs ?? 0) < reached
        ? { _tag: "hundred", ...from(moment), batter: id, runs: reached, balls }
        : null
    })
}
