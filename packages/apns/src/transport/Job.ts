import type { Instant } from "@sightscreen/decider"
import { type ClientHttp2Stream, constants } from "node:http2"
import type { Request } from "../Request.ts"
import type { Answer } from "./Transport.ts"

/** One exchange on its way through the transport. It is settled exactly once. */
export interface Job {
  readonly request: Request
  readonly authorization: string
  /** When waiting, or waiting for the answer, ends. On the transport's own clock. */
  deadline: Instant.Instant
  readonly submittedAt: Instant.Instant
  /** How often a server has sent it back unread. */
  sentBack: number
  /** Its stream, while it is under way, and when that was opened. */
  stream: ClientHttp2Stream | undefined
  openedAt: Instant.Instant
  /** Takes the answer; undefined once it has one, or once nobody wants it. */
  resolve: ((answer: Answer) => void) | undefined
}

/** Whoever waits may go on within this very call, and come back with another job. */
export const settle = (job: Job, answer: Answer): void => {
  const { resolve } = job
  job.resolve = undefined
  resolve?.(answer)
}

/** Nobody waits for the job any more: its stream, if it has one, is reset. */
export const abandon = (job: Job): void => {
  job.resolve = undefined
  if (job.stream !== undefined && !job.stream.closed) job.stream.close(constants.NGHTTP2_CANCEL)
}

/** First come, first served, in constant time however long the line. Settled jobs are skipped when their turn comes. */
export class Line {
  #jobs: Array<Job> = []
  #head = 0

  get length(): number {
    return this.#jobs.length - this.#head
  }

  push(job: Job): void {
    this.#jobs.push(job)
  }

  /** The jobs in line that still want an answer. */
  *[Symbol.iterator](): IterableIterator<Job> {
    for (let i = this.#head; i < this.#jobs.length; i++) {
      const job = this.#jobs[i]!
      if (job.resolve !== undefined) yield job
    }
  }

  /** The next job that still wants an answer, left in line. */
  peek(): Job | undefined {
    for (; this.#head < this.#jobs.length; this.#head++) {
      const job = this.#jobs[this.#head]!
      if (job.resolve !== undefined) return job
    }
    this.#jobs = []
    this.#head = 0
    return undefined
  }

  shift(): Job | undefined {
    const job = this.peek()
    if (job === undefined) return undefined
    this.#head++
    if (this.#head > 1024 && this.#head * 2 > this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#head)
      this.#head = 0
    }
    return job
  }
}
