/** Frames one header block may come in. */
const mostFragments = 64

/** A header block that comes in several frames (RFC 9113 4.3), kept until its last: a flood of them is not. */
export class Block {
  #pieces: Array<Buffer> = []
  #bytes = 0
  #stream = 0
  #ends = false
  readonly #mostBytes: number

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Whose block it is; 0 while there is none. */
  get stream(): number {
    return this.#stream
  }

  /** Whether its stream ends with it. */
  get ends(): boolean {
    return this.#ends
  }

  begin(stream: number, ends: boolean, piece: Uint8Array): void {
    this.#pieces = [Buffer.from(piece)]
    this.#bytes = piece.length
    this.#stream = stream
    this.#ends = ends
  }

  /** False when that is more than is kept. */
  add(piece: Uint8Array): boolean {
    this.#bytes += piece.length
    if (this.#bytes > this.#mostBytes || this.#pieces.length >= mostFragments) {
      this.#pieces = []
      return false
    }
    this.#pieces.push(Buffer.from(piece))
    return true
  }

  whole(): Buffer {
    const whole = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#stream = 0
    return whole
  }
}
