import * as Frame from "./Frame.ts"
import type { Output } from "./Output.ts"
import type { Patience } from "./Patience.ts"
import type { Streams } from "./Streams.ts"

/** A body that a window or a write had no room for. */
interface Rest {
  readonly slot: number
  readonly stream: number
  readonly body: Uint8Array
  at: number
}

/** What may be sent (RFC 9113 5.2 and 6.9): the server's windows, and the bodies that wait for them. */
export class Bodies {
  readonly #streams: Streams<unknown>
  readonly #out: Output
  readonly #patience: Patience
  /** Of the connection. */
  window = Frame.usualWindow
  /** With which a stream begins. */
  firstWindow = Frame.usualWindow
  #rests: Array<Rest> = []

  constructor(streams: Streams<unknown>, out: Output, patience: Patience) {
    this.#streams = streams
    this.#out = out
    this.#patience = patience
  }

  get waiting(): boolean {
    return this.#rests.length > 0
  }

  /** Whether a body of that length can be sent with its request. */
  fits(length: number): boolean {
    return (
      length <= this.window &&
      length <= this.firstWindow &&
      length <= Frame.usualPayload &&
      this.#rests.length === 0
    )
  }

  wait(stream: number, body: Uint8Array): void {
    this.#rests.push({ slot: this.#streams.slotOf(stream), stream, body, at: 0 })
    this.pump()
  }

  /** Forgets a stream's body. Says whether some of it was still to be sent. */
  drop(stream: number): boolean {
    if (this.#rests.length === 0) return false
    const nth = this.#rests.findIndex((rest) => rest.stream === stream)
    if (nth < 0) return false
    this.#rests.splice(nth, 1)
    return true
  }

  /**
   * Changes the window that streams begin with. RFC 9113 6.9.2: open streams are given the difference, which may leave them
   * less than nothing. False where one overflows.
   */
  resize(window: number): boolean {
    const more = window - this.firstWindow
    if (more === 0) return true
    this.firstWindow = window
    const { windows } = this.#streams
    for (const [stream] of this.#streams) {
      const slot = this.#streams.slotOf(stream)
      windows[slot]! += more
      if (windows[slot]! > Frame.largestWindow) return false
    }
    return true
  }

  /** Sends as much of the waiting bodies as windows and the next write have room for. */
  pump(): void {
    const { windows } = this.#streams
    const out = this.#out
    let left = 0
    for (const rest of this.#rests) {
      while (rest.at < rest.body.length && !out.full) {
        const most = Math.min(this.window, windows[rest.slot]!, Frame.usualPayload)
        if (most <= 0) break
        const piece = Math.min(rest.body.length - rest.at, most)
        const last = rest.at + piece === rest.body.length
        out.head(piece, Frame.data, last ? Frame.endStream : 0, rest.stream)
        out.bytes.set(rest.body.subarray(rest.at, rest.at + piece), out.length)
        out.length += piece
        this.window -= piece
        windows[rest.slot]! -= piece
        rest.at += piece
        // Small windows take many updates; those that move a body on are not for nothing.
        this.#patience.grow(2)
      }
      if (rest.at < rest.body.length) this.#rests[left++] = rest
    }
    this.#rests.length = left
  }
}
