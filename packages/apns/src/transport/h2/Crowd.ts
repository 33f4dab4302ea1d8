import * as ErrorCode from "./ErrorCode.ts"
import { mostStreams, onTrust, slots } from "./Streams.ts"

/** How many streams may take the place of ended ones before the server is known to have seen those end. */
const firstTrust = 64
const leastCeiling = 8
/** Node's server cuts a connection at the thousandth stream it has refused. We leave before, and lose nothing. */
const mostRefusals = 400

/**
 * How many streams the server has room for, by its own count.
 *
 * A server may count a stream for a while after it has ended. Node's does, refuses the next as one too many, and drops a
 * connection that was refused a hundred. So with all its streams in use, ended ones count until the server has answered a
 * ping, beyond a number that doubles for as long as it refuses none. Each refusal halves what is open, and each answer
 * allows one more, since a server that is offered again what it has just refused may give up on us.
 */
export class Crowd {
  limit = Number.POSITIVE_INFINITY
  /** Streams that have ended, and of those the ones that were reset: before the ping under way, and since. */
  #endedBefore = 0
  #endedSince = 0
  #resetBefore = 0
  #resetSince = 0
  #trust = firstTrust
  #trusted = false
  /** How many streams may be open, as far as refusals have taught us. */
  #ceiling = mostStreams
  #refusals = 0

  room(busy: number): number {
    const ended = this.#endedBefore + this.#endedSince
    const uncertain = Math.max(this.#resetBefore + this.#resetSince, ended - this.#trust)
    return Math.min(this.#ceiling, this.limit - uncertain) - busy
  }

  /** Whether one more may be one too many for a server that still counts all that have ended. */
  crowded(busy: number): boolean {
    return busy + this.#endedBefore + this.#endedSince >= this.limit
  }

  get exhausted(): boolean {
    return this.#refusals >= mostRefusals
  }

  /** SETTINGS have come. */
  allow(streams: number): void {
    if (streams < this.limit) this.#trust = 0
    if (this.limit === Number.POSITIVE_INFINITY) this.#trust = firstTrust
    this.limit = streams
  }

  ended(): void {
    this.#endedSince++
  }

  reset(): void {
    this.#resetSince++
  }

  answered(): void {
    if (this.#ceiling < mostStreams) this.#ceiling++
  }

  refused(busy: number): void {
    this.#trust = 0
    this.#trusted = false
    this.#refusals++
    this.#ceiling = Math.max(leastCeiling, Math.min(this.#ceiling, busy) >> 1)
  }

  /** Something is about to be written. Says whether a ping would make room. */
  writing(busy: number): boolean {
    if (!this.crowded(busy)) return false
    this.#trusted = true
    return this.#endedSince > 0
  }

  pinged(): void {
    this.#endedBefore = this.#endedSince
    this.#endedSince = 0
    this.#resetBefore = this.#resetSince
    this.#resetSince = 0
  }

  /** Returns how many reset streams the server has seen end, and whether there are more to ask about. */
  ponged(): readonly [ended: number, more: boolean] {
    const ended = this.#resetBefore
    this.#endedBefore = 0
    this.#resetBefore = 0
    if (this.#trusted) this.#trust = Math.min(Math.max(firstTrust, 2 * this.#trust), slots)
    this.#trusted = false
    return [ended, this.#resetSince > 0]
  }

  /** The connection is lost: nothing more will be heard of the streams that were reset. */
  forget(): number {
    const ended = this.#resetBefore + this.#resetSince
    this.#resetBefore = 0
    this.#resetSince = 0
    return ended
  }
}

/**
 * Whether the server says that it has not read a stream. RFC 9113 8.7 promises that of REFUSED_STREAM alone.
 *
 * Node's server says ENHANCE_YOUR_CALM instead, to a stream that it counts as one too many, before it reads it. That is
 * believed of a stream only that was opened on trust: where this connection already had as many as the server allows,
 * counting those that had ended and that the server was not yet known to have seen end. To any other stream the code
 * promises nothing, and its push may have been acted on.
 */
export const isRefusal = (code: number, marks: number): boolean =>
  code === ErrorCode.refusedStream || (code === ErrorCode.enhanceYourCalm && (marks & onTrust) !== 0)
