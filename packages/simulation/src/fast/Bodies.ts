import { Chance } from "@sightscreen/decider"

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

interface Aps {
  readonly event?: string
  readonly timestamp?: number
  readonly alert?: { readonly title?: string }
}

const utf8 = new TextDecoder()

/** Read once for all phones that are sent it. */
export class Bodies {
  readonly #known = new WeakMap<Uint8Array, Body>()
  readonly #texts = new WeakMap<object, string>()

  of(bytes: Uint8Array): Body {
    const known = this.#known.get(bytes)
    if (known !== undefined) return known
    const text = utf8.decode(bytes)
    const { aps = {} } = (text === "" ? {} : JSON.parse(text)) as { readonly aps?: Aps }
    const body: Body = {
      text,
      name: Chance.hash(0, text).toString(16).padStart(8, "0"),
      bytes: bytes.length,
      event: aps.event ?? null,
      stamp: aps.timestamp ?? null,
      alert: aps.alert?.title ?? null
    }
    this.#known.set(bytes, body)
    return body
  }

  isStart(payload: unknown): boolean {
    return (payload as { readonly aps?: Aps } | null)?.aps?.event === "start"
  }

  /** The text of a payload that Apple has read. */
  textOf(payload: unknown): string {
    if (typeof payload !== "object" || payload === null) return JSON.stringify(payload)
    const known = this.#texts.get(payload)
    if (known !== undefined) return known
    const text = JSON.stringify(payload)
    this.#texts.set(payload, text)
    return text
  }
}
