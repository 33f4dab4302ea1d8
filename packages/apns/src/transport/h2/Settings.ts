import * as ErrorCode from "./ErrorCode.ts"
import * as Frame from "./Frame.ts"
import type { Offence } from "./Shape.ts"

/** What the server's SETTINGS (RFC 9113 6.5.2) change: the last word on each, but all on the table, whose least one counts. */
export interface Settings {
  readonly tableBytes: Array<number>
  streams?: number
  window?: number
  frameBytes?: number
  listBytes?: number
}

/** Reads a payload whose length is right. */
export const read = (bytes: Uint8Array, from: number, to: number): Settings | Offence => {
  const settings: Settings = { tableBytes: [] }
  for (let at = from; at < to; at += 6) {
    const key = (bytes[at]! << 8) | bytes[at + 1]!
    const value = Frame.readUint32(bytes, at + 2)
    switch (key) {
      case 0x1:
        settings.tableBytes.push(value)
        break
      case 0x2:
        // A server may say that it does not push; it cannot make us let it.
        if (value !== 0) return { code: ErrorCode.protocolError, why: "SETTINGS that turn push on" }
        break
      case 0x3:
        settings.streams = value
        break
      case 0x4:
        if (value > Frame.largestWindow) {
          return { code: ErrorCode.flowControlError, why: "too large a first window" }
        }
        settings.window = value
        break
      case 0x5:
        if (value < Frame.usualPayload || value > Frame.largestPayload) {
          return { code: ErrorCode.protocolError, why: "no such frame size" }
        }
        settings.frameBytes = value
        break
      case 0x6:
        settings.listBytes = value
        break
    }
  }
  return settings
}
