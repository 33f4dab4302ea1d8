import { bytesOf } from "../../Body.ts"
import * as AnswerHead from "./AnswerHead.ts"
import { Block } from "./Block.ts"
import { Crowd } from "./Crowd.ts"
import * as ErrorCode from "./ErrorCode.ts"
import * as Frame from "./Frame.ts"
import { Decoder } from "./HpackDecoder.ts"
import * as Table from "./HpackTable.ts"
import { Output } from "./Output.ts"
import { Patience } from "./Patience.ts"
import { type Message, RequestWriter } from "./RequestWriter.ts"
import { mostStreams, slots, Streams } from "./Streams.ts"

export { mostStreams } from "./Streams.ts"
export type { Message } from "./RequestWriter.ts"
export type { Others } from "./AnswerHead.ts"

/**
 * The client's side of one HTTP/2 connection (RFC 9113), with no socket, no clock and no timer: bytes in, what they mean
 * out, bytes out.
 *
 * It sends what a push needs and understands whatever a server may say. A server that breaks the rules is told so with the
 * RFC's code and heard no more. Whatever it says, memory stays within what is allotted here, and nothing throws.
 */

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
    others: AnswerHead.Others | undefined
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

export interface Options {
  readonly authority: string
  /** How many bytes a write carries before requests wait for the next. */
  readonly writeBytes?: number
}

/** What {@link Client.open} returns for a request that HTTP/2 does not carry. */
export const unsendable = -1

/** What answers may bring before we say that we have read them. Whole answers are some hundred bytes. */
const connectionWindow = 1 << 20
const streamWindow = Frame.usualWindow

const limits = { tableBytes: Table.usualBytes, listBytes: 16_384, blockBytes: 16_384 }
const mostDebugBytes = 256

const settings = [
  [0x2, 0],
  [0x6, limits.listBytes]
] as const

/** A push to a device: nobody wants the other fields of its answer, or a long body. */
const isPush = 1
/** Opened where a server that still counts ended streams may have counted one too many. */
const onTrust = 2

const devicePath = "/3/device/"

/** A body that a window or a write had no room for. */
interface Rest {
  readonly slot: number
  readonly stream: number
  readonly body: Uint8Array
  at: number
}

export class Client<T> implements Frame.Visitor {
  readonly #listener: Listener<T>
  readonly #splitter = new Frame.Splitter()
  readonly #decoder = new Decoder(limits)
  readonly #head = new AnswerHead.AnswerHead()
  readonly #block = new Block(limits.blockBytes)
  readonly #writer: RequestWriter
  readonly #out: Output
  readonly #streams = new Streams<T>()
  readonly #crowd = new Crowd()
  readonly #patience = new Patience()
  /** Answers that come in more than one frame, by slot. */
  readonly #parts = new Map<number, AnswerHead.Part>()

  #over = false
  #heard = false
  #goingAway = false
  #lastStream = Frame.lastStream
  /** Streams from here on have not left this object. */
  #unsent = 1
  #pinged = false

  #peerWindow = Frame.usualWindow
  #sendWindow = Frame.usualWindow
  #unacknowledged = 0
  #rests: Array<Rest> = []

  constructor({ authority, writeBytes }: Options, listener: Listener<T>) {
    this.#listener = listener
    this.#writer = new RequestWriter(authority)
    this.#out = new Output(writeBytes)
    this.#out.settings(settings)
    this.#grant(0, connectionWindow - Frame.usualWindow)
  }

  /** No more is read and no stream is opened: the server broke the rules, or the connection is lost. */
  get over(): boolean {
    return this.#over
  }

  /** Streams under way. */
  get busy(): number {
    return this.#streams.busy
  }

  /** How many streams the server has room for. */
  get room(): number {
    return this.#crowd.room(this.#streams.busy)
  }

  /** Whether a stream can be opened, as far as windows, ids and the next write go. How many, is for others to say. */
  get ready(): boolean {
    return (
      this.#heard &&
      !this.#over &&
      !this.#goingAway &&
      !this.#out.full &&
      // With nothing under way one is opened even so: its deadline is then what ends a window that stays shut.
      (this.#sendWindow > 0 || this.#streams.busy === 0) &&
      this.#streams.busy < mostStreams &&
      !this.exhausted
    )
  }

  /** Whether a body waits for a window, or the next one would. */
  get blocked(): boolean {
    return this.#sendWindow <= 0 || this.#rests.length > 0
  }

  /** Stream ids are used up (RFC 9113 5.1.1), or too many were refused: this connection opens no more. */
  get exhausted(): boolean {
    return this.#streams.next > Frame.lastStream - 2 * slots || this.#crowd.exhausted
  }

  /** The open streams. */
  [Symbol.iterator](): IterableIterator<readonly [stream: number, tag: T]> {
    return this.#streams[Symbol.iterator]()
  }

  /** Writes a request into the next write. Returns its stream, 0 when there is no room for it, or {@link unsendable}. */
  open(message: Message, authorization: string, tag: T): number {
    if (!this.ready) return 0
    const { body } = message
    const length = body.length
    const whole =
      length <= this.#sendWindow &&
      length <= this.#peerWindow &&
      length <= Frame.usualPayload &&
      this.#rests.length === 0
    const stream = this.#streams.reserve()
    const end = this.#writer.write(this.#out, message, authorization, stream, whole)
    if (end < 0) return unsendable
    this.#out.request(end)
    const crowded = this.#crowd.crowded(this.#streams.busy) ? onTrust : 0
    const push = message.path === devicePath || message.path.startsWith(devicePath) ? isPush : 0
    this.#patience.grow()
    if (whole) {
      this.#streams.add(stream, tag, this.#peerWindow - length, push | crowded)
      this.#sendWindow -= length
    } else {
      this.#streams.add(stream, tag, this.#peerWindow, push | crowded)
      if (length > 0) {
        this.#rests.push({ slot: this.#streams.slotOf(stream), stream, body: bytesOf(body), at: 0 })
        this.#pump()
      }
    }
    return stream
  }

  /**
   * Gives a stream up. Nothing is said about it any more, but that it has ended: a server may count it until it has read
   * so (Node's refuses the next as one too many), which it has when it answers a ping that was sent later.
   */
  reset(stream: number, code: number = ErrorCode.cancel): void {
    if (!this.#streams.isOpen(stream)) return
    this.#free(this.#streams.slotOf(stream))
    this.#tell(stream, code)
    this.#crowd.reset()
    this.ping()
  }

  ping(): void {
    if (this.#over || this.#pinged || !this.#out.fits(17)) return
    this.#pinged = true
    this.#crowd.pinged()
    this.#out.ping(0)
  }

  /** Says goodbye and opens no more streams. What is under way may still be answered. */
  goAway(code: number = ErrorCode.noError): void {
    if (this.#over) return
    this.#goingAway = true
    this.#farewell(code, "")
  }

  /** Says that some time has passed. */
  refresh(): void {
    this.#patience.refresh()
  }

  /**
   * What is to be written next, if anything. It stays as it is until `take` is called once more, so that must wait until
   * it is written.
   */
  take(): Buffer | undefined {
    if (this.#rests.length > 0) this.#pump()
    if (this.#crowd.writing(this.#streams.busy)) this.ping()
    this.#unsent = this.#streams.next
    return this.#out.take()
  }

  /** Takes what has arrived: the first `length` bytes of a buffer, which may be filled anew afterwards. */
  receive(bytes: Buffer, length: number = bytes.length): void {
    if (this.#over) return
    this.#decoder.begin(bytes, length)
    this.#splitter.push(bytes, this, length)
    if (this.#over) return
    if (this.#unacknowledged > connectionWindow / 2) {
      this.#grant(0, this.#unacknowledged)
      this.#unacknowledged = 0
    }
    if (this.#rests.length > 0) this.#pump()
  }

  /** The connection is gone: every open stream comes back as broken. */
  lose(): void {
    this.#over = true
    const ended = this.#crowd.forget()
    if (ended > 0) this.#listener.ended(ended)
    this.#break(0)
  }

  // ------------------------------------------------------------------ frames

  frame(bytes: Buffer, type: number, flags: number, stream: number, from: number, to: number): void {
    if (type === Frame.headers && flags === (Frame.endHeaders | Frame.endStream) && this.#heard) {
      if (this.#block.stream === 0 && this.#accepted(bytes, stream, from, to)) return
    }
    if (!this.#heard && (type !== Frame.settings || (flags & Frame.ack) !== 0)) {
      return this.#fail(ErrorCode.protocolError, "the first frame is not SETTINGS")
    }
    if (this.#block.stream !== 0 && (type !== Frame.continuation || stream !== this.#block.stream)) {
      return this.#fail(ErrorCode.protocolError, "a header block was not finished")
    }
    switch (type) {
      case Frame.headers:
        return this.#headers(bytes, flags, stream, from, to)
      case Frame.data:
        return this.#data(bytes, flags, stream, from, to)
    }
    if (!this.#patience.spend()) return this.#fail(ErrorCode.enhanceYourCalm, "too many frames for nothing")
    switch (type) {
      case Frame.settings:
        return this.#settings(bytes, flags, stream, from, to)
      case Frame.windowUpdate:
        return this.#windowUpdate(bytes, stream, from, to)
      case Frame.rstStream:
        return this.#rstStream(bytes, stream, from, to)
      case Frame.ping:
        return this.#ping(bytes, flags, stream, from, to)
      case Frame.goAway:
        return this.#goAway(bytes, stream, from, to)
      case Frame.continuation:
        return this.#continuation(bytes, flags, stream, from, to)
      case Frame.priority:
        if (stream === 0) return this.#fail(ErrorCode.protocolError, "PRIORITY without a stream")
        if (to - from !== 5) this.#failStream(stream, ErrorCode.frameSizeError)
        return
      case Frame.pushPromise:
        return this.#fail(ErrorCode.protocolError, "PUSH_PROMISE, and push is off")
    }
    // RFC 9113 5.5: frames of unknown types are ignored.
  }

  tooLong(): void {
    this.#fail(ErrorCode.frameSizeError, "a frame is longer than allowed")
  }

  /** Whether a stream has never been opened, by us or at all. */
  #idle(stream: number): boolean {
    return stream === 0 || (stream & 1) === 0 || stream >= this.#streams.next
  }

  /** The commonest answer by far, in one frame: a push was taken, and this is its id. False where it is another. */
  #accepted(bytes: Buffer, stream: number, from: number, to: number): boolean {
    const streams = this.#streams
    if (!streams.isOpen(stream)) return false
    const slot = streams.slotOf(stream)
    if (streams.statuses[slot] !== 0 || (streams.marks[slot]! & isPush) === 0) return false
    const apnsId = this.#decoder.accepted(bytes, from, to)
    if (apnsId === undefined) return false
    this.#crowd.answered()
    this.#listener.answered(this.#free(slot), 200, apnsId, undefined, "", undefined)
    return true
  }

  #headers(bytes: Buffer, flags: number, stream: number, from: number, to: number): void {
    if (this.#idle(stream)) return this.#fail(ErrorCode.protocolError, "HEADERS on a stream never opened")
    let begin = from
    let end = to
    if ((flags & Frame.padded) !== 0) {
      if (begin >= end) return this.#fail(ErrorCode.frameSizeError, "padding without a length")
      end -= bytes[begin++]!
    }
    if ((flags & Frame.withPriority) !== 0) begin += 5
    if (begin > end) {
      return (flags & Frame.padded) !== 0
        ? this.#fail(ErrorCode.protocolError, "more padding than frame")
        : this.#fail(ErrorCode.frameSizeError, "HEADERS too short")
    }
    const last = (flags & Frame.endStream) !== 0
    if ((flags & Frame.endHeaders) !== 0) this.#fields(bytes, begin, end, stream, last)
    else this.#block.begin(stream, last, bytes.subarray(begin, end))
  }

  #continuation(bytes: Buffer, flags: number, stream: number, from: number, to: number): void {
    if (this.#block.stream === 0) return this.#fail(ErrorCode.protocolError, "CONTINUATION of nothing")
    if (!this.#block.add(bytes.subarray(from, to))) {
      return this.#fail(ErrorCode.enhanceYourCalm, "a header block without end")
    }
    if ((flags & Frame.endHeaders) === 0) return
    const whole = this.#block.whole()
    this.#fields(whole, 0, whole.length, stream, this.#block.ends)
  }

  #fields(bytes: Buffer, from: number, to: number, stream: number, last: boolean): void {
    const head = this.#head
    const slot = this.#streams.slotOf(stream)
    const open = this.#streams.isOpen(stream)
    head.begin((this.#streams.marks[slot]! & isPush) !== 0)
    // Fields are read even for a stream that is closed: the table must stay what the server thinks it is.
    const code = this.#decoder.decode(bytes, from, to, head)
    if (code !== ErrorCode.noError) return this.#fail(code, "a header block cannot be read")
    if (!open) return this.#late()
    const { status } = head
    if (this.#streams.statuses[slot] !== 0) {
      // Trailers (RFC 9113 8.1): they end the stream and hold no pseudo-fields.
      if (!last || status !== 0 || head.malformed) return this.#failStream(stream, ErrorCode.protocolError)
      return this.#finish(slot)
    }
    if (head.malformed || status === 0) return this.#failStream(stream, ErrorCode.protocolError)
    if (status < 200) {
      // RFC 9113 8.6: HTTP/2 has no 101.
      if (last || status === 101) return this.#failStream(stream, ErrorCode.protocolError)
      return this.#late()
    }
    if (!last) {
      this.#streams.statuses[slot] = status
      this.#parts.set(slot, AnswerHead.part(head))
      return
    }
    if (head.announced > 0) return this.#failStream(stream, ErrorCode.protocolError)
    this.#crowd.answered()
    const { apnsId, others, uniqueId } = head
    this.#listener.answered(this.#free(slot), status, apnsId, uniqueId, "", others)
  }

  #data(bytes: Buffer, flags: number, stream: number, from: number, to: number): void {
    if (this.#idle(stream)) return this.#fail(ErrorCode.protocolError, "DATA on a stream never opened")
    const length = to - from
    let begin = from
    let end = to
    if ((flags & Frame.padded) !== 0) {
      if (length === 0) return this.#fail(ErrorCode.frameSizeError, "padding without a length")
      end -= bytes[begin++]!
      if (begin > end) return this.#fail(ErrorCode.protocolError, "more padding than frame")
    }
    this.#unacknowledged += length
    if (this.#unacknowledged > connectionWindow) {
      return this.#fail(ErrorCode.flowControlError, "more than the connection's window")
    }
    const streams = this.#streams
    // Some servers send an empty DATA after the end; and what we have reset may still be on its way.
    if (!streams.isOpen(stream)) return this.#late()
    const slot = streams.slotOf(stream)
    const part = this.#parts.get(slot)
    if (part === undefined) return this.#failStream(stream, ErrorCode.protocolError)
    streams.received[slot]! += length
    if (streams.received[slot]! > streamWindow) return this.#failStream(stream, ErrorCode.flowControlError)
    const last = (flags & Frame.endStream) !== 0
    if (end === begin && !last && !this.#patience.spend()) {
      return this.#fail(ErrorCode.enhanceYourCalm, "too many empty frames")
    }
    AnswerHead.keep(part, bytes, begin, end, (streams.marks[slot]! & isPush) !== 0)
    if (part.left >= 0) {
      part.left -= end - begin
      if (part.left < 0) return this.#failStream(stream, ErrorCode.protocolError)
    }
    if (last) return this.#finish(slot)
    if (streams.received[slot]! > streamWindow / 2) {
      this.#grant(stream, streams.received[slot]!)
      streams.received[slot] = 0
    }
  }

  #settings(bytes: Buffer, flags: number, stream: number, from: number, to: number): void {
    if (stream !== 0) return this.#fail(ErrorCode.protocolError, "SETTINGS on a stream")
    if ((flags & Frame.ack) !== 0) {
      if (from !== to) this.#fail(ErrorCode.frameSizeError, "SETTINGS acknowledged at length")
      return
    }
    if ((to - from) % 6 !== 0) return this.#fail(ErrorCode.frameSizeError, "SETTINGS of odd length")
    let window = this.#peerWindow
    for (let at = from; at < to; at += 6) {
      const key = (bytes[at]! << 8) | bytes[at + 1]!
      const value = Frame.readUint32(bytes, at + 2)
      switch (key) {
        case 0x1:
          this.#writer.resize(value)
          break
        case 0x2:
          // A server may say that it does not push; it cannot make us let it.
          if (value !== 0) return this.#fail(ErrorCode.protocolError, "SETTINGS that turn push on")
          break
        case 0x3:
          this.#crowd.allow(value)
          break
        case 0x4:
          if (value > Frame.largestWindow)
            return this.#fail(ErrorCode.flowControlError, "too large a first window")
          window = value
          break
        case 0x5:
          if (value < Frame.usualPayload || value > Frame.largestPayload) {
            return this.#fail(ErrorCode.protocolError, "no such frame size")
          }
          this.#writer.peerFrame = value
          break
        case 0x6:
          this.#writer.peerList = value
          break
      }
    }
    if (!this.#resize(window)) return
    this.#heard = true
    if (!this.#reply(Frame.headBytes)) return
    this.#out.head(0, Frame.settings, Frame.ack, 0)
    this.#listener.settings(this.#crowd.limit)
  }

  /**
   * RFC 9113 6.9.2: open streams are given the difference, which may leave them less than nothing. Once for all entries of a
   * frame, since it holds thousands of them.
   */
  #resize(window: number): boolean {
    const more = window - this.#peerWindow
    if (more === 0) return true
    this.#peerWindow = window
    const { windows } = this.#streams
    for (const [stream] of this.#streams) {
      const slot = this.#streams.slotOf(stream)
      windows[slot]! += more
      if (windows[slot]! > Frame.largestWindow) {
        this.#fail(ErrorCode.flowControlError, "a stream's window overflows")
        return false
      }
    }
    return true
  }

  #windowUpdate(bytes: Buffer, stream: number, from: number, to: number): void {
    if (to - from !== 4) return this.#fail(ErrorCode.frameSizeError, "WINDOW_UPDATE of another length")
    const more = Frame.readUint31(bytes, from)
    if (stream === 0) {
      if (more === 0) return this.#fail(ErrorCode.protocolError, "WINDOW_UPDATE of nothing")
      if (this.#sendWindow + more > Frame.largestWindow) {
        return this.#fail(ErrorCode.flowControlError, "the connection's window overflows")
      }
      this.#sendWindow += more
      return
    }
    if (this.#idle(stream)) {
      return this.#fail(ErrorCode.protocolError, "WINDOW_UPDATE on a stream never opened")
    }
    if (!this.#streams.isOpen(stream)) return
    const slot = this.#streams.slotOf(stream)
    if (more === 0) return this.#failStream(stream, ErrorCode.protocolError)
    if (this.#streams.windows[slot]! + more > Frame.largestWindow) {
      return this.#failStream(stream, ErrorCode.flowControlError)
    }
    this.#streams.windows[slot]! += more
  }

  #rstStream(bytes: Buffer, stream: number, from: number, to: number): void {
    if (to - from !== 4) return this.#fail(ErrorCode.frameSizeError, "RST_STREAM of another length")
    if (this.#idle(stream)) return this.#fail(ErrorCode.protocolError, "RST_STREAM on a stream never opened")
    if (!this.#streams.isOpen(stream)) return
    const slot = this.#streams.slotOf(stream)
    const status = this.#streams.statuses[slot]!
    const refused = this.#isRefusal(Frame.readUint32(bytes, from), slot)
    if (refused) this.#crowd.refused(this.#streams.busy)
    this.#listener.broken(this.#free(slot), refused && status === 0, status)
  }

  /**
   * Whether the server says that it has not read a stream. RFC 9113 8.7 promises that of REFUSED_STREAM alone.
   *
   * Node's server says ENHANCE_YOUR_CALM instead, to a stream that it counts as one too many, before it reads it. That is
   * believed of a stream only that was opened on trust: where this connection already had as many as the server allows,
   * counting those that had ended and that the server was not yet known to have seen end. To any other stream the code
   * promises nothing, and its push may have been acted on.
   */
  #isRefusal(code: number, slot: number): boolean {
    return (
      code === ErrorCode.refusedStream ||
      (code === ErrorCode.enhanceYourCalm && (this.#streams.marks[slot]! & onTrust) !== 0)
    )
  }

  #ping(bytes: Buffer, flags: number, stream: number, from: number, to: number): void {
    if (stream !== 0) return this.#fail(ErrorCode.protocolError, "PING on a stream")
    if (to - from !== 8) return this.#fail(ErrorCode.frameSizeError, "PING of another length")
    if ((flags & Frame.ack) === 0) {
      if (this.#reply(Frame.headBytes + 8)) this.#out.ping(Frame.ack, bytes.subarray(from, to))
    } else if (this.#pinged) {
      this.#pinged = false
      const [ended, more] = this.#crowd.ponged()
      if (more) this.ping()
      this.#listener.ponged()
      if (ended > 0) this.#listener.ended(ended)
    }
  }

  #goAway(bytes: Buffer, stream: number, from: number, to: number): void {
    if (stream !== 0) return this.#fail(ErrorCode.protocolError, "GOAWAY on a stream")
    if (to - from < 8) return this.#fail(ErrorCode.frameSizeError, "GOAWAY too short")
    this.#goingAway = true
    // RFC 9113 6.8: the last stream never goes up again.
    this.#lastStream = Math.min(this.#lastStream, Frame.readUint31(bytes, from))
    const debug = bytes.toString("latin1", from + 8, Math.min(to, from + 8 + mostDebugBytes))
    this.#listener.wentAway(this.#lastStream, Frame.readUint32(bytes, from + 4), debug)
    this.#break(this.#lastStream + 1)
  }

  // ------------------------------------------------------------------ ends

  /** A stream's answer is whole. */
  #finish(slot: number): void {
    const part = this.#parts.get(slot)!
    const status = this.#streams.statuses[slot]!
    if (part.left > 0) return this.#failStream(this.#streams.idIn(slot), ErrorCode.protocolError)
    this.#crowd.answered()
    const body = part.body.toString("utf8", 0, part.kept)
    this.#listener.answered(this.#free(slot), status, part.apnsId, part.uniqueId, body, part.others)
  }

  #free(slot: number): T {
    const stream = this.#streams.idIn(slot)
    if (this.#streams.statuses[slot] !== 0) this.#parts.delete(slot)
    this.#crowd.ended()
    if (this.#rests.length > 0) {
      const rest = this.#rests.findIndex((rest) => rest.stream === stream)
      if (rest >= 0) {
        this.#rests.splice(rest, 1)
        // Answered before it was read to its end (RFC 9113 8.1): what is left of it is not worth sending.
        this.#tell(stream, ErrorCode.cancel)
      }
    }
    return this.#streams.remove(slot)
  }

  /** A frame that belongs to no open stream any more. */
  #late(): void {
    if (!this.#patience.spend()) this.#fail(ErrorCode.enhanceYourCalm, "too many frames for nothing")
  }

  /** RFC 9113 5.4.2: the stream alone is at fault. */
  #failStream(stream: number, code: number): void {
    if (!this.#patience.spend()) return this.#fail(ErrorCode.enhanceYourCalm, "too many broken streams")
    if (!this.#streams.isOpen(stream)) return
    const slot = this.#streams.slotOf(stream)
    const status = this.#streams.statuses[slot]!
    const tag = this.#free(slot)
    this.#tell(stream, code)
    this.#listener.broken(tag, false, status)
  }

  /** RFC 9113 5.4.1: the whole connection is at fault. */
  #fail(code: number, why: string): void {
    if (this.#over) return
    this.#farewell(code, why)
    this.#over = true
    this.#listener.failed(code, why)
  }

  /** Ends every stream from this one on, in the order in which they were opened. */
  #break(first: number): void {
    // Whoever is told may open new ones at once; those are not meant.
    for (const stream of this.#streams.from(first)) {
      if (!this.#streams.isOpen(stream)) continue
      const slot = this.#streams.slotOf(stream)
      const status = this.#streams.statuses[slot]!
      const unread = status === 0 && (stream > this.#lastStream || stream >= this.#unsent)
      const rest = this.#rests.findIndex((rest) => rest.stream === stream)
      if (rest >= 0) this.#rests.splice(rest, 1)
      this.#listener.broken(this.#free(slot), unread, status)
    }
  }

  // ------------------------------------------------------------------ writing

  /** Sends as much of the waiting bodies as windows and the next write have room for. */
  #pump(): void {
    if (this.#over) return
    const { windows } = this.#streams
    const out = this.#out
    let left = 0
    for (const rest of this.#rests) {
      while (rest.at < rest.body.length && !out.full) {
        const most = Math.min(this.#sendWindow, windows[rest.slot]!, Frame.usualPayload)
        if (most <= 0) break
        const piece = Math.min(rest.body.length - rest.at, most)
        const last = rest.at + piece === rest.body.length
        out.head(piece, Frame.data, last ? Frame.endStream : 0, rest.stream)
        out.bytes.set(rest.body.subarray(rest.at, rest.at + piece), out.length)
        out.length += piece
        this.#sendWindow -= piece
        windows[rest.slot]! -= piece
        rest.at += piece
        // Small windows take many updates; those that move a body on are not for nothing.
        this.#patience.grow(2)
      }
      if (rest.at < rest.body.length) this.#rests[left++] = rest
    }
    this.#rests.length = left
  }

  /** Makes sure of room for a frame that the server has called for. One that calls for too many and reads none is refused. */
  #reply(bytes: number): boolean {
    if (this.#out.fits(bytes + 64)) return true
    this.#fail(ErrorCode.enhanceYourCalm, "asks and does not listen")
    return false
  }

  #tell(stream: number, code: number): void {
    if (!this.#over && this.#reply(13)) this.#out.number(Frame.rstStream, stream, code)
  }

  #grant(stream: number, more: number): void {
    if (this.#reply(13)) this.#out.number(Frame.windowUpdate, stream, more)
  }

  /** Takes the place of requests that have not left: they come back unread, and so must stay so. */
  #farewell(code: number, why: string): void {
    this.#out.withdraw()
    if (this.#out.fits(Frame.headBytes + 8 + why.length)) this.#out.goAway(code, why)
  }
}
