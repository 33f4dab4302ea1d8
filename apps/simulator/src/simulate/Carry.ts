import { Library } from "@sightscreen/feed"
import { type FaultKind, Line, MakeReport, type Run, type Scenario } from "@sightscreen/simulation"
import { Clock, Console, Effect, FileSystem, Option, type Path, Stdio } from "effect"
import * as Flag from "effect/cli/Flag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Page from "../report/Page.ts"
import { commit } from "./Commit.ts"
import { gears } from "./Gears.ts"
import * as Matches from "./Matches.ts"
import * as Outcome from "./Outcome.ts"
import * as OutcomePage from "./OutcomePage.ts"

/** Carries one scenario out, and tells what came of it in the ways that were asked for. */
export const flags = {
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print one JSON object, not a page"),
    Flag.withDefault(false)
  ),
  journal: Flag.String("journal").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("Write everything that happened to a file, a line for each thing"),
    Flag.optional
  ),
  report: Flag.String("report").pipe(
    Flag.withMetavar("file.html"),
    Flag.withDescription("Write a page about the run that a browser opens, without a network"),
    Flag.optional
  )
}

export interface Asked {
  readonly json: boolean
  readonly journal: Option.Option<string>
  readonly report: Option.Option<string>
}

export const out = (scenario: Scenario.Scenario, gear: FaultKind.Gear, asked: Asked) =>
  Effect.gen(function* () {
    const { source } = scenario.match
    const matches = yield* Matches.load(source)
    const recording = matches.recordingOf(source)
    const entries = Option.isSome(asked.journal) || Option.isSome(asked.report)
    const began = yield* Clock.monotonicTimeNanos
    const run = gears[gear](scenario, recording, { digest: true, entries })
    const wallSeconds = Number((yield* Clock.monotonicTimeNanos) - began) / 1e9
    const version = commit()
    if (Option.isSome(asked.journal)) yield* write(asked.journal.value, journalOf(run))
    if (Option.isSome(asked.report)) {
      const report = MakeReport.make(run, { recording, commit: version, wallSeconds })
      yield* write(asked.report.value, Page.render(report, yield* assets))
    }
    const outcome = Outcome.of(run, version, wallSeconds)
    if (asked.json) yield* Console.log(JSON.stringify(outcome))
    else {
      const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
      const colours = canColor && (yield* (yield* Stdio.Stdio).stdoutIsTerminal)
      yield* Console.log(OutcomePage.page(outcome, { colours }))
    }
    if (outcome.verdict === "fail") process.exitCode = 1
  })

const journalOf = ({ entries }: Run.Run): string => entries.map((entry) => `${Line.of(entry)}\n`).join("")

const assets = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const read = (name: string) => Effect.orDie(fs.readFileString(`${import.meta.dirname}/../report/${name}`))
  return { style: yield* read("page.css"), script: yield* read("page.js") }
})

/** A file for a person, where they asked for it. */
export const write = (
  given: string,
  text: string
): Effect.Effect<void, Library.Unusable, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    yield* fs.writeFileString(yield* Library.pathOf(given), text).pipe(
      Effect.mapError(
        ({ reason }) =>
          new Library.Unusable({
            subject: given,
            problem:
              reason._tag === "NotFound"
                ? "there is no such folder to write to"
                : `the file cannot be written (${reason._tag})`
          })
      )
    )
  })

/** Sees to it that there is a folder to write to, before anything is worked out that is to be written there. */
export const folder = (
  given: string
): Effect.Effect<void, Library.Unusable, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Library.pathOf(given)
    const refuse = (problem: string) => new Library.Unusable({ subject: given, problem })
    yield* fs
      .makeDirectory(path, { recursive: true })
      .pipe(
        Effect.mapError(({ reason }) =>
          refuse(
            reason._tag === "AlreadyExists" || reason._tag === "BadResource"
              ? "a file, not a folder"
              : `the folder cannot be made (${reason._tag})`
          )
        )
      )
  })
