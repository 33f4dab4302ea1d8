/** Header text is Latin-1: a character for each byte. */

type Sliced = Buffer & { readonly latin1Slice: (from: number, to: number) => string }

/** As `toString("latin1", from, to)`, without the search for the encoding: it is done for every answer. */
export const read = (bytes: Buffer, from: number, to: number): string =>
  (bytes as Sliced).latin1Slice(from, to)

/**
 * How much is made text of at once. Short texts are shares of such a piece and hold on to all of it, so it must not be much
 * more than they are.
 */
const pieceBytes = 512

/**
 * Short texts from one and the same buffer, in rising order: made of a piece of it at a time, since most of what a text costs
 * is the call that makes it.
 */
export class Reader {
  #bytes: Buffer | undefined
  #end = 0
  #from = 0
  #to = 0
  #text = ""

  /** The buffer has been filled anew, up to `end`. */
  begin(bytes: Buffer, end: number): void {
    this.#bytes = bytes
    this.#end = end
    this.#to = 0
  }

  read(bytes: Buffer, from: number, to: number): string {
    if (bytes !== this.#bytes) return read(bytes, from, to)
    if (to > this.#to || from < this.#from) {
      this.#from = from
      this.#to = Math.max(to, Math.min(this.#end, from + pieceBytes))
      this.#text = read(bytes, from, this.#to)
    }
    return this.#text.slice(from - this.#from, to - this.#from)
  }
}
