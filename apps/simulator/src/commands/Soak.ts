import { Library } from "@sightscreen/feed"
import { type FaultKind, Scenario } from "@sightscreen/simulation"
import { Console, Effect, FileSystem, Option, Result, Schema, Semaphore, Stream } from "effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { availableParallelism } from "node:os"
import { commit } from "../simulate/Commit.ts"
import * as Carry from "../simulate/Carry.ts"
import * as Cutting from "../simulate/Cutting.ts"
import * as Progress from "../simulate/Progress.ts"
import * as Trial from "../simulate/Trial.ts"
import * as Workers from "../simulate/Workers.ts"

/** Findings that are written to files; further ones are only named. */
const mostWritten = 200

/** Spent on cutting one down. */
const mostTried = 600
const longestMillis = 60_000

/** Where a soak goes on when it is started again in the same folder. */
const Mark = Schema.Struct({ fast: Schema.Int, true: Schema.Int })
const markOf = Schema.decodeUnknownResult(Schema.fromJsonString(Mark))
const markFile = "next.json"

const { stderr } = process

/** Tries seed after seed in both gears until it is stopped. */
export const soak = Command.make(
  "soak",
  {
    from: Flag.Int("from").pipe(
      Flag.withDescription("The first seed; where the last soak in this folder stopped, or 1, where absent"),
      Flag.optional
    ),
    phones: Flag.Int("phones").pipe(Flag.withDescription("Phones in each"), Flag.withDefault(50)),
    faults: Flag.String("faults").pipe(
      Flag.withMetavar("mood"),
      Flag.withDescription("As for run and search"),
      Flag.withDefault("storm")
    ),
    jobs: Flag.Int("jobs").pipe(
      Flag.withDescription(
        "Processes at once, at least two: one for the true gear, the others for the fast one"
      ),
      Flag.optional
    ),
    out: Flag.String("out").pipe(
      Flag.withMetavar("folder"),
      Flag.withDescription("Where scenarios that fail are written; made where it is not there"),
      Flag.withDefault("soak")
    ),
    json: Carry.flags.json
  },
  (flags) =>
    Effect.gen(function* () {
      const refuse = (subject: string, problem: string) => new Library.Unusable({ subject, problem })
      const mood = Scenario.moodOf(flags.faults)
      if (Result.isFailure(mood)) return yield* refuse("--faults", mood.failure)
      if (flags.phones < 1) return yield* refuse("--phones", `at least 1, not ${flags.phones}`)
      const jobs = Option.getOrElse(flags.jobs, () => Math.max(2, availableParallelism()))
      if (jobs < 2) return yield* refuse("--jobs", `at least 2, not ${jobs}`)
      const folder = yield* Library.pathOf(flags.out)
      const fs = yield* FileSystem.FileSystem
      yield* fs
        .makeDirectory(folder, { recursive: true })
        .pipe(
          Effect.mapError(({ reason }) => refuse(flags.out, `the folder cannot be made (${reason._tag})`))
        )
      const mark = yield* fs.readFileString(`${folder}/${markFile}`).pipe(
        Effect.map((text) => Result.getOrElse(markOf(text), () => beginning)),
        Effect.orElseSucceed(() => beginning)
      )
      const from = (gear: FaultKind.Gear) => Option.getOrElse(flags.from, () => mark[gear])
      const version = commit()
      const began = performance.now()
      const tried = { fast: 0, true: 0 }
      const next = { fast: from("fast"), true: from("true") }
      let found = 0
      const progress = stderr.isTTY
        ? Progress.make({
            all: null,
            of: "seeds",
            write: (text) => void stderr.write(text),
            columns: () => stderr.columns ?? 80,
            now: () => performance.now()
          })
        : Progress.none
      const cutter = yield* Semaphore.make(1)
      const scope = yield* Effect.scope

      const tell = Effect.fnUntraced(function* (trial: Trial.Trial, terms: Trial.Terms) {
        const { broke, seed, what } = trial
        const { gear } = terms
        found++
        process.exitCode = 1
        const file = found > mostWritten ? null : `${flags.out}/${gear}-${seed}.json`
        if (file !== null) {
          // First as it is, so that nothing is lost should it be stopped; then as small as it gets.
          yield* Carry.write(file, Scenario.encode(Trial.scenarioOf(seed, terms)))
          const cut = Cutting.cut({ trial, terms, most: mostTried, longestMillis })
          yield* cutter
            .withPermits(1)(cut)
            .pipe(
              Effect.flatMap((text) => (text === null ? Effect.void : Carry.write(file, text))),
              Effect.ignore,
              Effect.forkIn(scope)
            )
        }
        progress.clear()
        yield* Console.log(
          flags.json
            ? JSON.stringify({ gear, seed, commit: version, checks: broke, what, scenario: file })
            : `✗ ${gear} gear, seed ${seed}: ${broke.join(", ")}${what === null ? "" : `: ${what.split("\n")[0]}`}${file === null ? "" : ` → ${file}`}`
        )
      })

      const goOn = (gear: FaultKind.Gear, processes: number) => {
        const terms: Trial.Terms = { gear, draw: { faults: mood.success, phones: flags.phones, gear } }
        const some = Effect.gen(function* () {
          const seeds = { from: next[gear], count: Number.POSITIVE_INFINITY }
          const trials = yield* Workers.trials(seeds, terms, { jobs: processes })
          yield* Stream.fromQueue(trials).pipe(
            Stream.runForEach((trial) =>
              Effect.gen(function* () {
                tried[gear]++
                next[gear] = Math.max(next[gear], trial.seed + 1)
                if (trial.broke.length > 0) yield* tell(trial, terms)
                progress.update(
                  tried.fast + tried.true,
                  `${tried.true.toLocaleString("en-GB")} in the true gear · ${found} found`
                )
              })
            )
          )
        }).pipe(Effect.scoped)
        return some.pipe(
          Effect.catchTag("WorkerFell", (fallen) =>
            Effect.gen(function* () {
              progress.clear()
              found++
              process.exitCode = 1
              yield* Console.error(`${gear} gear, after seed ${next[gear] - 1}: ${fallen.message}`)
              next[gear] += processes * Workers.handful
            })
          ),
          Effect.forever
        )
      }

      const summary = Effect.gen(function* () {
        progress.clear()
        const seconds = (performance.now() - began) / 1000
        yield* fs.writeFileString(`${folder}/${markFile}`, `${JSON.stringify(next)}\n`).pipe(Effect.ignore)
        yield* Console.log(
          flags.json
            ? JSON.stringify({ commit: version, seconds: Math.round(seconds), tried, found })
            : `${tried.fast.toLocaleString("en-GB")} seeds in the fast gear and ${tried.true.toLocaleString("en-GB")} in the true one, ${version}: ${found === 0 ? "nothing found" : `${found} found`}`
        )
      })
      return yield* Effect.all([goOn("fast", jobs - 1), goOn("true", 1)], {
        concurrency: 2,
        discard: true
      }).pipe(Effect.ensuring(summary))
    }).pipe(Effect.scoped)
).pipe(
  Command.withDescription(
    "Tries seed after seed in both gears until it is stopped (Ctrl-C). Each seed that breaks a check is told in one line and\n" +
      "  written to a file, which is then cut down; `replay` plays it. Started again in the same folder it goes on.\n\n" +
      "  Exit code 0: nothing was found. 1: something was."
  ),
  Command.withShortDescription("Try seeds in both gears until stopped"),
  Command.withExamples([
    { command: "npm run --silent soak", description: "Overnight; what is found goes to the folder soak" },
    {
      command: "npm run --silent soak -- --from 100000 --out /var/tmp/soak",
      description: "Seeds of one's own"
    }
  ])
)

const beginning: typeof Mark.Type = { fast: 1, true: 1 }
