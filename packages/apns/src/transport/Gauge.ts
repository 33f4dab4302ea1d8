import type { Instant } from "@sightscreen/decider"
import type { Job } from "./Job.ts"

/** A connection with less than this share of its streams taken has little to do. */
const little = 1 / 4
const weight = 1 / 8

/** What can be seen of a connection at work: how long answers take, and whose requests it has carried. */
export class Gauge {
  answered = 0
  #light = 0
  #loaded = 0
  #carries = ""
  #carriedBefore = ""

  get lightMillis(): number {
    return this.#light
  }

  get loadedMillis(): number {
    return this.#loaded
  }

  /** One answer, as a sample of those that have come with it. */
  sample(job: Job, now: Instant.Instant, busy: number, allowed: number, saturated: boolean): void {
    const millis = now - job.openedAt
    if (saturated) this.#loaded = smooth(this.#loaded, millis)
    else if (busy <= Math.max(1, allowed * little)) this.#light = smooth(this.#light, millis)
  }

  carry(authorization: string): void {
    if (authorization === this.#carries) return
    this.#carriedBefore = this.#carries
    this.#carries = authorization
  }

  carried(authorization: string): boolean {
    return authorization === this.#carries || authorization === this.#carriedBefore
  }
}

/** Times are whole milliseconds; a half is what the shortest of them are on average. */
const smooth = (mean: number, millis: number): number =>
  mean === 0 ? Math.max(0.5, millis) : mean + (Math.max(0.5, millis) - mean) * weight
