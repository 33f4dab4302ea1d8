import { Bundled, type Recording, Tape } from "@sightscreen/feed"
import { FastGear, type Run, Scenario, TrueGear } from "@sightscreen/simulation"
import { Effect, FileSystem, Result } from "effect"
import { fileURLToPath } from "node:url"
import { type Bench, type Findings, type Options, type Row, Unmeasurable } from "../Bench.ts"
import { quantile } from "../Measure.ts"

/**
 * What a whole match costs in each gear of the simulator: a T20 from before its first ball to after its last, with phones and a
 * storm of faults, and every check on.
 *
 * CPU is what counts, of all threads: a search runs a match on every core. The first matches are for the compiler.
 */
export const Simulate: Bench = {
  name: "simulate",
  description: "whole matches of the simulator in a core-hour, in both gears",
  usual: { rounds: 12, millis: 1 },
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
  const fast = row("fast", FastGear.run, recording, { rounds, phones: 50, gear: "fast", first: 1 })
  const slow = row("true", TrueGear.run, recording, {
    rounds: Math.max(1, Math.ceil(rounds / 6)),
    phones: 50,
    gear: "true",
    first: 1
  })
  const crowd = row("fast, 10,000 phones", FastGear.run, recording, {
    rounds: 1,
    phones: 10_000,
    gear: "fast",
    first: 1
  })
  return {
    subject: "a T20 with 50 phones in a storm, all checks on; seeds from 1, CPU of all threads",
    rows: [fast, slow, crowd],
    ratios: { "fast/true": fast.perSecond! / slow.perSecond! }
  }
}

interface Given {
  readonly rounds: number
  readonly phones: number
  readonly gear: "fast" | "true"
  readonly first: number
}

const row = (
  name: string,
  play: Play,
  recording: Recording.Recording,
  { first, gear, phones, rounds }: Given
): Row => {
  const scenarioOf = (seed: number) =>
    Scenario.draw(seed, { faults: "storm", phones, gear, match: { _tag: "Bundled", name: "final" } })
  if (rounds > 1) for (let seed = 0; seed < 3; seed++) play(scenarioOf(first + rounds + seed), recording)
  const cpu: Array<number> = []
  let found = 0
  let pushes = 0
  for (let seed = first; seed < first + rounds; seed++) {
    const scenario = scenarioOf(seed)
    const before = process.cpuUsage()
    const run = play(scenario, recording)
    const { system, user } = process.cpuUsage(before)
    cpu.push((system + user) / 1000)
    found += run.violations.length
    pushes += run.summary.pushes.sent
  }
  const mean = cpu.reduce((sum, one) => sum + one, 0) / rounds
  return {
    name,
    perSecond: 1000 / mean,
    cpuSecondsPer10k: mean * 10,
    peakRssMiB: process.memoryUsage.rss() / 2 ** 20,
    p50Millis: quantile(cpu, 0.5),
    p99Millis: quantile(cpu, 0.99),
    note: `${Math.round(3_600_000 / mean)} matches a core-hour, ${Math.round(pushes / rounds)} pushes each; ${found} violations`
  }
}
