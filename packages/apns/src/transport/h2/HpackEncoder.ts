import * as Huffman from "./Huffman.ts"
import * as Table from "./HpackTable.ts"

/**
 * How a field is to be sent:
 *
 * - `kept`: put into the table, so that it is one byte ever after.
 * - `kept-once`: its name and first value are put there; other values follow as they are.
 * - `plain`: sent as it is.
 * - `never`: sent as it is, and no proxy may do otherwise (RFC 7541 7.1.3).
 */
export type How = "kept" | "kept-once" | "plain" | "never"

/**
 * Apple: `:path` and `authorization` as literals without indexing; `apns-id`, `apns-expiration` and `apns-collapse-id`
 * indexed the first time and not after that; everything else indexed.
 */
export const how = (name: string): How => {
  switch (name) {
    case ":path":
      return "plain"
    case "authorization":
      return "never"
    case "apns-id":
    case "apns-expiration":
    case "apns-collapse-id":
      return "kept-once"
    default:
      return "kept"
  }
}

/**
 * Writes header fields (RFC 7541 6) and remembers what the reader's table holds by now.
 *
 * It fills the table and never makes room in it: indices then stay the same, and blocks written once can be sent again.
 */
export class Encoder {
  #table = new Table.Dynamic()
  /** Limits that the reader has not been told of yet: the smallest since the last block, and the last. */
  #told: { least: number; last: number } | undefined
  #epoch = 0

  /** Goes up whenever a block written before might be read differently. */
  get epoch(): number {
    return this.#epoch
  }

  /** The reader's SETTINGS_HEADER_TABLE_SIZE. More than the usual size is of no use to us. */
  resize(limit: number): void {
    const last = Math.min(limit, Table.usualBytes)
    if (last === (this.#told?.last ?? this.#table.limit)) return
    this.#told = { least: Math.min(last, this.#told?.least ?? last), last }
    this.#epoch++
  }

  /** What a block must begin with. */
  begin(out: Array<number>): void {
    if (this.#told === undefined) return
    const { last, least } = this.#told
    this.#told = undefined
    this.#epoch++
    // RFC 7541 4.2: both, since the reader has evicted down to the smallest.
    if (least < last) integer(out, 0x20, 0x1f, least)
    integer(out, 0x20, 0x1f, last)
    this.#table.resize(least)
    this.#table.resize(last)
  }

  field(out: Array<number>, name: string, value: string, as: How = how(name)): void {
    if (as === "kept" || as === "kept-once") {
      const index = this.#table.find(name, value)
      if (index > 0) return integer(out, 0x80, 0x7f, index)
    }
    const index = this.#table.findName(name)
    const keep =
      (as === "kept" || (as === "kept-once" && index === 0)) &&
      this.#table.bytes + Table.sizeOf(name, value) <= this.#table.limit
    if (keep) integer(out, 0x40, 0x3f, index)
    else integer(out, as === "never" ? 0x10 : 0x00, 0x0f, index)
    if (index === 0) string(out, name)
    string(out, value)
    if (!keep) return
    this.#table.insert(name, value)
    this.#epoch++
  }

  /** How a field without indexing begins, where the reader knows its name already; undefined where it does not. */
  plainName(name: string): Uint8Array | undefined {
    const index = this.#table.findName(name)
    if (index === 0) return undefined
    const out: Array<number> = []
    integer(out, 0x00, 0x0f, index)
    return Uint8Array.from(out)
  }
}

/** RFC 7541 5.1. */
export const integer = (out: Array<number>, first: number, mask: number, value: number): void => {
  if (value < mask) {
    out.push(first | value)
    return
  }
  out.push(first | mask)
  let rest = value - mask
  for (; rest >= 0x80; rest >>>= 7) out.push((rest & 0x7f) | 0x80)
  out.push(rest)
}

const string = (out: Array<number>, text: string): void => {
  const plain = Buffer.from(text, "latin1")
  const coded = Huffman.encodedLength(plain) < plain.length
  const bytes = coded ? Huffman.encode(plain) : plain
  integer(out, coded ? 0x80 : 0x00, 0x7f, bytes.length)
  for (const byte of bytes) out.push(byte)
}
