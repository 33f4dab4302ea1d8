import { Library, type Recording } from "@sightscreen/feed"
import { FastGear, MakeReport, type MatchSource, Scenario } from "@sightscreen/simulation"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Page from "../../apps/simulator/src/report/Page.ts"

const assets = fileURLToPath(new URL("../../apps/simulator/src/report/", import.meta.url))
const read = (name: string): string => readFileSync(assets + name, "utf8")

/** The report of a short run of a bundled match, as `run --report` writes it. */
export const pageOf = async (name: string, seed: number, options: Scenario.Options): Promise<string> => {
  const source: MatchSource.MatchSource = { _tag: "Bundled", name }
  const bundled = await Effect.runPromise(Library.bundled.pipe(Effect.provide(NodeServices.layer)))
  const recording: Recording.Recording = bundled.find(({ tape }) => tape.alias === name)!.recording
  const scenario = Scenario.draw(seed, { ...options, match: source, gear: "fast" })
  const run = FastGear.run(scenario, recording, { digest: true, entries: true })
  const report = MakeReport.make(run, { recording, commit: "0123456789ab", wallSeconds: 1 })
  return Page.render(report, { style: read("page.css"), script: read("page.js") })
}
