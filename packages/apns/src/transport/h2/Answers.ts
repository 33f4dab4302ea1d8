import * as AnswerHead from "./AnswerHead.ts"
import { Block } from "./Block.ts"
import * as ErrorCode from "./ErrorCode.ts"
import * as Frame from "./Frame.ts"
import { Decoder } from "./HpackDecoder.ts"
import * as Table from "./HpackTable.ts"
import { isPush, type Streams } from "./Streams.ts"

/** Whom answers are told, and what is wrong with them. */
export interface Audience {
  /** The whole answer of a stream that is still open. */
  readonly answered: (
    slot: number,
    status: number,
    apnsId: string | undefined,
    uniqueId: string | undefined,
    body: string,
    others: AnswerHead.Others | undefined
  ) => void
  /** The connection is at fault, or a stream alone. */
  readonly fail: (code: number, why: string) => void
  readonly failStream: (stream: number, code: number) => void
  /** A frame that brings nothing. False when it was one too many. */
  readonly spend: () => boolean
  /** So much has been read, of a stream or of all. */
  readonly grant: (stream: number, bytes: number) => void
}

/** What answers may bring before we say that we have read them. Whole answers are some hundred bytes. */
export const connectionWindow = 1 << 20
const streamWindow = Frame.usualWindow

export const limits = { tableBytes: Table.usualBytes, listBytes: 16_384, blockBytes: 16_384 }

/** Puts answers together from the frames in which they come (RFC 9113 8.1). */
export class Answers {
  readonly #streams: Streams<unknown>
  readonly #audience: Audience
  readonly #decoder = new Decoder(limits)
  readonly #head = new AnswerHead.AnswerHead()
  readonly #block = new Block(limits.blockBytes)
  /** Those that come in more than one frame, by slot. */
  readonly #parts = new Map<number, AnswerHead.Part>()
  #unacknowledged = 0

  constructor(streams: Streams<unknown>, audience: Audience) {
    this.#streams = streams
    this.#audience = audience
  }

  /** Whose header block has not come to its end; 0 where none is under way. */
  get unfinished(): number {
    return this.#block.stream
  }

  /** Begins with another buffer, or the same one filled anew up to `end`. */
  begin(bytes: Buffer, end: number): void {
    this.#decoder.begin(bytes, end)
  }

  /** Says how much has been read, once that is worth saying. */
  acknowledge(): void {
    if (this.#unacknowledged <= connectionWindow / 2) return
    this.#audience.grant(0, this.#unacknowledged)
    this.#unacknowledged = 0
  }

  /** Forgets what has come of an answer. */
  drop(slot: number): void {
    if (this.#streams.statuses[slot] !== 0) this.#parts.delete(slot)
  }

  /** The commonest answer by far, in one frame: a push was taken, and this is its id. False where it is another. */
  accepted(bytes: Buffer, stream: number, from: number, to: number): boolean {
    const streams = this.#streams
    if (!streams.isOpen(stream)) return false
    const slot = streams.slotOf(stream)
    if (streams.statuses[slot] !== 0 || (streams.marks[slot]! & isPush) === 0) return false
    const apnsId = this.#decoder.accepted(bytes, from, to)
    if (apnsId === undefined) return false
    this.#audience.answered(slot, 200, apnsId, undefined, "", undefined)
    return true
  }

  headers(bytes: Buffer, flags: number, stream: number, from: number, to: number): void {
    const { fail } = this.#audience
    if (this.#streams.isIdle(stream)) {
      return fail(ErrorCode.protocolError, "HEADERS on a stream never opened")
    }
    let begin = from
    let end = to
    if ((flags & Frame.padded) !== 0) {
      if (begin >= end) return fail(ErrorCode.frameSizeError, "padding without a length")
      end -= bytes[begin++]!
    }
    if ((flags & Frame.withPriority) !== 0) begin += 5
    if (begin > end) {
      return (flags & Frame.padded) !== 0
        ? fail(ErrorCode.protocolError, "more padding than frame")
        : fail(ErrorCode.frameSizeError, "HEADERS too short")
    }
    const last = (flags & Frame.endStream) !== 0
    if ((flags & Frame.endHeaders) !== 0) this.#fields(bytes, begin, end, stream, last)
    else this.#block.begin(stream, last, bytes.subarray(begin, end))
  }

  continuation(bytes: Buffer, flags: number, stream: number, from: number, to: number): void {
    const { fail } = this.#audience
    if (this.#block.stream === 0) return fail(ErrorCode.protocolError, "CONTINUATION of nothing")
    if (!this.#block.add(bytes.subarray(from, to))) {
      return fail(ErrorCode.enhanceYourCalm, "a header block without end")
    }
    if ((flags & Frame.endHeaders) === 0) return
    const whole = this.#block.whole()
    this.#fields(whole, 0, whole.length, stream, this.#block.ends)
  }

  data(bytes: Buffer, flags: number, stream: number, from: number, to: number): void {
    const { fail, failStream, grant, spend } = this.#audience
    if (this.#streams.isIdle(stream)) return fail(ErrorCode.protocolError, "DATA on a stream never opened")
    const length = to - from
    let begin = from
    let end = to
    if ((flags & Frame.padded) !== 0) {
      if (length === 0) return fail(ErrorCode.frameSizeError, "padding without a length")
      end -= bytes[begin++]!
      if (begin > end) return fail(ErrorCode.protocolError, "more padding than frame")
    }
    this.#unacknowledged += length
    if (this.#unacknowledged > connectionWindow) {
      return fail(ErrorCode.flowControlError, "more than the connection's window")
    }
    const streams = this.#streams
    // Some servers send an empty DATA after the end; and what we have reset may still be on its way.
    if (!streams.isOpen(stream)) return this.#late()
    const slot = streams.slotOf(stream)
    const part = this.#parts.get(slot)
    if (part === undefined) return failStream(stream, ErrorCode.protocolError)
    streams.received[slot]! += length
    if (streams.received[slot]! > streamWindow) return failStream(stream, ErrorCode.flowControlError)
    const last = (flags & Frame.endStream) !== 0
    if (end === begin && !last && !spend()) {
      return fail(ErrorCode.enhanceYourCalm, "too many empty frames")
    }
    AnswerHead.keep(part, bytes, begin, end, (streams.marks[slot]! & isPush) !== 0)
    if (part.left >= 0) {
      part.left -= end - begin
      if (part.left < 0) return failStream(stream, ErrorCode.protocolError)
    }
    if (last) return this.#finish(slot)
    if (streams.received[slot]! > streamWindow / 2) {
      grant(stream, streams.received[slot]!)
      streams.received[slot] = 0
    }
  }

  #fields(bytes: Buffer, from: number, to: number, stream: number, last: boolean): void {
    const { answered, fail, failStream } = this.#audience
    const head = this.#head
    const slot = this.#streams.slotOf(stream)
    const open = this.#streams.isOpen(stream)
    head.begin((this.#streams.marks[slot]! & isPush) !== 0)
    // Fields are read even for a stream that is closed: the table must stay what the server thinks it is.
    const code = this.#decoder.decode(bytes, from, to, head)
    if (code !== ErrorCode.noError) return fail(code, "a header block cannot be read")
    if (!open) return this.#late()
    const { status } = head
    if (this.#streams.statuses[slot] !== 0) {
      // Trailers (RFC 9113 8.1): they end the stream and hold no pseudo-fields.
      if (!last || status !== 0 || head.malformed) return failStream(stream, ErrorCode.protocolError)
      return this.#finish(slot)
    }
    if (head.malformed || status === 0) return failStream(stream, ErrorCode.protocolError)
    if (status < 200) {
      // RFC 9113 8.6: HTTP/2 has no 101.
      if (last || status === 101) return failStream(stream, ErrorCode.protocolError)
      return this.#late()
    }
    if (!last) {
      this.#streams.statuses[slot] = status
      this.#parts.set(slot, AnswerHead.part(head))
      return
    }
    if (head.announced > 0) return failStream(stream, ErrorCode.protocolError)
    const { apnsId, others, uniqueId } = head
    answered(slot, status, apnsId, uniqueId, "", others)
  }

  /** A stream's answer is whole. */
  #finish(slot: number): void {
    const part = this.#parts.get(slot)!
    const status = this.#streams.statuses[slot]!
    if (part.left > 0) return this.#audience.failStream(this.#streams.idIn(slot), ErrorCode.protocolError)
    const body = part.body.toString("utf8", 0, part.kept)
    this.#audience.answered(slot, status, part.apnsId, part.uniqueId, body, part.others)
  }

  /** A frame that belongs to no open stream any more. */
  #late(): void {
    if (!this.#audience.spend()) {
      this.#audience.fail(ErrorCode.enhanceYourCalm, "too many frames for nothing")
    }
  }
}
