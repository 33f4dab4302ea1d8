/**
 * What a request carries: bytes, or bytes with places that have been filled in.
 *
 * Bodies of the same {@link Pattern} differ in these places alone, so whoever writes them one after another has only the
 * places to write.
 */
export type Body = Uint8Array | Filled

/** Bytes with places left open between them: one fewer than there are pieces. Recognised by identity. */
export interface Pattern {
  readonly pieces: ReadonlyArray<Uint8Array>
  /** Of all pieces together. */
  readonly bytes: number
}

export const pattern = (pieces: ReadonlyArray<string>): Pattern => {
  const encoded = pieces.map((text) => Buffer.from(text))
  return { pieces: encoded, bytes: encoded.reduce((sum, { length }) => sum + length, 0) }
}

/** A pattern and what stands in its places. */
export class Filled {
  readonly pattern: Pattern
  readonly texts: ReadonlyArray<string>
  /** Of each text as UTF-8. */
  readonly sizes: ReadonlyArray<number>
  /** Of the whole as UTF-8. */
  readonly length: number

  constructor(pattern: Pattern, texts: ReadonlyArray<string>, sizes: ReadonlyArray<number>, length: number) {
    this.pattern = pattern
    this.texts = texts
    this.sizes = sizes
    this.length = length
  }
}

const quote = 0x22

/** Fills the places with JSON, a value for each. */
export const fill = (pattern: Pattern, texts: ReadonlyArray<string>): Filled => {
  // oxlint-disable-next-line unicorn/no-new-array -- its size is known
  const sizes = new Array<number>(texts.length)
  let { bytes } = pattern
  for (let nth = 0; nth < texts.length; nth++) {
    const text = texts[nth]!
    // Numbers, and the names of JSON, are ASCII.
    const size = text.charCodeAt(0) === quote ? Buffer.byteLength(text) : text.length
    sizes[nth] = size
    bytes += size
  }
  return new Filled(pattern, texts, sizes, bytes)
}

/** Writes a body and says where it ends. */
export const write = (out: Buffer, from: number, body: Body): number => {
  if (!(body instanceof Filled)) {
    out.set(body, from)
    return from + body.length
  }
  const { pattern, sizes, texts } = body
  let at = from
  for (let nth = 0; nth < pattern.pieces.length; nth++) {
    const piece = pattern.pieces[nth]!
    out.set(piece, at)
    at += piece.length
    if (nth < texts.length) at = put(out, at, texts[nth]!, sizes[nth]!)
  }
  return at
}

/** A call costs as much as some ten characters. */
const fewBytes = 10

/** Writes a text whose size is known and says where it ends. */
export const put = (out: Buffer, at: number, text: string, size: number): number => {
  const end = at + size
  // Only ASCII has as many bytes as characters.
  if (size <= fewBytes && size === text.length) {
    for (let nth = 0; nth < size; nth++) out[at + nth] = text.charCodeAt(nth)
  } else (out as Utf8).utf8Write(text, at, size)
  return end
}

type Utf8 = Buffer & { readonly utf8Write: (text: string, at: number, length: number) => number }

export const bytesOf = (body: Body): Uint8Array => {
  if (!(body instanceof Filled)) return body
  const bytes = Buffer.allocUnsafe(body.length)
  write(bytes, 0, body)
  return bytes
}
