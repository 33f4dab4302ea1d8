import { Chance } from "@sightscreen/decider"
import type { Format } from "@sightscreen/domain"
import { Duration } from "effect"
import type { Recording } from "../recorded/Recording.ts"
import type * as Timeline from "../recorded/Timeline.ts"
import * as Drama from "./Drama.ts"
import { Happened } from "./Happened.ts"
import type { LongStory } from "./FirstClass.ts"
import type { Story } from "./Limited.ts"

/** What a match is to have in it: what was asked for, and what chance adds. */

/** What was asked for, as far as the format has it; rain becomes one of the things that rain does. */
export const asked = (
  wanted: ReadonlyArray<Drama.Drama>,
  kind: Format.Kind,
  chance: Chance.Chance
): ReadonlyArray<Drama.Drama> => {
  const dice = Chance.dice(chance)
  const named = wanted.map((drama) =>
    drama === "rain" ? (kind === "test" ? "lostDay" : dice.pick(rains)) : drama
  )
  return [...new Set(named)].filter((drama) => Drama.rates[kind][drama] !== undefined)
}

const rains = ["reducedOvers", "revisedTarget", "revisedTarget", "parScore", "noResult"] as const

/** Adds what the lot falls on, each drama by itself; of those that exclude each other, the first. */
export const draw = (staged: Set<Drama.Drama>, kind: Format.Kind, chance: Chance.Chance): void => {
  const dice = Chance.dice(chance)
  for (const drama of Drama.of(kind)) {
    const comesUp = dice.happens((Drama.rates[kind][drama] ?? 0) / 1000)
    if (comesUp && !exclusive.some((group) => group.includes(drama) && group.some((one) => staged.has(one))))
      staged.add(drama)
  }
}

/** A match ends in one way, and rain does one thing to it. */
const exclusive: ReadonlyArray<ReadonlyArray<Drama.Drama>> = [
  ["tie", "superOver", "lastBall", "oneRun", "parScore", "noResult", "washout", "draw", "inningsVictory"],
  ["reducedOvers", "revisedTarget", "parScore", "noResult", "washout"],
  ["collapse", "hatTrick", "forfeit"],
  // What takes its time finds none in a match that is over before it.
  ...(Object.keys(Drama.anywhere) as Array<Drama.Drama>).map(
    (drama) => [drama, "noResult", "washout"] as const
  )
]

export const holds = (drama: Drama.Drama, story: Story | LongStory): boolean => Happened[drama](story)

/** Drinks twice in an innings of fifty overs. */
export const drinks = (recording: Recording): ReadonlyArray<Timeline.Interruption> => {
  const stops: Array<Timeline.Interruption> = []
  let ball = -1
  for (const { overs, superOver } of recording.innings) {
    for (const [index, over] of overs.entries()) {
      ball += over.deliveries.length
      const isLast = index === overs.length - 1
      if (!superOver && !isLast && (over.number === 15 || over.number === 32))
        stops.push({ afterBall: ball, status: "drinks", lasts: Duration.minutes(4) })
    }
  }
  return stops
}
