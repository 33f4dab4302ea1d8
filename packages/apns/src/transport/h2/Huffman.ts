/**
 * The Huffman code of HPACK (RFC 7541, appendix B).
 *
 * The code is canonical: within a length, codes go up with the symbols, and the first code of a length follows the last of
 * the one before. So the lengths are the whole table.
 */
const lengths = Uint8Array.from(
  [
    "13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28",
    "6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10",
    "13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6",
    "15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28",
    "20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24",
    "22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23",
    "26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27",
    "20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26",
    // The end of a string. It is never sent; its first bits are the padding.
    "30"
  ]
    .join(" ")
    .split(" "),
  Number
)

const endOfString = 256
const longest = 30

const codes = new Uint32Array(lengths.length)
{
  let code = 0
  for (let length = 1; length <= longest; length++) {
    code <<= 1
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] === length) codes[symbol] = code++
    }
  }
}

/**
 * The decoder reads four bits at a time. No code is shorter than five, so four bits end one symbol at most.
 *
 * A state is a place inside a code. A move says where four bits lead, and which symbol they end, if any.
 */
const states = 256
const emits = 1 << 16
const fails = 1 << 17
const moves = new Int32Array(states * 16)
/** Whether a string may end in a state: fewer than eight bits into a code, all of them ones (RFC 7541 5.2). */
const mayEnd = new Uint8Array(states)
{
  const children = new Int16Array(states * 2)
  let used = 1
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    let state = 0
    for (let bit = lengths[symbol]! - 1; bit > 0; bit--) {
      const child = state * 2 + ((codes[symbol]! >>> bit) & 1)
      if (children[child] === 0) children[child] = used++
      state = children[child]!
    }
    children[state * 2 + (codes[symbol]! & 1)] = -1 - symbol
  }
  for (let start = 0; start < states; start++) {
    for (let bits = 0; bits < 16; bits++) {
      let state = start
      let move = 0
      for (let bit = 3; bit >= 0; bit--) {
        const child = children[state * 2 + ((bits >>> bit) & 1)]!
        state = Math.max(0, child)
        if (child === -1 - endOfString) move = fails
        else if (child < 0) move |= emits | ((-1 - child) << 8)
      }
      moves[start * 16 + bits] = move | state
    }
  }
  for (let state = 0, bits = 0; bits < 8; bits++) {
    mayEnd[state] = 1
    state = children[state * 2 + 1]!
  }
}

/** The bytes a string of `length` bytes may become: no code is shorter than five bits. */
export const mostDecoded = (length: number): number => Math.floor((length * 8) / 5)

/** Decodes into `out`, which must have room for {@link mostDecoded}. Returns how many bytes came of it, or -1. */
export const decode = (bytes: Uint8Array, from: number, to: number, out: Uint8Array): number => {
  let state = 0
  let length = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    let move = moves[(state << 4) | (byte >>> 4)]!
    if (move >= emits) {
      if (move >= fails) return -1
      out[length++] = move >>> 8
    }
    move = moves[((move & 0xff) << 4) | (byte & 15)]!
    if (move >= emits) {
      if (move >= fails) return -1
      out[length++] = move >>> 8
    }
    state = move & 0xff
  }
  return mayEnd[state] === 1 ? length : -1
}

export const encodedLength = (bytes: Uint8Array): number => {
  let bits = 0
  for (const byte of bytes) bits += lengths[byte]!
  return (bits + 7) >>> 3
}

export const encode = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(encodedLength(bytes))
  let at = 0
  const put = (code: number, length: number) => {
    for (let left = length; left > 0;) {
      const room = 8 - (at & 7)
      const take = Math.min(room, left)
      out[at >>> 3]! |= ((code >>> (left - take)) & ((1 << take) - 1)) << (room - take)
      at += take
      left -= take
    }
  }
  for (const byte of bytes) put(codes[byte]!, lengths[byte]!)
  if ((at & 7) > 0) put(0xff, 8 - (at & 7))
  return out
}
