import type { Others } from "./AnswerHead.ts"

/** Told what has been received, within the call that receives it. May open and reset streams at once. */
export interface Listener<T> {
  /** SETTINGS have come: so many streams may be open at once. */
  readonly settings: (streams: number) => void
  /** `others` are all fields of an answer to anything but a push to a device, and of an answer other than 200. */
  readonly answered: (
    tag: T,
    status: number,
    apnsId: string | undefined,
    uniqueId: string | undefined,
    body: string,
    others: Others | undefined
  ) => void
  /**
   * A stream has ended without a whole answer. `unread` says that the server has certainly not acted on it; `status` is
   * that of a head whose body never came, or 0.
   */
  readonly broken: (tag: T, unread: boolean, status: number) => void
  readonly ponged: () => void
  /** The server has seen this many of the streams that were reset end. */
  readonly ended: (streams: number) => void
  /** A GOAWAY. The streams above the last come back as `broken` right after. */
  readonly wentAway: (lastStream: number, code: number, debug: string) => void
  /** The server has broken the rules. A GOAWAY with this code is the last thing to be sent. */
  readonly failed: (code: number, why: string) => void
}
