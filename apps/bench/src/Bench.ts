import { type Effect, type FileSystem, type Path, Runtime, Schema } from "effect"

/** One thing that can be measured, and what measuring it finds. */
export interface Bench {
  readonly name: string
  readonly description: string
  /** Where nobody says otherwise. */
  readonly usual: { readonly rounds: number; readonly millis: number }
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
  /** Of the API: how many follow the match. */
  readonly phones: number
  /** How many of them register by asking; the others are written into the database. */
  readonly asked: number
  /** For pushes. */
  readonly push: PushOptions
}

/** How pushes are measured. */
export interface PushOptions {
  /** `host:port` of a server to push to; null for one of our own choice. */
  readonly sink: string | null
  /** PEM file of the authority that has signed it. */
  readonly ca: string | null
  /** Rows to measure; null for all. */
  readonly only: ReadonlyArray<string> | null
  readonly underWay: number
  readonly connections: number
  /** How many a sample sends; null for as many as go in its time. */
  readonly pushes: number | null
  /** How long the sink takes over an answer, in milliseconds; null where it answers at once. */
  readonly delay: number | null
  /** Pushes a second; null for as many as go. */
  readonly rate: number | null
  /** So many from a cold start, the whole process counted; null for a warm one. */
  readonly cold: number | null
}

/** Null is what does not apply. */
export interface Row {
  readonly name: string
  readonly perSecond: number | null
  readonly cpuSecondsPer10k: number | null
  readonly peakRssMiB: number | null
  readonly p50Millis: number | null
  readonly p99Millis: number | null
  /** Of memory, while it was measured. Left out where nobody looks at it. */
  readonly growthMiB?: number
  /** How much of that came in the second half: 0 where it grows no more. */
  readonly lateGrowthMiB?: number
  /** What a reader of the table should know; not part of the JSON. */
  readonly note?: string
}

export interface Findings {
  /** What was measured with, in a line. */
  readonly subject: string
  readonly rows: ReadonlyArray<Row>
  /** What a name says of two rows: `fold/parse` is time over time, `send/h2load` rate over rate, `cpu …` CPU over CPU. */
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
