/**
 * Bytes written and read one number at a time.
 *
 * Numbers are whole and not negative. Small ones take one byte: seven bits to a byte, the lowest first, the top bit set on
 * all but the last (as in Protocol Buffers).
 */
export interface Writer {
  readonly byte: (value: number) => void
  readonly number: (value: number) => void
  readonly text: (value: string) => void
  readonly bytes: () => Uint8Array<ArrayBuffer>
}

export const writer = (): Writer => {
  const out: Array<number> = []
  const number = (value: number): void => {
    let rest = value
    // Times in milliseconds pass 32 bits, so there is no shifting here.
    while (rest >= 0x80) {
      out.push((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    out.push(rest)
  }
  return {
    byte: (value) => void out.push(value),
    number,
    text: (value) => {
      const encoded = new TextEncoder().encode(value)
      number(encoded.length)
      for (const byte of encoded) out.push(byte)
    },
    bytes: () => Uint8Array.from(out)
  }
}

export interface Reader {
  readonly byte: () => number
  readonly number: () => number
  readonly text: () => string
  /** Bytes not read yet. */
  readonly left: () => number
}

/** The bytes do not hold what was to be read. */
export class BadBytes extends Error {}

export const reader = (bytes: Uint8Array): Reader => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  let at = 0
  const byte = (): number => {
    if (at >= bytes.length) throw new BadBytes("the bytes end too early")
    return bytes[at++]!
  }
  const number = (): number => {
    let value = 0
    let scale = 1
    for (;;) {
      const next = byte()
      value += (next & 0x7f) * scale
      if (!Number.isSafeInteger(value)) throw new BadBytes("a number is too large")
      if (next < 0x80) return value
      scale *= 0x80
    }
  }
  return {
    byte,
    number,
    text: () => {
      const length = number()
      if (length > bytes.length - at) throw new BadBytes("the bytes end too early")
      at += length
      try {
        return decoder.decode(bytes.subarray(at - length, at))
      } catch {
        throw new BadBytes("a text is not UTF-8")
      }
    },
    left: () => bytes.length - at
  }
}

/** CRC-32 as in ISO 3309 and PNG: finds every change of up to 32 bits in a row. */
export const crc32 = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff]!
  return (crc ^ 0xffffffff) >>> 0
}

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})
