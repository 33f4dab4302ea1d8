import { ActiveMatch } from "@sightscreen/domain"
import { Cricsheet, Recording, Timeline } from "@sightscreen/feed"
import { Effect, Result } from "effect"
import type { Bench, Findings, Options, Row } from "../Bench.ts"
import { type Match, load } from "../Matches.ts"
import { measure, type Measured, quantile, ratio } from "../Measure.ts"

/**
 * What a delivery costs, from the text of a file to a bulletin.
 *
 * The yardstick is `JSON.parse` of the same match: a rule engine that takes no longer than reading the data in the first
 * place is not where a server spends its time.
 */
export const Detect: Bench = {
  name: "detect",
  description: "deliveries a second, from a file's text to the bulletins of its match",
  usual: { rounds: 15, millis: 100 },
  run: (options) => Effect.map(load(options), (matches) => find(matches, options))
}

const find = (matches: ReadonlyArray<Match>, options: Options): Findings => {
  const units = matches.reduce((sum, { recording }) => sum + Recording.deliveries(recording), 0)
  const values = matches.map(({ id, text }) => ({ id, json: JSON.parse(text) as unknown }))
  const bytes = matches.reduce((sum, { text }) => sum + text.length, 0)

  const measured = measure(
    {
      parse: { units, run: () => keep(matches.map(({ text }) => JSON.parse(text) as unknown)) },
      decode: {
        units,
        run: () => keep(values.map(({ id, json }) => Result.getOrThrow(Cricsheet.read(id, json))))
      },
      "parse + decode": {
        units,
        run: () => keep(matches.map(({ id, text }) => Result.getOrThrow(Cricsheet.parse(id, text))))
      },
      fold: { units, run: () => keep(matches.map(({ recording }) => fold(recording))) },
      everything: {
        units,
        run: () => keep(matches.map(({ id, text }) => fold(Result.getOrThrow(Cricsheet.parse(id, text)))))
      }
    },
    options
  )
  const steps = latencies(matches.map(({ recording }) => recording))

  const rebuilt = options.dir === null && options.file === null
  const row = (name: keyof typeof measured, note: string): Row => {
    const { cpuMillis, millis, peakRssMiB }: Measured = measured[name]
    const step = name === "fold" ? steps : []
    return {
      name,
      perSecond: 1000 / millis,
      cpuSecondsPer10k: cpuMillis * 10,
      peakRssMiB,
      p50Millis: step.length === 0 ? null : quantile(step, 0.5),
      p99Millis: step.length === 0 ? null : quantile(step, 0.99),
      note
    }
  }
  return {
    subject: `${matches.length} matches, ${units} deliveries, ${(bytes / 2 ** 20).toFixed(2)} MiB of JSON`,
    rows: [
      row(
        "parse",
        `JSON.parse alone${rebuilt ? ", of Cricsheet's JSON rebuilt from the tapes that come along" : ""}`
      ),
      row("decode", "schema and translation, of JSON that is parsed already"),
      row("parse + decode", "text to recording"),
      row(
        "fold",
        "recording to bulletins, a snapshot for each delivery; p50 and p99 are those of one delivery"
      ),
      row("everything", "text to bulletins")
    ],
    ratios: {
      "fold/parse": ratio(measured.fold, measured.parse),
      "decode/parse": ratio(measured.decode, measured.parse),
      "everything/parse": ratio(measured.everything, measured.parse)
    }
  }
}

/** Plays a match and counts its bulletins. */
const fold = (recording: Recording.Recording): number => {
  const timeline = Timeline.make(recording)
  let state = ActiveMatch.begin(timeline.info.matchId, true)
  let bulletins = 0
  for (let position = 0; position < timeline.times.length; position++) {
    const snapshot = Timeline.snapshot(timeline, position, timeline.times[position]!)
    const [next, outputs] = ActiveMatch.step(state, { _tag: "SnapshotRead", snapshot })
    state = next
    for (const output of outputs) if (output._tag === "BulletinIssued") bulletins += 1
  }
  return bulletins
}

/** Each delivery by itself, in the third pass: two passes warm the code up. */
const latencies = (recordings: ReadonlyArray<Recording.Recording>): ReadonlyArray<number> => {
  let millis: Array<number> = []
  for (let pass = 0; pass < 3; pass++) {
    millis = []
    for (const recording of recordings) {
      const timeline = Timeline.make(recording)
      let state = ActiveMatch.begin(timeline.info.matchId, true)
      for (let position = 0; position < timeline.times.length; position++) {
        const begun = performance.now()
        const snapshot = Timeline.snapshot(timeline, position, timeline.times[position]!)
        state = ActiveMatch.step(state, { _tag: "SnapshotRead", snapshot })[0]
        millis.push(performance.now() - begun)
      }
    }
  }
  return millis
}

/** Work whose result nobody looks at may be left undone by the compiler. */
let kept: unknown
const keep = (value: unknown): void => {
  kept = value
  if (kept === undefined) throw new Error("nothing was done")
}
