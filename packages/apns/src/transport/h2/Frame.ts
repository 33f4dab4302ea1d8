/**
 * HTTP/2 frames (RFC 9113 4 and 6): how bytes are cut into frames, and how a frame begins.
 *
 * Nothing here knows what a frame means.
 */

export const data = 0x0
export const headers = 0x1
export const priority = 0x2
export const rstStream = 0x3
export const settings = 0x4
export const pushPromise = 0x5
export const ping = 0x6
export const goAway = 0x7
export const windowUpdate = 0x8
export const continuation = 0x9

export const endStream = 0x1
export const ack = 0x1
export const endHeaders = 0x4
export const padded = 0x8
export const withPriority = 0x20

export const headBytes = 9

/** The largest payload that either side takes unless it says otherwise, and the least it must take. */
export const usualPayload = 16_384
export const largestPayload = 16_777_215

export const largestWindow = 0x7fffffff
export const usualWindow = 65_535
export const lastStream = 0x7fffffff

/** Writes the nine bytes before a payload and says where the payload begins. */
export const head = (
  out: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number
): number => {
  out[at] = length >>> 16
  out[at + 1] = length >>> 8
  out[at + 2] = length
  out[at + 3] = type
  out[at + 4] = flags
  return uint32(out, at + 5, stream)
}

export const uint32 = (out: Uint8Array, at: number, value: number): number => {
  out[at] = value >>> 24
  out[at + 1] = value >>> 16
  out[at + 2] = value >>> 8
  out[at + 3] = value
  return at + 4
}

export const readUint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0

/** The reserved bit is ignored, as the RFC asks. */
export const readUint31 = (bytes: Uint8Array, at: number): number => readUint32(bytes, at) & 0x7fffffff

/** Who is shown the frames. */
export interface Visitor {
  /** Wants no more frames. Looked at before each. */
  readonly over: boolean
  /** The payload is `bytes` from `from` to `to`. It is the caller's memory, and good during this call alone. */
  readonly frame: (
    bytes: Buffer,
    type: number,
    flags: number,
    stream: number,
    from: number,
    to: number
  ) => void
  /** A frame announces more than may be sent to us. Nothing of it is kept. */
  readonly tooLong: () => void
}

/**
 * Cuts bytes into frames, however they arrive.
 *
 * A frame that lies whole in what has arrived is shown where it lies. Of one that does not, the beginning is kept: less
 * than one frame, whatever is sent.
 */
export class Splitter {
  readonly #held = Buffer.allocUnsafeSlow(headBytes + usualPayload)
  #holds = 0

  /** Takes the first `end` bytes. */
  push(bytes: Buffer, visitor: Visitor, end: number = bytes.length): void {
    let at = 0
    if (this.#holds > 0) {
      at = this.#fill(bytes, at, end, headBytes)
      if (this.#holds < headBytes) return
      const length = lengthAt(this.#held, 0)
      if (length > usualPayload) return visitor.tooLong()
      at = this.#fill(bytes, at, end, headBytes + length)
      if (this.#holds < headBytes + length) return
      this.#holds = 0
      show(visitor, this.#held, 0, length)
    }
    while (end - at >= headBytes && !visitor.over) {
      const length = lengthAt(bytes, at)
      if (length > usualPayload) return visitor.tooLong()
      if (end - at < headBytes + length) break
      show(visitor, bytes, at, length)
      at += headBytes + length
    }
    if (at < end && !visitor.over) this.#fill(bytes, at, end, end - at)
  }

  /** Keeps bytes until it holds `wanted` of them; says where those that follow begin. */
  #fill(bytes: Buffer, at: number, end: number, wanted: number): number {
    const missing = Math.min(wanted - this.#holds, end - at)
    if (missing <= 0) return at
    bytes.copy(this.#held, this.#holds, at, at + missing)
    this.#holds += missing
    return at + missing
  }
}

const lengthAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!

const show = (visitor: Visitor, bytes: Buffer, at: number, length: number): void => {
  const from = at + headBytes
  visitor.frame(bytes, bytes[at + 3]!, bytes[at + 4]!, readUint31(bytes, at + 5), from, from + length)
}
