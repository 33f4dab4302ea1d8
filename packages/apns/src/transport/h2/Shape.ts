import * as ErrorCode from "./ErrorCode.ts"
import * as Frame from "./Frame.ts"

/** A rule that a server has broken: the RFC's code for it, and which it is. */
export interface Offence {
  readonly code: number
  readonly why: string
}

const protocol = (why: string): Offence => ({ code: ErrorCode.protocolError, why })
const size = (why: string): Offence => ({ code: ErrorCode.frameSizeError, why })

const settingsOnStream = protocol("SETTINGS on a stream")
const settingsAtLength = size("SETTINGS acknowledged at length")
const settingsOdd = size("SETTINGS of odd length")
const updateLength = size("WINDOW_UPDATE of another length")
const resetLength = size("RST_STREAM of another length")
const pingOnStream = protocol("PING on a stream")
const pingLength = size("PING of another length")
const goAwayOnStream = protocol("GOAWAY on a stream")
const goAwayShort = size("GOAWAY too short")
const priorityAlone = protocol("PRIORITY without a stream")
const pushed = protocol("PUSH_PROMISE, and push is off")

/** What is wrong with a frame by itself, whatever came before it (RFC 9113 6), where the whole connection is at fault. */
export const offence = (type: number, flags: number, stream: number, length: number): Offence | undefined => {
  switch (type) {
    case Frame.settings:
      if (stream !== 0) return settingsOnStream
      if ((flags & Frame.ack) !== 0) return length === 0 ? undefined : settingsAtLength
      return length % 6 === 0 ? undefined : settingsOdd
    case Frame.windowUpdate:
      return length === 4 ? undefined : updateLength
    case Frame.rstStream:
      return length === 4 ? undefined : resetLength
    case Frame.ping:
      return stream !== 0 ? pingOnStream : length === 8 ? undefined : pingLength
    case Frame.goAway:
      return stream !== 0 ? goAwayOnStream : length >= 8 ? undefined : goAwayShort
    case Frame.priority:
      return stream === 0 ? priorityAlone : undefined
    case Frame.pushPromise:
      return pushed
  }
  // RFC 9113 5.5: frames of unknown types are ignored.
  return undefined
}
