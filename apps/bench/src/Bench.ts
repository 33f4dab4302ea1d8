import { type Effect, type FileSystem, type Path, Runtime, Schema } from "effect"

/** One thing that can be measured, and what measuring it finds. */
export interface Bench {
  readonly name: string
  readonly description: string
  readonly run: (options: Options) => Effect.Effect<Findings, Unmeasurable, FileSystem.FileSystem | Path.Path>
}

export interface Options {
  /** A folder of Cricsheet files to measure with; null for the matches that come along. */
  readonly dir: string | null
  readonly file: string | null
  /** Samples of each row. */
  readonly rounds: number
  /** How long a sample takes at least. */
  readonly millis: number
}

/** Null is what does not apply. */
export interface Row {
  readonly name: string
  readonly perSecond: number | null
  readonly cpuSecondsPer10k: number | null
  readonly peakRssMiB: number | null
  readonly p50Millis: number | null
  readonly p99Millis: number | null
  /** What a reader of the table should know; not part of the JSON. */
  readonly note?: string
}

export interface Findings {
  /** What was measured with, in a line. */
  readonly subject: string
  readonly rows: ReadonlyArray<Row>
  /** Time of one row over the time of another: `fold/parse` at 1 says that both take equally long. */
  readonly ratios: Readonly<Record<string, number>>
}

/** What to measure with cannot be had. */
export class Unmeasurable extends Schema.TaggedError<Unmeasurable>()("Unmeasurable", {
  subject: Schema.String,
  problem: Schema.String
}) {
  /** The command line prints the message itself. */
  override readonly [Runtime.errorReported] = false
  override get message(): string {
    return `${this.subject}: ${this.problem}`
  }
}
