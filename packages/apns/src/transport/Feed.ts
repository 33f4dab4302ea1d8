import type { Environment } from "../Handling.ts"
import { abandon, address, type Job, settle, spare } from "./Job.ts"
import type { Answer, Batch, Why } from "./Transport.ts"

/** Where a feed's next job is taken from: the host that it goes to. */
export interface Stand {
  readonly attach: (feed: Feed) => void
  readonly detach: (feed: Feed) => void
  /** A feed has come with a job to take. */
  readonly serve: () => void
}

export interface Way {
  readonly standOf: (environment: Environment) => Stand | undefined
  readonly disown: (authorization: string, connection: number) => void
}

/**
 * A batch as connections see it: they take the next job when they have room for one, so that nothing waits in a line and
 * memory stays the same however many there are. Jobs are used again and again, one for each that may be under way.
 */
export class Feed {
  readonly authorization: string
  readonly #batch: Batch
  readonly #way: Way
  readonly #done: () => void
  readonly #width: number
  /** Every job there is; those without a `resolve` are free. */
  readonly #jobs = new Set<Job>()
  readonly #free: Array<Job> = []
  #stand: Stand | undefined
  /** Where the head is to go. */
  #environment: Environment | undefined
  #goesTo: Stand | undefined
  /** Asked for, and not taken yet. */
  #head: Job | undefined
  #asked = 0
  #under = 0
  #asking = false
  #ended = false
  #over = false
  /** Something was answered since the last look, which was then. */
  #moved = true
  #movedAt = 0

  constructor(batch: Batch, authorization: string, way: Way, done: () => void) {
    this.#batch = batch
    this.authorization = authorization
    this.#way = way
    this.#done = done
    this.#width = Math.max(1, batch.concurrency)
  }

  begin(): void {
    if (this.peek() !== undefined) this.#move(this.#goesTo)
  }

  /** The next job, left where it is; none while there is no place for one more. */
  peek(): Job | undefined {
    if (this.#head !== undefined || this.#asking) return this.#head
    if (this.#ended || this.#under >= this.#width) {
      this.#finish()
      return undefined
    }
    // An answer may come within, and must not ask for the next one too.
    this.#asking = true
    while (this.#head === undefined && !this.#ended && this.#under < this.#width) this.#ask()
    this.#asking = false
    this.#finish()
    return this.#head
  }

  /** The next job for a host, which is then that host's to settle. */
  take(stand: Stand): Job | undefined {
    const job = this.#head ?? this.peek()
    if (job === undefined) return undefined
    if (this.#goesTo !== stand) {
      this.#move(this.#goesTo)
      return undefined
    }
    this.#head = undefined
    this.#under++
    return job
  }

  /** Whether for so long a job has found no room and nothing was answered. */
  stuck(now: number, millis: number): boolean {
    const waits = this.peek() !== undefined
    // That one is sent now and then proves nothing: a server may take them all, one by one, and answer none.
    if (this.#moved || !waits) {
      this.#moved = false
      this.#movedAt = now
    }
    return waits && now - this.#movedAt >= millis
  }

  /** Settles all that are not under way, up to the last. */
  giveUp(why: Why): void {
    const answer: Answer = { _tag: "NotProcessed", why }
    for (let job = this.peek(); job !== undefined; job = this.peek()) this.#settleHead(job, answer)
  }

  /** The bearer token was refused: asks for no more. */
  disowned(): void {
    this.#ended = true
    if (this.#head !== undefined) this.#settleHead(this.#head, { _tag: "NotProcessed", why: "disowned" })
    this.#finish()
  }

  /** Nobody waits for the batch any more. */
  stop(): void {
    this.#over = true
    this.#ended = true
    this.#head = undefined
    this.#stand?.detach(this)
    for (const job of this.#jobs) if (job.resolve !== undefined) abandon(job)
  }

  #ask(): void {
    const notification = this.#batch.next()
    if (notification === undefined) {
      this.#ended = true
      return
    }
    const job = this.#free.pop() ?? this.#fresh()
    address(job, notification)
    job.nth = this.#asked++
    job.sentBack = 0
    job.resolve = this.#settled
    this.#head = job
    if (job.environment !== this.#environment) {
      this.#environment = job.environment
      this.#goesTo = this.#way.standOf(job.environment)
    }
    if (this.#goesTo === undefined) {
      this.#settleHead(job, { _tag: "NotProcessed", why: "no-host" })
    }
  }

  #fresh(): Job {
    const job = spare()
    job.authorization = this.authorization
    this.#jobs.add(job)
    return job
  }

  #settleHead(job: Job, answer: Answer): void {
    this.#head = undefined
    this.#under++
    settle(job, answer)
  }

  #move(stand: Stand | undefined): void {
    this.#stand?.detach(this)
    this.#stand = stand
    stand?.attach(this)
    stand?.serve()
  }

  readonly #settled = (answer: Answer, job: Job): void => {
    this.#under--
    const notification = job.notification!
    const { nth } = job
    job.notification = undefined
    // One that has stood in a line may stand there still.
    if (job.lined) this.#jobs.delete(job)
    else this.#free.push(job)
    if (answer._tag === "Answered") this.#moved = true
    const after = this.#batch.answered(nth, answer, notification)
    if (after !== "go-on") {
      this.#ended = true
      // First, since whoever waits for the batch goes on within its last answer.
      if (after === "disown" && answer._tag === "Answered") {
        this.#way.disown(this.authorization, answer.connection)
      }
      this.disowned()
    }
    // With nothing under way nobody would ask, and so nobody would find out that there is no more.
    if (this.#under === 0) this.peek()
  }

  #finish(): void {
    if (!this.#ended || this.#under > 0 || this.#head !== undefined || this.#over) return
    this.#over = true
    this.#stand?.detach(this)
    this.#done()
  }
}
