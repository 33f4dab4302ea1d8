import { Result, Schema } from "effect"
import { Fault } from "./faults/Fault.ts"
import { Happening } from "./scenario/Happening.ts"
import { Match } from "./scenario/MatchSource.ts"
import { Phone } from "./scenario/Phone.ts"

/**
 * Everything that a run is, as data: whoever has it and the same commit sees the same run, in every detail.
 *
 * It can be written to a file, read again and cut down. Its parts do not lean on one another: without a phone, a happening,
 * a fault or the last balls of the match, what is left goes on as it did, as far as it did not hang on what is gone. Chance
 * follows from the seed and the names of things (`Fault`), never from the order in which they come.
 *
 * All times are milliseconds from the beginning of the world, which is the same for every scenario.
 */
export const Scenario = Schema.Struct({
  /** Of this form of writing a scenario down. */
  version: Schema.Literal(1),
  seed: Schema.Int,
  match: Match,
  phones: Schema.Array(Phone),
  /** In any order. */
  happenings: Schema.Array(Happening),
  faults: Schema.Array(Fault),
  /** When all trouble ends: until then nothing may go wrong that cannot be mended, and after it everything is to come right. */
  healAt: Schema.Int,
  /** Whether what is ready at one instant is done in an order drawn from the seed, or in the order in which it got ready. */
  shuffle: Schema.Boolean
})
export type Scenario = typeof Scenario.Type

const codec = Schema.fromJsonString(Scenario)
const decodeText = Schema.decodeUnknownResult(codec)
const encodeValue = Schema.encodeSync(Scenario)

/** As it stands in a file. */
export const encode = (self: Scenario): string => `${JSON.stringify(encodeValue(self), null, 2)}\n`

/** A scenario from a file, or what is wrong with it. */
export const decode = (text: string): Result.Result<Scenario, string> =>
  Result.mapError(decodeText(text), (error) => `it is not a scenario: ${firstOf(String(error.message))}`)

/** What is wrong first, and where, on one line. */
const firstOf = (problem: string): string => {
  const lines = problem.split("\n").map((line) => line.trim())
  const where = lines.find((line) => line.startsWith("at ["))
  return where === undefined ? lines[0]! : `${lines[0]!} ${where}`
}

export { type Mood, moodOf, type Options, draw } from "./scenario/Draw.ts"
export { deviceIdOf, numberOf, userIdOf } from "./scenario/Phone.ts"
