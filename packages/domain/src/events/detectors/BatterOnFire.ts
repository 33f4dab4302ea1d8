import type { Batter } from "../../cricket/Innings.ts"
import { battersChanged, type Detector, from } from "../Detector.ts"

/** Two runs a ball. */
const strikeRate = 200
/** Below a dozen balls a strike rate says little. */
const balls = 12

const burning = (one: Batter | undefined): boolean =>
  one !== undefined && one.balls >= balls && one.runs * 100 >= strikeRate * one.balls

/** A batter scores at two runs a ball or better, and has kept it up for two overs' worth of balls. */
export const BatterOnFire: Detector = {
  name: "batsman_on_fire",
  tier: 0,
  detect: (moment) =>
    battersChanged(moment, (was, is) =>
      burning(is) && is.out === null && !burning(was)
        ? { _tag: "batsman_on_fire", ...from(moment), batter: is.id, runs: is.runs, balls: is.balls }
        : null
    )
}
