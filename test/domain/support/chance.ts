import type { Delivery } from "@sightscreen/domain"
import { Schema } from "effect"
import { type Drawn, over } from "./cricket.ts"

/** Dice that fall the same way for the same seed. */
export interface Chance {
  /** From 0 up to, and without, the limit. */
  readonly below: (limit: number) => number
  readonly pick: <A>(from: ReadonlyArray<A>) => A
}

export const Seed = Schema.Int.pipe(
  Schema.check(Schema.isGreaterThanOrEqualTo(0)),
  Schema.check(Schema.isLessThanOrEqualTo(0xffffffff))
)

/** mulberry32 */
export const chance = (seed: number): Chance => {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x100000000) * limit)
  }
  return { below, pick: (from) => from[below(from.length)]! }
}

const common = [
  ".",
  ".",
  ".",
  "1",
  "1",
  "2",
  "3",
  "4",
  "6",
  "4r",
  "wd",
  "5wd",
  "nb",
  "nb4",
  "nb/2b",
  "1lb",
  "2b"
]
const rare = [
  "W",
  "./c",
  "./lbw",
  "wd/st",
  "nb/ro",
  "1/ro",
  "./of",
  "1+5p",
  "./reth",
  "6r",
  "./reto",
  "1/to:Late"
]

/** Overs that could have been bowled: whoever is out or retires is followed by another batter. */
export const someOvers = (dice: Chance, count: number): ReadonlyArray<Drawn> => {
  let next = 0
  let wickets = 0
  let late = false
  let striker = `Batter ${next++}`
  let partner = `Batter ${next++}`
  return Array.from({ length: count }, (_, number) => {
    const bowler = `Bowler ${(number % 2) + 2 * dice.below(2)}`
    const balls: Array<Delivery.Delivery> = []
    let legal = 0
    while (legal < 6) {
      const text = dice.below(8) === 0 ? dice.pick(rare) : dice.pick(common)
      const isOut = /W|\/(?!2b)/.test(text)
      if (isOut && (wickets >= 9 || (text.includes("Late") && late))) continue
      const [ball] = over(striker, bowler, text, partner)
      balls.push(ball!)
      if (ball!.wides === 0 && ball!.noBalls === 0) legal += 1
      if (isOut) {
        if (!text.includes("reth")) wickets += 1
        if (text.includes("Late")) late = true
        else striker = `Batter ${next++}`
      } else if (dice.below(3) === 0) [striker, partner] = [partner, striker]
    }
    return balls
  })
}
