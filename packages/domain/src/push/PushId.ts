import { PushId } from "../Ids.ts"

/**
 * The name of one push, worked out from what caused it and where it goes.
 *
 * Whoever decides the same thing again, after a crash or in a replay, names the same push the same. It is a name, not a
 * secret: the mixing is made to spread, not to hide.
 */
export const of = (cause: string, address: string): PushId => {
  const [a, b, c, d] = mix(`${cause}\n${address}`)
  // RFC 9562 version 8, "custom": the layout of a UUID, with bits of our own.
  const versioned = (b & 0xffff_0fff) | 0x8000
  const variant = (c & 0x3fff_ffff) | 0x8000_0000
  return `${high(a)}${low(a)}-${high(b)}-${low(versioned)}-${high(variant)}-${low(c)}${high(d)}${low(d)}` as PushId
}

/** The halves of a word, four digits each. */
const high = (word: number): string => pairs[word >>> 24]! + pairs[(word >>> 16) & 0xff]!
const low = (word: number): string => pairs[(word >>> 8) & 0xff]! + pairs[word & 0xff]!

/** Every byte in two digits. */
const pairs: ReadonlyArray<string> = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0")
)

/** 128 bits over the text: four lanes that each see every character and are stirred into one another at the end. */
const mix = (text: string): readonly [number, number, number, number] => {
  // Whatever grows is cut to 32 bits at once: beyond them it would be a fraction to the machine, and many times as slow.
  let a = 0x9e3779b9 | 0
  let b = 0x85ebca6b | 0
  let c = 0xc2b2ae35 | 0
  let d = 0x27d4eb2f
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    a = Math.imul(a ^ code, 0x01000193)
    b = (Math.imul(b ^ code, 0x5bd1e995) + a) | 0
    c = Math.imul((c + code) | 0, 0x1b873593) ^ (b >>> 13)
    d = ((Math.imul(d ^ code, 0xcc9e2d51) + c) | 0) ^ (a >>> 15)
  }
  for (let round = 0; round < 4; round++) {
    a = Math.imul(a ^ (d >>> 16), 0x85ebca6b)
    b = Math.imul(b ^ (a >>> 13), 0xc2b2ae35)
    c = Math.imul(c ^ (b >>> 16), 0x27d4eb2f)
    d = Math.imul(d ^ (c >>> 15), 0x165667b1)
  }
  return [a ^ (a >>> 15), b ^ (b >>> 13), c ^ (c >>> 16), d ^ (d >>> 14)]
}
