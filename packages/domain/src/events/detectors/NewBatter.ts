import * as Innings from "../../cricket/Innings.ts"
import { type Detector, from, nothing } from "../Detector.ts"

/** Timed out: he is on the card, but never came in (Law 40). */
const cameIn = (one: Innings.Batter): boolean => one.out?.manner !== "timed out"

/** A batter comes in. The two who open are the innings, not news; one who comes back after retiring is not new. */
export const NewBatter: Detector = {
  name: "new_batsman",
  tier: 0,
  detect: (moment) => {
    if (moment._tag !== "Bowled" && moment._tag !== "Scored") return nothing
    const { after, before } = moment
    if (after.batters.length === before.batters.length || after.batters.length <= 2) return nothing
    // A scorecard need not list them in the order they came.
    const come = after.batters.filter(({ id }) => Innings.batter(before, id) === undefined)
    let place = before.batters.filter(cameIn).length
    return come.flatMap((one) => {
      if (!cameIn(one)) return []
      place += 1
      return place > 2 ? { _tag: "new_batsman" as const, ...from(moment), batter: one.id } : []
    })
  }
}
