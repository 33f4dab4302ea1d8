import type { Instant } from "@sightscreen/decider"
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
  /** Who has it under way, on which stream, and since when. */
  carrier: Carrier | undefined
  stream: number
  openedAt: Instant.Instant
  /** Its place among the jobs that whoever waits has under way, and its number among all of them. */
  readonly place: number
  readonly nth: number
  /** Takes the answer; undefined once it has one, or once nobody wants it. */
  resolve: ((answer: Answer, job: Job) => void) | undefined
}

/** Has jobs under way, and can give one up. */
export interface Carrier {
  readonly cancel: (job: Job) => void
}

export const make = (
  request: Request,
  authorization: string,
  submittedAt: Instant.Instant,
  place: number,
  nth: number,
  resolve: (answer: Answer, job: Job) => void
): Job => ({
  request,
  authorization,
  deadline: submittedAt,
  submittedAt,
  sentBack: 0,
  carrier: undefined,
  stream: 0,
  openedAt: submittedAt,
  place,
  nth,
  resolve
})

/** Whoever waits may go on within this very call, and come back with another job. */
export const settle = (job: Job, answer: Answer): void => {
  const { resolve } = job
  job.resolve = undefined
  resolve?.(answer, job)
}

/** Nobody waits for the job any more: its stream, if it has one, is reset. */
export const abandon = (job: Job): void => {
  job.resolve = undefined
  job.carrier?.cancel(job)
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
