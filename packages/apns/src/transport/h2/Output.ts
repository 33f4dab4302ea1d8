import * as Frame from "./Frame.ts"

/** The least per request: below that it is writes that cost, above it the memory that they pass through. */
const usualWriteBytes = 128 * 1024
/** Room for a request that began just below the limit, and for what is answered to a server's own frames. */
const slackBytes = 96 * 1024

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

/**
 * The bytes of the next write. Requests and answers to a server's own frames are written straight into them, so that one
 * write carries as many as fit.
 */
export class Output {
  // Two buffers take turns: a socket may still be reading the one while the other is filled.
  bytes: Buffer
  #spare: Buffer
  /** The same bytes, several at a time. */
  view: DataView
  #spareView: DataView
  length = 0
  /** Where the first request of this write begins; -1 while there is none. */
  #requestsAt = -1
  readonly #writeBytes: number

  constructor(writeBytes: number = usualWriteBytes) {
    this.#writeBytes = writeBytes
    this.bytes = Buffer.allocUnsafeSlow(writeBytes + slackBytes)
    this.#spare = Buffer.allocUnsafeSlow(writeBytes + slackBytes)
    this.view = new DataView(this.bytes.buffer)
    this.#spareView = new DataView(this.#spare.buffer)
    this.length = this.bytes.write(preface, "latin1")
  }

  /** Requests wait for the next write. */
  get full(): boolean {
    return this.length >= this.#writeBytes
  }

  fits(bytes: number): boolean {
    return this.length + bytes <= this.bytes.length
  }

  /** Everything from here to `end` is a request, and may still be taken back. */
  request(end: number): void {
    if (this.#requestsAt < 0) this.#requestsAt = this.length
    this.length = end
  }

  /** Takes back every request of this write, and what has been written since the first of them. */
  withdraw(): void {
    if (this.#requestsAt >= 0) this.length = this.#requestsAt
    this.#requestsAt = -1
  }

  head(length: number, type: number, flags: number, stream: number): void {
    this.length = Frame.head(this.bytes, this.length, length, type, flags, stream)
  }

  uint32(value: number): void {
    this.length = Frame.uint32(this.bytes, this.length, value)
  }

  settings(entries: ReadonlyArray<readonly [key: number, value: number]>): void {
    this.head(entries.length * 6, Frame.settings, 0, 0)
    for (const [key, value] of entries) {
      this.bytes[this.length++] = 0
      this.bytes[this.length++] = key
      this.uint32(value)
    }
  }

  /** A frame that holds a number: RST_STREAM and its code, WINDOW_UPDATE and how much more. */
  number(type: number, stream: number, value: number): void {
    this.head(4, type, 0, stream)
    this.uint32(value)
  }

  /** A ping of zeros, or the answer to another's. */
  ping(flags: number, opaque?: Uint8Array): void {
    this.head(8, Frame.ping, flags, 0)
    if (opaque === undefined) this.bytes.fill(0, this.length, this.length + 8)
    else this.bytes.set(opaque, this.length)
    this.length += 8
  }

  goAway(code: number, why: string): void {
    this.head(8 + why.length, Frame.goAway, 0, 0)
    // We take no streams from a server, so none of its was ever read.
    this.uint32(0)
    this.uint32(code)
    this.length += this.bytes.write(why, this.length, "latin1")
  }

  /** What is to be written next, if anything. It stays as it is until the next `take`. */
  take(): Buffer | undefined {
    if (this.length === 0) return undefined
    const filled = this.bytes.subarray(0, this.length)
    const next = this.#spare
    this.#spare = this.bytes
    this.bytes = next
    const { view } = this
    this.view = this.#spareView
    this.#spareView = view
    this.length = 0
    this.#requestsAt = -1
    return filled
  }
}
