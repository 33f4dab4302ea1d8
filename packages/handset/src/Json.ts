import { Result } from "effect"

/**
 * JSON text as a tree that forgets nothing a decoder could ask about.
 *
 * `JSON.parse` will not do: it cannot tell 9223372036854775807 from its neighbour, and of two equal keys it keeps the last
 * where Swift keeps the first. Hence numbers stay as they were written, and objects are maps.
 */
export type Json = null | boolean | string | Num | ReadonlyArray<Json> | Members

export type Members = ReadonlyMap<string, Json>

export interface Num {
  readonly source: string
}

/** JSON as TypeScript has it, for whoever only passes it on. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | ReadonlyArray<Plain>
  | { readonly [key: string]: Plain }

/** swift-foundation, `JSONScanner`: deeper than this is refused. */
const deepest = 512

export const isObject = (self: Json | undefined): self is Members => self instanceof Map

export const isArray = (self: Json | undefined): self is ReadonlyArray<Json> => Array.isArray(self)

export const isNumber = (self: Json | undefined): self is Num =>
  typeof self === "object" && self !== null && "source" in self

/** A whole text as one value, or where it stops being JSON. */
export const parse = (text: string): Result.Result<Json, string> => {
  const cursor: Cursor = { text, at: 0, depth: 0 }
  const found = value(cursor)
  if (found === undefined) return Result.fail(`unexpected character around ${cursor.at}`)
  blank(cursor)
  return cursor.at === text.length
    ? Result.succeed(found)
    : Result.fail(`garbage after the value around ${cursor.at}`)
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** The same for bytes, which have to be UTF-8. */
export const parseBytes = (bytes: Uint8Array): Result.Result<Json, string> => {
  try {
    return parse(utf8.decode(bytes))
  } catch {
    return Result.fail("the bytes are not UTF-8")
  }
}

/** Bytes of the value in UTF-8, without blanks. */
export const size = (self: Json): number => {
  if (self === null) return 4
  if (typeof self === "boolean") return self ? 4 : 5
  if (typeof self === "string") return quoted(self)
  if (isArray(self)) return self.reduce((sum: number, one) => sum + size(one) + 1, self.length === 0 ? 2 : 1)
  if (isNumber(self)) return self.source.length
  const known = sizes.get(self)
  if (known !== undefined) return known
  let sum = self.size === 0 ? 2 : 1
  for (const [key, one] of self) sum += quoted(key) + 1 + size(one) + 1
  sizes.set(self, sum)
  return sum
}

/** Of objects: many phones measure the same one. */
const sizes = new WeakMap<object, number>()

/** Counted without building the text: half the pushes of a run come through here. */
const quoted = (text: string): number => {
  let bytes = 2
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22 || code === 0x5c) bytes += 2
    else if (code < 0x20) bytes += "\b\f\n\r\t".includes(text[at]!) ? 2 : 6
    else if (code < 0x80) bytes += 1
    // Each half of a surrogate pair stands for two of its four bytes.
    else bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3
  }
  return bytes
}

/** What `JSON.parse` would have made of it. */
export const plain = (self: Json): Plain => {
  if (isNumber(self)) return Number(self.source)
  if (isArray(self)) return self.map(plain)
  if (isObject(self)) return Object.fromEntries([...self].map(([key, one]) => [key, plain(one)]))
  return self
}

interface Cursor {
  readonly text: string
  at: number
  depth: number
}

// Below, `undefined` means "not JSON", and the cursor is left where that showed.

const value = (cursor: Cursor): Json | undefined => {
  blank(cursor)
  switch (cursor.text[cursor.at]) {
    case "{":
      return nested(cursor, members)
    case "[":
      return nested(cursor, elements)
    case '"':
      return string(cursor)
    case "t":
      return word(cursor, "true") ? true : undefined
    case "f":
      return word(cursor, "false") ? false : undefined
    case "n":
      return word(cursor, "null") ? null : undefined
    default:
      return number(cursor)
  }
}

const nested = (cursor: Cursor, read: (cursor: Cursor) => Json | undefined): Json | undefined => {
  if (cursor.depth === deepest) return undefined
  cursor.at++
  cursor.depth++
  const found = read(cursor)
  cursor.depth--
  return found
}

const members = (cursor: Cursor): Json | undefined => {
  const found = new Map<string, Json>()
  if (next(cursor, "}")) return found
  for (;;) {
    blank(cursor)
    const key = string(cursor)
    if (key === undefined || !next(cursor, ":")) return undefined
    const one = value(cursor)
    if (one === undefined) return undefined
    // swift-foundation, `JSONDecoder`: the first of equal keys stays.
    if (!found.has(key)) found.set(key, one)
    if (next(cursor, "}")) return found
    if (!next(cursor, ",")) return undefined
  }
}

const elements = (cursor: Cursor): Json | undefined => {
  const found: Array<Json> = []
  if (next(cursor, "]")) return found
  for (;;) {
    const one = value(cursor)
    if (one === undefined) return undefined
    found.push(one)
    if (next(cursor, "]")) return found
    if (!next(cursor, ",")) return undefined
  }
}

const string = (cursor: Cursor): string | undefined => {
  const { text } = cursor
  if (text[cursor.at] !== '"') return undefined
  let end = cursor.at + 1
  let escaped = false
  for (;;) {
    const code = text.charCodeAt(end)
    if (code === 0x22) break
    // NaN, past the end, is not at least 0x20 either.
    if (!(code >= 0x20)) return undefined
    if (code === 0x5c) {
      escaped = true
      end++
    }
    end++
  }
  const raw = text.slice(cursor.at + 1, end)
  const plain = escaped ? unescaped(raw) : raw
  if (plain !== undefined) cursor.at = end + 1
  return plain
}

const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/g

const unescaped = (raw: string): string | undefined => {
  if (raw.replace(escape, "").includes("\\")) return undefined
  const plain: string = JSON.parse(`"${raw}"`)
  // Half a surrogate pair is no character: Swift's strings cannot hold one.
  return plain.isWellFormed() ? plain : undefined
}

const numeral = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

const number = (cursor: Cursor): Num | undefined => {
  numeral.lastIndex = cursor.at
  const found = numeral.exec(cursor.text)
  if (found === null) return undefined
  cursor.at += found[0].length
  return { source: found[0] }
}

const word = (cursor: Cursor, expected: string): boolean => {
  if (!cursor.text.startsWith(expected, cursor.at)) return false
  cursor.at += expected.length
  return true
}

const next = (cursor: Cursor, expected: string): boolean => {
  blank(cursor)
  if (cursor.text[cursor.at] !== expected) return false
  cursor.at++
  return true
}

const blank = (cursor: Cursor): void => {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
    cursor.at++
  }
}
