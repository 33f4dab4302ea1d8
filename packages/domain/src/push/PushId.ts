import { PushId } from "../Ids.ts"

/**
 * The name of one push, worked out from what caused it and where it goes.
 *
 * Whoever decides the same thing again, after a crash or in a replay, names the same push the same. It is a name, not a
 * secret: the mixing is made to spread, not to hide.
 */
export const of = (cause: string, address: string): PushId => {
  const [a, b, c, d] = mix(`${cause}\n${address}`)
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, "0")
  const digits = hex(a) + hex(b) + hex(c) + hex(d)
  // RFC 9562 version 8, "custom": the layout of a UUID, with bits of our own.
  const variant = ((Number.parseInt(digits[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}` as PushId
}

/** 128 bits over the text: four lanes that each see every character and are stirred into one another at the end. */
const mix = (text: string): readonly [number, number, number, number] => {
  let a = 0x9e3779b9
  let b = 0x85ebca6b
  let c = 0xc2b2ae35
  let d = 0x27d4eb2f
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x5bd1e995) + a
    c = Math.imul(c + code, 0x1b873593) ^ (b >>> 13)
    d = (Math.imul(d ^ code, 0xcc9e2d51) + c) ^ (a >>> 15)
  }
  for (let round = 0; round < 4; round++) {
    a = Math.imul(a ^ (d >>> 16), 0x85ebca6b)
    b = Math.imul(b ^ (a >>> 13), 0xc2b2ae35)
    c = Math.imul(c ^ (b >>> 16), 0x27d4eb2f)
    d = Math.imul(d ^ (c >>> 15), 0x165667b1)
  }
  return [a ^ (a >>> 15), b ^ (b >>> 13), c ^ (c >>> 16), d ^ (d >>> 14)]
}
