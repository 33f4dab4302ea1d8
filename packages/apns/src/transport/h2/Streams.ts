/** Slots for streams. A power of two, and several times what may be open at once. */
export const slots = 4096
const mask = slots - 1

/** Marks a push to a device: nobody wants the other fields of its answer, or a long body. */
export const isPush = 1
/** Marks a stream opened where a server that still counts ended streams may have counted one too many. */
export const onTrust = 2

/** Streams that are open at once at most. */
export const mostStreams = slots / 4

/**
 * The open streams, in arrays instead of objects: a stream's slot follows from its id, and nothing is allotted for one.
 *
 * An id whose slot is still taken is skipped, as RFC 9113 5.1.1 allows.
 */
export class Streams<T> {
  readonly #ids = new Int32Array(slots)
  readonly #tags: Array<T | undefined> = Array.from({ length: slots })
  /** What may still be sent on each. */
  readonly windows = new Float64Array(slots)
  /** What has been received on each since more was granted. */
  readonly received = new Int32Array(slots)
  /** Of the head of an answer whose body is still coming, or 0. */
  readonly statuses = new Uint16Array(slots)
  /** What is to be remembered of how a stream was opened: {@link isPush} and {@link onTrust}. */
  readonly marks = new Uint8Array(slots)
  #next = 1
  busy = 0

  /** The next stream to be opened has this id or a higher one. */
  get next(): number {
    return this.#next
  }

  slotOf(stream: number): number {
    return (stream >>> 1) & mask
  }

  isOpen(stream: number): boolean {
    return this.#ids[(stream >>> 1) & mask] === stream
  }

  /** Whether a stream has never been opened, by us or at all. */
  isIdle(stream: number): boolean {
    return stream === 0 || (stream & 1) === 0 || stream >= this.#next
  }

  idIn(slot: number): number {
    return this.#ids[slot]!
  }

  /** The id of the next stream; {@link add} opens it. */
  reserve(): number {
    let stream = this.#next
    while (this.#ids[(stream >>> 1) & mask] !== 0) stream += 2
    return stream
  }

  add(stream: number, tag: T, window: number, marks: number): void {
    const slot = (stream >>> 1) & mask
    this.#next = stream + 2
    this.#ids[slot] = stream
    this.#tags[slot] = tag
    this.windows[slot] = window
    this.received[slot] = 0
    this.statuses[slot] = 0
    this.marks[slot] = marks
    this.busy++
  }

  remove(slot: number): T {
    const tag = this.#tags[slot]!
    this.#ids[slot] = 0
    this.#tags[slot] = undefined
    this.busy--
    return tag
  }

  /** Those from this one on, in the order in which they were opened. */
  from(first: number): Int32Array {
    return this.#ids.filter((stream) => stream !== 0 && stream >= first).sort()
  }

  *[Symbol.iterator](): IterableIterator<readonly [stream: number, tag: T]> {
    for (let slot = 0; slot < slots; slot++) {
      if (this.#ids[slot] !== 0) yield [this.#ids[slot]!, this.#tags[slot]!]
    }
  }
}
