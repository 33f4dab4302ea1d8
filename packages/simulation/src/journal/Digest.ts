/**
 * A name for a whole journal: 64 bits over its lines, in their order.
 *
 * Two runs with the same digest went the same way. It is arithmetic on whole numbers of 32 bits, and the same in every
 * process and on every machine. It is fed in place, line by line, because there are tens of thousands of them.
 */
export interface Digest {
  one: number
  two: number
  lines: number
}

export const begin = (): Digest => ({ one: 0x9e3779b9 | 0, two: 0x85ebca6b | 0, lines: 0 })

export const add = (self: Digest, line: string): void => {
  let { one, two } = self
  for (let index = 0; index < line.length; index++) {
    const code = line.charCodeAt(index)
    one = Math.imul(one ^ code, 0x01000193)
    two = Math.imul(two + code, 0x5bd1e995) ^ (two >>> 15)
  }
  // The end of a line counts as well: no two lines are one.
  self.one = (Math.imul(one ^ 0x0a, 0x01000193) + two) | 0
  self.two = Math.imul(two ^ (one >>> 13), 0x27d4eb2f)
  self.lines += 1
}

/** Sixteen digits. */
export const text = ({ lines, one, two }: Digest): string => hex(mixed(one ^ lines)) + hex(mixed(two + one))

const mixed = (word: number): number => {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
}

const hex = (word: number): string => word.toString(16).padStart(8, "0")
