/** What a journal tells of a body. */
export interface Body {
  readonly text: string
  /** Names it: the same for the same bytes. */
  readonly name: string
  readonly bytes: number
  /** Of a Live Activity; null else. */
  readonly event: string | null
  readonly stamp: number | null
  readonly alert: string | null
}

const utf8 = new TextDecoder()

const events = /"event":"(\w+)"/
const timestamps = /"timestamp":(\d+)/
const titles = /"alert":\{"title":("(?:[^"\\]|\\.)*")/

/**
 * Bodies of pushes, each read once for all phones that are sent it. What is looked for stands at one place of the text only,
 * so nothing need be parsed.
 */
export class Bodies {
  readonly #known = new WeakMap<Uint8Array, Body>()

  of(bytes: Uint8Array): Body {
    const known = this.#known.get(bytes)
    if (known !== undefined) return known
    const text = utf8.decode(bytes)
    const stamp = timestamps.exec(text)?.[1]
    const title = titles.exec(text)?.[1]
    const body: Body = {
      text,
      name: nameOf(bytes),
      bytes: bytes.length,
      event: events.exec(text)?.[1] ?? null,
      stamp: stamp === undefined ? null : Number(stamp),
      alert: title === undefined ? null : (JSON.parse(title) as string)
    }
    this.#known.set(bytes, body)
    return body
  }
}

/** 64 bits over the bytes. */
const nameOf = (bytes: Uint8Array): string => {
  let one = 0x811c9dc5
  let two = 0x9e3779b9
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    one = Math.imul(one ^ byte, 0x01000193)
    two = Math.imul(two + byte, 0x85ebca6b) ^ (two >>> 15)
  }
  return (one >>> 0).toString(16).padStart(8, "0") + (two >>> 0).toString(16).padStart(8, "0")
}
