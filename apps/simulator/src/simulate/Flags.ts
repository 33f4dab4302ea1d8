import { FaultKind, type MatchSource, Scenario } from "@sightscreen/simulation"
import { Effect, type FileSystem, Option, type Path, Result } from "effect"
import * as Flag from "effect/cli/Flag"
import { Library } from "@sightscreen/feed"
import { sourceOf } from "./Matches.ts"

/** What `run` and `search` have in common: the match, the phones, the faults and the gear. */
export const shared = {
  match: Flag.String("match").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(
      "A Cricsheet JSON file, a .tape file, or a bundled match; drawn from the seed where absent"
    ),
    Flag.optional
  ),
  generate: Flag.Literals("generate", ["t20", "odi", "test", "hundred"]).pipe(
    Flag.withDescription("Instead: a match that invents itself from the seed"),
    Flag.optional
  ),
  phones: Flag.Int("phones").pipe(
    Flag.withDescription("How many phones follow the match"),
    Flag.withDefault(50)
  ),
  faults: Flag.String("faults").pipe(
    Flag.withMetavar("mood"),
    Flag.withDescription(
      "none, calm, storm, or names with commas between them; apple.* stands for all of Apple's"
    ),
    Flag.withDefault("calm")
  ),
  gear: Flag.Literals("gear", ["fast", "true"]).pipe(
    Flag.withDescription("fast: the deciders in a plain loop. true: the engine itself on virtual time"),
    Flag.withDefault("fast" as const)
  )
}

export interface Given {
  readonly match: Option.Option<string>
  readonly generate: Option.Option<"t20" | "odi" | "test" | "hundred">
  readonly phones: number
  readonly faults: string
  readonly gear: FaultKind.Gear
}

const mostPhones = 100_000

/** How scenarios are drawn, or what of the flags makes no sense. `seed` is that of a match that invents itself. */
export const drawing = (
  given: Given,
  seed: number
): Effect.Effect<Scenario.Options, Library.Unusable, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const refuse = (subject: string, problem: string) => new Library.Unusable({ subject, problem })
    const mood = Scenario.moodOf(given.faults)
    if (Result.isFailure(mood)) return yield* refuse("--faults", mood.failure)
    if (given.phones < 1 || given.phones > mostPhones)
      return yield* refuse("--phones", `from 1 to ${mostPhones}, not ${given.phones}`)
    if (Option.isSome(given.match) && Option.isSome(given.generate))
      return yield* refuse("--match", "and --generate are two ways to name one match; give one")
    const match: MatchSource.MatchSource | null = Option.isSome(given.match)
      ? yield* sourceOf(given.match.value)
      : Option.isSome(given.generate)
        ? { _tag: "Generated", format: given.generate.value, seed, dramas: [] }
        : null
    return {
      faults: mood.success,
      phones: given.phones,
      gear: given.gear,
      ...(match === null ? {} : { match })
    }
  })
