import { Library } from "@sightscreen/feed"
import { FaultKind, Scenario } from "@sightscreen/simulation"
import { Console, Effect, Option } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { availableParallelism } from "node:os"
import { commit } from "../simulate/Commit.ts"
import * as Carry from "../simulate/Carry.ts"
import * as Flags from "../simulate/Flags.ts"
import * as Matches from "../simulate/Matches.ts"
import * as Progress from "../simulate/Progress.ts"
import * as Search from "../simulate/Search.ts"
import type { Terms, Trial } from "../simulate/Trial.ts"

/** Failing seeds that are cut down and written to files; the rest are named. */
const mostShrunk = 3

/** Scenarios tried on the way to a small one, and the time that may be spent on one: the true gear takes seconds for each. */
const mostTried = 600
const longestMillis = 60_000

const { stderr } = process

/** Tries many seeds, and cuts those that fail down to small scenarios. */
export const search = Command.make(
  "search",
  {
    ...Flags.shared,
    seeds: Flag.Int("seeds").pipe(Flag.withDescription("How many seeds to try"), Flag.withDefault(100)),
    from: Flag.Int("from").pipe(Flag.withDescription("The first of them"), Flag.withDefault(1)),
    jobs: Flag.Int("jobs").pipe(
      Flag.withDescription("Processes that try seeds at once; one for each core where absent"),
      Flag.optional
    ),
    out: Flag.String("out").pipe(
      Flag.withMetavar("folder"),
      Flag.withDescription("Where scenarios that fail are written; it is made where it is not there"),
      Flag.withDefault(".")
    ),
    json: Carry.flags.json
  },
  (flags) =>
    Effect.gen(function* () {
      if (flags.seeds < 1) return yield* refuse("--seeds", `at least 1, not ${flags.seeds}`)
      const jobs = Option.getOrElse(flags.jobs, () => availableParallelism())
      if (jobs < 1) return yield* refuse("--jobs", `at least 1, not ${jobs}`)
      yield* Carry.folder(flags.out)
      const terms: Terms = { gear: flags.gear, draw: yield* Flags.drawing(flags, flags.from) }
      const progress = stderr.isTTY ? bar(flags.seeds, "seeds") : Progress.none
      const found = yield* Search.run({
        seeds: { from: flags.from, count: flags.seeds },
        terms,
        jobs,
        stopsAtFirst: false,
        onTrial: (tried, failed) => progress.update(tried, failed === 0 ? "" : `${failed} failed`),
        onFailure: (trial) => {
          if (flags.json) return
          progress.clear()
          stderr.write(`${lineOf(trial)}\n`)
        },
        now: () => performance.now()
      })
      progress.clear()
      const files = yield* write(found.failures.slice(0, mostShrunk), terms, flags.out)
      const failures = found.failures.map(({ broke, seed, what }) => ({
        seed,
        checks: broke,
        what,
        scenario: files.get(seed) ?? null
      }))
      const version = commit()
      if (flags.json) {
        yield* Console.log(
          JSON.stringify({
            seeds: found.tried,
            from: flags.from,
            gear: flags.gear,
            commit: version,
            wallSeconds: Math.round(found.seconds * 1000) / 1000,
            perSecond: Math.round((found.tried / found.seconds) * 100) / 100,
            failures,
            coverage: Object.fromEntries(coverage(found, flags.gear)),
            verdict: failures.length === 0 ? "pass" : "fail"
          })
        )
      } else yield* Console.log(page(found, flags.gear, version, failures))
      if (failures.length > 0) process.exitCode = 1
    })
).pipe(
  Command.withDescription(
    "Tries seed after seed, each a scenario of its own, and says which break a check. The first that fail are cut down to\n" +
      "  small scenarios and written to files, which `replay` plays.\n\n" +
      "  Exit code 0: every seed kept every check. 1: one did not."
  ),
  Command.withShortDescription("Try many seeds, and cut down those that fail"),
  Command.withExamples([
    {
      command: "npm run --silent simulator -- search --seeds 2000 --faults storm",
      description: "Two thousand matches in all weathers"
    },
    {
      command: "npm run --silent simulator -- search --seeds 300 --faults storm --gear true",
      description: "The engine itself, in fewer"
    }
  ])
)

const refuse = (subject: string, problem: string) => new Library.Unusable({ subject, problem })

const bar = (all: number, of: string): Progress.Progress =>
  Progress.make({
    all,
    of,
    write: (text) => void stderr.write(text),
    columns: () => stderr.columns ?? 80,
    now: () => performance.now()
  })

/** What a seed broke, on one line. */
const lineOf = ({ broke, seed, what }: Trial): string =>
  `✗ seed ${seed}: ${broke.join(", ")}${what === null ? "" : `: ${what.split("\n")[0]}`}`

/** By seed, the file that replays it. */
const write = (failures: ReadonlyArray<Trial>, terms: Terms, folder: string) =>
  Effect.gen(function* () {
    const files = new Map<number, string>()
    if (failures.length === 0) return files
    const matches = yield* Matches.load(...(terms.draw.match === undefined ? [] : [terms.draw.match]))
    for (const trial of failures) {
      const progress = stderr.isTTY ? bar(mostTried, `tries to cut seed ${trial.seed} down`) : Progress.none
      const until = performance.now() + longestMillis
      const { scenario } = Search.shrink(trial, terms, matches, {
        most: mostTried,
        isEnough: () => performance.now() > until,
        onTried: (tried) => progress.update(tried)
      })
      progress.clear()
      const file = `${folder}/seed-${trial.seed}.json`.replace(/^\.\//, "")
      yield* Carry.write(file, Scenario.encode(scenario))
      files.set(trial.seed, file)
    }
    return files
  })

/** Every kind that the gear knows, with the number of seeds in which it befell. */
const coverage = (
  { coverage }: Search.Findings,
  gear: FaultKind.Gear
): ReadonlyArray<readonly [string, number]> =>
  FaultKind.names
    .filter((kind) => FaultKind.of(kind).gears.includes(gear))
    .map((kind) => [kind, coverage.get(kind) ?? 0])

const page = (
  found: Search.Findings,
  gear: FaultKind.Gear,
  version: string,
  failures: ReadonlyArray<{
    readonly seed: number
    readonly checks: ReadonlyArray<string>
    readonly what: string | null
    readonly scenario: string | null
  }>
): string => {
  const { seconds, tried } = found
  const rate = tried / seconds
  return [
    `${tried.toLocaleString("en-GB")} seeds, ${gear} gear, ${version}: ${rate < 10 ? rate.toFixed(2) : Math.round(rate)} a second`,
    "",
    ...faultLines(found, gear),
    "",
    ...failures.flatMap(({ checks, scenario, seed, what }) => [
      `✗ seed ${seed}: ${checks.join(", ")}`,
      ...(what === null ? [] : [`    ${what}`]),
      ...(scenario === null ? [] : [`    npm run --silent simulator -- replay ${scenario} --gear ${gear}`])
    ]),
    failures.length === 0 ? "pass: no check was broken" : `fail: ${failures.length} of ${tried} seeds`
  ].join("\n")
}

/** How many seeds each kind of fault befell, two to a line. */
const faultLines = (found: Search.Findings, gear: FaultKind.Gear): ReadonlyArray<string> => {
  const cells = coverage(found, gear).map(
    ([kind, seeds]) =>
      `${`${((seeds / Math.max(1, found.tried)) * 100).toFixed(1)} %`.padStart(7)}  ${kind.padEnd(32)}`
  )
  return Array.from({ length: Math.ceil(cells.length / 2) }, (_, nth) =>
    `${cells[nth * 2]}${cells[nth * 2 + 1] ?? ""}`.trimEnd()
  )
}
