import type { Instant } from "@sightscreen/decider"
import type { Body } from "../Body.ts"
import type { Environment } from "../Handling.ts"
import type { Headers } from "../Headers.ts"
import type { Notification } from "../Notification.ts"
import * as Request from "../Request.ts"
import type { Message } from "./h2/Client.ts"
import type { Answer } from "./Transport.ts"

/** One exchange on its way through the transport. It is settled exactly once, and may then serve for another. */
export interface Job extends Message {
  environment: Environment
  shared: Headers
  path: string
  token: string | undefined
  pushId: string | undefined
  body: Body
  authorization: string
  /** When waiting, or waiting for the answer, ends. On the transport's own clock. */
  deadline: Instant.Instant
  submittedAt: Instant.Instant
  /** How often a server has sent it back unread. */
  sentBack: number
  /** Has stood in a {@link Line}, and may still be there. */
  lined: boolean
  /** Who has it under way, on which stream, and since when. */
  carrier: Carrier | undefined
  stream: number
  openedAt: Instant.Instant
  /** What it sends, and its number, where it is one of a batch. */
  notification: Notification | undefined
  nth: number
  /** Takes the answer; undefined once it has one, or once nobody wants it. */
  resolve: ((answer: Answer, job: Job) => void) | undefined
}

/** Has jobs under way, and can give one up. */
export interface Carrier {
  readonly cancel: (job: Job) => void
}

/** A job for nothing yet. */
export const spare = (): Job => ({
  environment: "production",
  shared: [],
  path: "",
  token: undefined,
  pushId: undefined,
  body: nothing,
  authorization: "",
  deadline: never,
  submittedAt: never,
  sentBack: 0,
  lined: false,
  carrier: undefined,
  stream: 0,
  openedAt: never,
  notification: undefined,
  nth: 0,
  resolve: undefined
})

const nothing = new Uint8Array()
const never = 0 as Instant.Instant

export const make = (
  request: Request.Request,
  authorization: string,
  submittedAt: Instant.Instant,
  resolve: (answer: Answer, job: Job) => void
): Job => ({
  environment: request.environment,
  shared: request.shared,
  path: request.path,
  token: undefined,
  pushId: request.pushId,
  body: request.body,
  authorization,
  deadline: submittedAt,
  submittedAt,
  sentBack: 0,
  lined: false,
  carrier: undefined,
  stream: 0,
  openedAt: submittedAt,
  notification: undefined,
  nth: 0,
  resolve
})

/** Makes it the job of sending a notification. */
export const address = (job: Job, notification: Notification): void => {
  const { pushId, sealed, token } = notification
  job.notification = notification
  job.environment = sealed.environment
  job.shared = sealed.headers
  job.path = Request.devicePath
  job.token = token
  job.pushId = pushId
  job.body = sealed.filled ?? sealed.body
}

/** The job of sending one notification that stands alone. */
export const push = (
  { pushId, sealed, token }: Notification,
  authorization: string,
  submittedAt: Instant.Instant,
  resolve: (answer: Answer, job: Job) => void
): Job => ({
  environment: sealed.environment,
  shared: sealed.headers,
  path: Request.devicePath,
  token,
  pushId,
  body: sealed.filled ?? sealed.body,
  authorization,
  deadline: submittedAt,
  submittedAt,
  sentBack: 0,
  lined: false,
  carrier: undefined,
  stream: 0,
  openedAt: submittedAt,
  notification: undefined,
  nth: 0,
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
  // Who has left the line is forgotten at once: the list is old, and what an old object holds is thrown away late.
  #jobs: Array<Job | undefined> = []
  #head = 0

  get length(): number {
    return this.#jobs.length - this.#head
  }

  push(job: Job): void {
    job.lined = true
    this.#jobs.push(job)
  }

  /** The jobs in line that still want an answer. */
  *[Symbol.iterator](): IterableIterator<Job> {
    for (let i = this.#head; i < this.#jobs.length; i++) {
      const job = this.#jobs[i]
      if (job?.resolve !== undefined) yield job
    }
  }

  /** The next job that still wants an answer, left in line. */
  peek(): Job | undefined {
    if (this.#jobs.length === 0) return undefined
    for (; this.#head < this.#jobs.length; this.#head++) {
      const job = this.#jobs[this.#head]
      if (job?.resolve !== undefined) return job
      this.#jobs[this.#head] = undefined
    }
    this.#jobs.length = 0
    this.#head = 0
    return undefined
  }

  shift(): Job | undefined {
    const job = this.peek()
    if (job === undefined) return undefined
    this.#jobs[this.#head++] = undefined
    if (this.#head > 1024 && this.#head * 2 > this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#head)
      this.#head = 0
    }
    return job
  }
}
