import * as ErrorCode from "./ErrorCode.ts"
import * as Huffman from "./Huffman.ts"
import * as Table from "./HpackTable.ts"
import * as Latin1 from "./Latin1.ts"

/** Who is told of the fields of a header block, in order. Text is Latin-1: a character for each byte. */
export interface Fields {
  readonly field: (name: string, value: string) => void
}

export interface Limits {
  /** What our SETTINGS allow the sender's table to hold. */
  readonly tableBytes: number
  /** What the fields of one block may come to, counted as SETTINGS_MAX_HEADER_LIST_SIZE counts them. */
  readonly listBytes: number
  /** What a block may come to as it is sent. */
  readonly blockBytes: number
}

/** A UUID. */
const idBytes = 36
const nothing = Buffer.alloc(0)

/**
 * Reads header blocks (RFC 7541 3 and 6), one after another, as each changes how the next is read.
 *
 * A block that breaks the rules leaves the decoder of no further use, and the connection with it.
 */
export class Decoder {
  readonly #table: Table.Dynamic
  readonly #limits: Limits
  readonly #scratch: Buffer
  readonly #reader = new Latin1.Reader()
  #viewed: Buffer = nothing
  #view: DataView = new DataView(nothing.buffer)
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #to = 0
  #broken = false

  constructor(limits: Limits) {
    this.#limits = limits
    this.#table = new Table.Dynamic(limits.tableBytes)
    this.#scratch = Buffer.allocUnsafeSlow(Huffman.mostDecoded(limits.blockBytes))
  }

  /** How much the table holds, as the RFC counts it. */
  get tableBytes(): number {
    return this.#table.bytes
  }

  /** Begins with another buffer, or the same one filled anew up to `end`. */
  begin(bytes: Buffer, end: number): void {
    this.#reader.begin(bytes, end)
    if (bytes === this.#viewed) return
    this.#viewed = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /**
   * The id, in lower case, in a block that is a status of 200 and an `apns-id`, neither kept nor coded, and nothing else;
   * undefined for any other, which is then to be decoded. It leaves the table as it is.
   */
  accepted(bytes: Buffer, from: number, to: number): string | undefined {
    // 0x88 is ":status: 200". Names from 15 on take two bytes; the table of the server's own names begins at 62.
    if (to - from !== 4 + idBytes || bytes[from] !== 0x88 || bytes[from + 1] !== 0x0f) return undefined
    if (bytes[from + 3] !== idBytes || bytes[from + 2]! >= 0x80) return undefined
    if (this.#table.name(0x0f + bytes[from + 2]!) !== "apns-id") return undefined
    if (bytes !== this.#viewed) this.begin(bytes, to)
    const view = this.#view
    // The highest bit of a byte is set in `wrong` where it is no ASCII or below 0x21, and in `capitals` from A to Z.
    let wrong = 0
    let capitals = 0
    for (let at = from + 4; at < to; at += 4) {
      const four = view.getInt32(at, true)
      wrong |= four | ((four - 0x21212121) & ~four)
      const seven = four & 0x7f7f7f7f
      capitals |= (seven + 0x3f3f3f3f) ^ (seven + 0x25252525)
    }
    if ((wrong & 0x80808080) !== 0) return undefined
    const id = this.#reader.read(bytes, from + 4, to)
    return (capitals & 0x80808080) === 0 ? id : id.toLowerCase()
  }

  /** Returns an error code for the connection. */
  decode(bytes: Buffer, from: number, to: number, fields: Fields): number {
    if (to - from > this.#limits.blockBytes) return ErrorCode.enhanceYourCalm
    this.#bytes = bytes
    this.#at = from
    this.#to = to
    this.#broken = false
    let left = this.#limits.listBytes
    let begun = false
    while (this.#at < to) {
      const first = bytes[this.#at]!
      let name: string | undefined
      let value: string | undefined
      if (first >= 0x80) {
        const index = this.#integer(0x7f)
        name = this.#table.name(index)
        value = this.#table.value(index)
      } else if (first >= 0x20 && first < 0x40) {
        const limit = this.#integer(0x1f)
        // RFC 7541 4.2: only before the first field, and never above what our SETTINGS allow.
        if (this.#broken || begun || limit > this.#limits.tableBytes) return ErrorCode.compressionError
        this.#table.resize(limit)
        continue
      } else {
        const index = this.#integer(first >= 0x40 ? 0x3f : 0x0f)
        name = index === 0 ? this.#string() : this.#table.name(index)
        value = this.#string()
        if (first >= 0x40 && !this.#broken && name !== undefined) this.#table.insert(name, value)
      }
      if (this.#broken || name === undefined || value === undefined) return ErrorCode.compressionError
      begun = true
      left -= Table.sizeOf(name, value)
      // A few bytes can name a large entry again and again.
      if (left < 0) return ErrorCode.enhanceYourCalm
      fields.field(name, value)
    }
    return ErrorCode.noError
  }

  /** RFC 7541 5.1. More than four bytes after the first are refused: nothing here is that large. */
  #integer(mask: number): number {
    const prefix = this.#bytes[this.#at++]! & mask
    if (prefix < mask) return prefix
    let value = mask
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#at >= this.#to) break
      const byte = this.#bytes[this.#at++]!
      value += (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    this.#broken = true
    return 0
  }

  #string(): string {
    if (this.#broken || this.#at >= this.#to) {
      this.#broken = true
      return ""
    }
    const coded = this.#bytes[this.#at]! >= 0x80
    const length = this.#integer(0x7f)
    const from = this.#at
    if (this.#broken || length > this.#to - from) {
      this.#broken = true
      return ""
    }
    this.#at = from + length
    if (!coded) return Latin1.read(this.#bytes, from, this.#at)
    const decoded = Huffman.decode(this.#bytes, from, this.#at, this.#scratch)
    if (decoded < 0) {
      this.#broken = true
      return ""
    }
    return Latin1.read(this.#scratch, 0, decoded)
  }
}
