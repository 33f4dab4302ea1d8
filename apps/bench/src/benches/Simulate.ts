import { Bundled, type Recording, Tape } from "@sightscreen/feed"
import { FastGear, type Run, Scenario, TrueGear } from "@sightscreen/simulation"
import { Effect, FileSystem, Result } from "effect"
import { fileURLToPath } from "node:url"
import { type Bench, type Findings, type Options, type Row, Unmeasurable } from "../Bench.ts"
import { quantile } from "../Measure.ts"

/**
 * What a whole match costs in each gear of the simulator: a recorded T20 from before its first ball to after its last, with
 * phones and a storm of faults, and every check on.
 *
 * CPU is what counts, of all threads: a search runs a match on every core. What a match took by the clock stands beside it.
 * The first matches are for the compiler, which takes some dozens of them to make up its mind.
 */
export const Simulate: Bench = {
  name: "simulate",
  description: "whole matches of the simulator in a core-hour, in both gears",
  usual: { rounds: 24, millis: 1 },
  run: (options) =>
    Effect.gen(function* () {
      const recording = yield* tape
      return measure(recording, options)
    })
}

const name = "final"

const tape = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const bytes = yield* files.readFile(fileURLToPath(Bundled.find(name)!.url))
  return Result.getOrThrow(Tape.decode(bytes))
}).pipe(
  Effect.mapError(
    (error) => new Unmeasurable({ subject: `tape ${name}`, problem: `cannot be read: ${error.message}` })
  )
)

type Play = (scenario: Scenario.Scenario, recording: Recording.Recording) => Run.Run

const measure = (recording: Recording.Recording, { rounds }: Options): Findings => {
  const few = Math.ceil(rounds / 6)
  const fast = row("fast", FastGear.run, recording, { rounds, warmUp: rounds, phones: 50, gear: "fast" })
  const slow = row("true", TrueGear.run, recording, { rounds: few, warmUp: few, phones: 50, gear: "true" })
  // The compiler knows the gear by now.
  const crowd = row("fast, 10,000 phones", FastGear.run, recording, {
    rounds: 1,
    warmUp: 0,
    phones: 10_000,
    gear: "fast"
  })
  return {
    subject:
      "matches: a T20 with 50 phones in a storm, all checks on; rates by CPU of all threads, p50 and p99 by the clock",
    rows: [fast, slow, crowd],
    ratios: { "fast/true": fast.perSecond! / slow.perSecond! }
  }
}

interface Given {
  readonly rounds: number
  /** Matches before those that count. */
  readonly warmUp: number
  readonly phones: number
  readonly gear: "fast" | "true"
}

const row = (
  name: string,
  play: Play,
  recording: Recording.Recording,
  { gear, phones, rounds, warmUp }: Given
): Row => {
  const scenarioOf = (seed: number) =>
    Scenario.draw(seed, { faults: "storm", phones, gear, match: { _tag: "Bundled", name: "final" } })
  for (let seed = 1; seed <= warmUp; seed++) play(scenarioOf(rounds + seed), recording)
  const cpu: Array<number> = []
  const wall: Array<number> = []
  let found = 0
  let pushes = 0
  for (let seed = 1; seed <= rounds; seed++) {
    const scenario = scenarioOf(seed)
    const before = process.cpuUsage()
    const begun = performance.now()
    const run = play(scenario, recording)
    wall.push(performance.now() - begun)
    const { system, user } = process.cpuUsage(before)
    cpu.push((system + user) / 1000)
    found += run.violations.length
    pushes += run.summary.pushes.sent
  }
  const mean = cpu.reduce((sum, one) => sum + one, 0) / rounds
  const each = (mean / 1000).toPrecision(3)
  return {
    name,
    perSecond: 1000 / mean,
    cpuSecondsPer10k: mean * 10,
    peakRssMiB: process.memoryUsage.rss() / 2 ** 20,
    p50Millis: quantile(wall, 0.5),
    p99Millis: quantile(wall, 0.99),
    note:
      `${Math.round(3_600_000 / mean)} matches a core-hour, ${each} s of CPU and ` +
      `${Math.round(pushes / rounds)} pushes each; ${found} violations in ${rounds}`
  }
}
