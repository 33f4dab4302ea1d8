import { Library } from "@sightscreen/feed"
import { Scenario } from "@sightscreen/simulation"
import { Console, Effect, type FileSystem, Option, type Path, Result } from "effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { availableParallelism } from "node:os"
import { commit } from "../simulate/Commit.ts"
import { all, find, type Mutant, type World } from "../mutants/index.ts"
import { variable } from "../mutants/variable.ts"
import * as Carry from "../simulate/Carry.ts"
import * as Matches from "../simulate/Matches.ts"
import * as Progress from "../simulate/Progress.ts"
import * as Search from "../simulate/Search.ts"
import * as Trial from "../simulate/Trial.ts"

/** Plants bugs of our own, one at a time, and sees whether the search finds them. */
export const mutants = Command.make(
  "mutants",
  {
    names: Argument.String("name").pipe(
      Argument.withDescription("The bugs to plant; all where none is named"),
      Argument.variadic()
    ),
    seeds: Flag.Int("seeds").pipe(
      Flag.withDescription("How many seeds may be tried before a bug counts as missed"),
      Flag.withDefault(500)
    ),
    phones: Flag.Int("phones").pipe(Flag.withDescription("Phones in each"), Flag.withDefault(16)),
    gear: Flag.Literals("gear", ["fast", "true"]).pipe(
      Flag.withDescription("Only the bugs that this gear is to find"),
      Flag.optional
    ),
    jobs: Flag.Int("jobs").pipe(
      Flag.withDescription("Bugs that are looked for at once; one for each core where absent"),
      Flag.optional
    ),
    list: Flag.Boolean("list").pipe(
      Flag.withDescription("Say which bugs there are, and plant none"),
      Flag.withDefault(false)
    ),
    json: Carry.flags.json
  },
  (flags) =>
    Effect.gen(function* () {
      const chosen = (yield* named(flags.names)).filter(
        ({ gear }) => Option.isNone(flags.gear) || gear === flags.gear.value
      )
      if (flags.list)
        return yield* Console.log(
          flags.json
            ? JSON.stringify(chosen.map(({ file, gear, name, says }) => ({ name, gear, file, says })))
            : chosen
                .map(({ gear, name, says }) => `${gear.padEnd(4)}  ${name.padEnd(32)}  ${says}`)
                .join("\n")
        )
      const jobs = Option.getOrElse(flags.jobs, () => availableParallelism())
      const { stderr } = process
      const progress = stderr.isTTY
        ? Progress.make({
            all: chosen.length,
            of: "bugs",
            write: (text) => void stderr.write(text),
            columns: () => stderr.columns ?? 80,
            now: () => performance.now()
          })
        : Progress.none
      let done = 0
      let tried = 0
      const soundly = yield* sound
      const hunts = yield* Effect.forEach(
        chosen,
        (mutant) =>
          hunt(mutant, flags, soundly, () =>
            progress.update(done, `${mutant.name} · ${(++tried).toLocaleString("en-GB")} seeds tried`)
          ).pipe(
            Effect.tap((found) =>
              Effect.gen(function* () {
                progress.clear()
                if (!flags.json) yield* Console.log(line(found))
                else if (stderr.isTTY) yield* Console.error(line(found))
                progress.update(++done)
              })
            )
          ),
        { concurrency: Math.max(1, jobs) }
      )
      progress.clear()
      const missed = hunts.filter(({ seed }) => seed === null)
      yield* Console.log(
        flags.json
          ? JSON.stringify({
              commit: commit(),
              seeds: flags.seeds,
              mutants: hunts,
              found: hunts.length - missed.length,
              missed: missed.map(({ name }) => name),
              verdict: missed.length === 0 ? "pass" : "fail"
            })
          : `\n${hunts.length - missed.length} of ${hunts.length} bugs found within ${flags.seeds} seeds`
      )
      if (missed.length > 0) process.exitCode = 1
    })
).pipe(
  Command.withDescription(
    "Plants small bugs in our own code, one at a time and only in memory, and sees whether the search finds them: a\n" +
      "  search that finds none of them would not find the real ones either. A seed that fails without the bug as well does not\n" +
      "  count. Name some to look for those alone, so that a long hunt can be taken up again.\n\n" +
      "  Exit code 0: each was found. 1: one was not."
  ),
  Command.withShortDescription("Plant bugs, and see whether the search finds them"),
  Command.withExamples([
    { command: "npm run --silent simulator -- mutants --list", description: "Which bugs there are" },
    {
      command: "npm run --silent simulator -- mutants token-retired-on-429",
      description: "Whether one of them is found"
    }
  ])
)

const named = (names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => {
    const found = find(name)
    return found === undefined
      ? Effect.fail(
          new Library.Unusable({
            subject: name,
            problem: "there is no such bug; --list says which there are"
          })
        )
      : Effect.succeed(found)
  }).pipe(Effect.map((some) => (some.length === 0 ? all : some)))

interface Hunt {
  readonly name: string
  readonly gear: Mutant["gear"]
  readonly says: string
  /** The trouble that it was looked for in; null for any. */
  readonly faults: ReadonlyArray<string> | null
  /** Seeds tried until it was found. */
  readonly tried: number
  /** The first seed that fails with it, and not without it; null where none did. */
  readonly seed: number | null
  readonly checks: ReadonlyArray<string>
  readonly what: string | null
}

const storm = Result.getOrThrow(Scenario.moodOf("storm"))

/** Fifteen overs are enough for almost anything to go wrong, and then the rest of the match need not be waited for. */
const deliveries = 90
const lasts = 65 * 60_000

const termsOf = (gear: Mutant["gear"], world: World = {}, phones: number): Trial.Terms => ({
  gear,
  draw: {
    faults: world.faults ?? storm,
    fierce: world.faults !== undefined,
    phones: world.phones ?? phones,
    gear,
    ...(world.match === undefined ? {} : { match: world.match }),
    ...(world.whole === true
      ? {}
      : { deliveries: world.deliveries ?? deliveries, lasts: world.lasts ?? lasts })
  }
})

/** Whether a seed goes well without any bug: one that does not proves nothing of a bug. */
type Sound = (seed: number, terms: Trial.Terms) => boolean

const sound: Effect.Effect<Sound, Library.Unusable, FileSystem.FileSystem | Path.Path> = Effect.map(
  Matches.load(),
  (matches) => {
    const known = new Map<string, boolean>()
    return (seed, terms) => {
      const key = `${seed} ${JSON.stringify(terms)}`
      const found = known.get(key) ?? Trial.of(seed, terms, matches).broke.length === 0
      known.set(key, found)
      return found
    }
  }
)

const hunt = (
  { gear, name, says, world }: Mutant,
  { phones, seeds }: { readonly phones: number; readonly seeds: number },
  isSound: Sound,
  onTrial: () => void
) =>
  Effect.gen(function* () {
    const terms = termsOf(gear, world, phones)
    const faults = world?.faults ?? null
    const missed = { name, gear, says, faults, seed: null, checks: [], what: null }
    let tried = 0
    for (let from = 1; from <= seeds;) {
      const found = yield* Search.run({
        seeds: { from, count: seeds - from + 1 },
        terms,
        jobs: 1,
        execArgv: ["--import", new URL("../mutants/hook.ts", import.meta.url).href],
        env: { [variable]: name },
        stopsAtFirst: true,
        onTrial,
        now: () => performance.now()
      })
      tried += found.tried
      const [first] = found.failures
      if (first === undefined) return { ...missed, tried } satisfies Hunt
      const { broke, seed, what } = first
      if (isSound(seed, terms)) return { ...missed, tried, seed, checks: broke, what } satisfies Hunt
      from = seed + 1
    }
    return { ...missed, tried } satisfies Hunt
  })

const line = ({ checks, faults, name, seed, tried, what }: Hunt): string =>
  seed === null
    ? `✗ ${name}: not found in ${number(tried)}`
    : `✓ ${name}: found in ${number(tried)}${faults === null ? "" : ` of ${faults.join(",")}`} by ${checks.join(", ")}: ${(what ?? "").split("\n")[0]}`

const number = (seeds: number): string => `${seeds.toLocaleString("en-GB")} ${seeds === 1 ? "seed" : "seeds"}`
