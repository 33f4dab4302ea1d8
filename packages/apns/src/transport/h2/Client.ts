import { bytesOf } from "../../Body.ts"
import { Answers, connectionWindow, limits } from "./Answers.ts"
import { Bodies } from "./Bodies.ts"
import { Crowd, isRefusal } from "./Crowd.ts"
import * as ErrorCode from "./ErrorCode.ts"
import * as Frame from "./Frame.ts"
import type { Listener } from "./Listener.ts"
import { Output } from "./Output.ts"
import { Patience } from "./Patience.ts"
import { type Message, RequestWriter } from "./RequestWriter.ts"
import * as Settings from "./Settings.ts"
import * as Shape from "./Shape.ts"
import { isPush, mostStreams, onTrust, slots, Streams } from "./Streams.ts"

export { mostStreams } from "./Streams.ts"
export type { Listener } from "./Listener.ts"
export type { Message } from "./RequestWriter.ts"
export type { Others } from "./AnswerHead.ts"

/**
 * The client's side of one HTTP/2 connection (RFC 9113), with no socket, no clock and no timer: bytes in, what they mean
 * out, bytes out.
 *
 * It sends what a push needs and understands whatever a server may say. A server that breaks the rules is told so with the
 * RFC's code and heard no more. Whatever it says, memory stays within what is allotted here, and nothing throws.
 */

export interface Options {
  readonly authority: string
  /** How many bytes a write carries before requests wait for the next. */
  readonly writeBytes?: number
}

/** What {@link Client.open} returns for a request that HTTP/2 does not carry. */
export const unsendable = -1

const mostDebugBytes = 256

const settings = [
  [0x2, 0],
  [0x6, limits.listBytes]
] as const

const devicePath = "/3/device/"

export class Client<T> implements Frame.Visitor {
  readonly #listener: Listener<T>
  readonly #splitter = new Frame.Splitter()
  readonly #writer: RequestWriter
  readonly #out: Output
  readonly #streams = new Streams<T>()
  readonly #crowd = new Crowd()
  readonly #patience = new Patience()
  readonly #bodies: Bodies
  readonly #answers: Answers

  #over = false
  #heard = false
  #goingAway = false
  #lastStream = Frame.lastStream
  /** Streams from here on have not left this object. */
  #unsent = 1
  #pinged = false

  constructor({ authority, writeBytes }: Options, listener: Listener<T>) {
    this.#listener = listener
    this.#writer = new RequestWriter(authority)
    this.#out = new Output(writeBytes)
    this.#bodies = new Bodies(this.#streams, this.#out, this.#patience)
    this.#answers = new Answers(this.#streams, {
      answered: (slot, status, apnsId, uniqueId, body, others) => {
        this.#crowd.answered()
        listener.answered(this.#free(slot), status, apnsId, uniqueId, body, others)
      },
      fail: (code, why) => this.#fail(code, why),
      failStream: (stream, code) => this.#failStream(stream, code),
      spend: () => this.#patience.spend(),
      grant: (stream, bytes) => this.#grant(stream, bytes)
    })
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
      (this.#bodies.window > 0 || this.#streams.busy === 0) &&
      this.#streams.busy < mostStreams &&
      !this.exhausted
    )
  }

  /** Whether a body waits for a window, or the next one would. */
  get blocked(): boolean {
    return this.#bodies.window <= 0 || this.#bodies.waiting
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
    const bodies = this.#bodies
    const { length } = body
    const whole = bodies.fits(length)
    const stream = this.#streams.reserve()
    const end = this.#writer.write(this.#out, message, authorization, stream, whole)
    if (end < 0) return unsendable
    this.#out.request(end)
    const crowded = this.#crowd.crowded(this.#streams.busy) ? onTrust : 0
    const push = message.path === devicePath || message.path.startsWith(devicePath) ? isPush : 0
    this.#patience.grow()
    this.#streams.add(stream, tag, whole ? bodies.firstWindow - length : bodies.firstWindow, push | crowded)
    if (whole) bodies.window -= length
    else if (length > 0) bodies.wait(stream, bytesOf(body))
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
    this.#pump()
    if (this.#crowd.writing(this.#streams.busy)) this.ping()
    this.#unsent = this.#streams.next
    return this.#out.take()
  }

  /** Takes what has arrived: the first `length` bytes of a buffer, which may be filled anew afterwards. */
  receive(bytes: Buffer, length: number = bytes.length): void {
    if (this.#over) return
    this.#answers.begin(bytes, length)
    this.#splitter.push(bytes, this, length)
    if (this.#over) return
    this.#answers.acknowledge()
    this.#pump()
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
    const answers = this.#answers
    if (type === Frame.headers && flags === (Frame.endHeaders | Frame.endStream) && this.#heard) {
      if (answers.unfinished === 0 && answers.accepted(bytes, stream, from, to)) return
    }
    if (!this.#heard && (type !== Frame.settings || (flags & Frame.ack) !== 0)) {
      return this.#fail(ErrorCode.protocolError, "the first frame is not SETTINGS")
    }
    if (answers.unfinished !== 0 && (type !== Frame.continuation || stream !== answers.unfinished)) {
      return this.#fail(ErrorCode.protocolError, "a header block was not finished")
    }
    switch (type) {
      case Frame.headers:
        return answers.headers(bytes, flags, stream, from, to)
      case Frame.data:
        return answers.data(bytes, flags, stream, from, to)
    }
    if (!this.#patience.spend()) return this.#fail(ErrorCode.enhanceYourCalm, "too many frames for nothing")
    const offence = Shape.offence(type, flags, stream, to - from)
    if (offence !== undefined) return this.#fail(offence.code, offence.why)
    switch (type) {
      case Frame.settings:
        return this.#settings(bytes, flags, from, to)
      case Frame.windowUpdate:
        return this.#windowUpdate(stream, Frame.readUint31(bytes, from))
      case Frame.rstStream:
        return this.#rstStream(stream, Frame.readUint32(bytes, from))
      case Frame.ping:
        return this.#ping(bytes, flags, from, to)
      case Frame.goAway:
        return this.#goAway(bytes, from, to)
      case Frame.continuation:
        return answers.continuation(bytes, flags, stream, from, to)
      case Frame.priority:
        if (to - from !== 5) this.#failStream(stream, ErrorCode.frameSizeError)
    }
  }

  tooLong(): void {
    this.#fail(ErrorCode.frameSizeError, "a frame is longer than allowed")
  }

  #settings(bytes: Buffer, flags: number, from: number, to: number): void {
    if ((flags & Frame.ack) !== 0) return
    const read = Settings.read(bytes, from, to)
    if ("code" in read) return this.#fail(read.code, read.why)
    for (const tableBytes of read.tableBytes) this.#writer.resize(tableBytes)
    if (read.streams !== undefined) this.#crowd.allow(read.streams)
    if (read.frameBytes !== undefined) this.#writer.peerFrame = read.frameBytes
    if (read.listBytes !== undefined) this.#writer.peerList = read.listBytes
    if (read.window !== undefined && !this.#bodies.resize(read.window)) {
      return this.#fail(ErrorCode.flowControlError, "a stream's window overflows")
    }
    this.#heard = true
    if (!this.#reply(Frame.headBytes)) return
    this.#out.head(0, Frame.settings, Frame.ack, 0)
    this.#listener.settings(this.#crowd.limit)
  }

  #windowUpdate(stream: number, more: number): void {
    if (stream === 0) {
      if (more === 0) return this.#fail(ErrorCode.protocolError, "WINDOW_UPDATE of nothing")
      if (this.#bodies.window + more > Frame.largestWindow) {
        return this.#fail(ErrorCode.flowControlError, "the connection's window overflows")
      }
      this.#bodies.window += more
      return
    }
    if (this.#streams.isIdle(stream)) {
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

  #rstStream(stream: number, code: number): void {
    if (this.#streams.isIdle(stream)) {
      return this.#fail(ErrorCode.protocolError, "RST_STREAM on a stream never opened")
    }
    if (!this.#streams.isOpen(stream)) return
    const slot = this.#streams.slotOf(stream)
    const status = this.#streams.statuses[slot]!
    const refused = isRefusal(code, this.#streams.marks[slot]!)
    if (refused) this.#crowd.refused(this.#streams.busy)
    this.#listener.broken(this.#free(slot), refused && status === 0, status)
  }

  #ping(bytes: Buffer, flags: number, from: number, to: number): void {
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

  #goAway(bytes: Buffer, from: number, to: number): void {
    this.#goingAway = true
    // RFC 9113 6.8: the last stream never goes up again.
    this.#lastStream = Math.min(this.#lastStream, Frame.readUint31(bytes, from))
    const debug = bytes.toString("latin1", from + 8, Math.min(to, from + 8 + mostDebugBytes))
    this.#listener.wentAway(this.#lastStream, Frame.readUint32(bytes, from + 4), debug)
    this.#break(this.#lastStream + 1)
  }

  // ------------------------------------------------------------------ ends

  #free(slot: number): T {
    const stream = this.#streams.idIn(slot)
    this.#answers.drop(slot)
    this.#crowd.ended()
    // Answered before it was read to its end (RFC 9113 8.1): what is left of it is not worth sending.
    if (this.#bodies.drop(stream)) this.#tell(stream, ErrorCode.cancel)
    return this.#streams.remove(slot)
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
      this.#bodies.drop(stream)
      this.#listener.broken(this.#free(slot), unread, status)
    }
  }

  // ------------------------------------------------------------------ writing

  #pump(): void {
    if (this.#bodies.waiting && !this.#over) this.#bodies.pump()
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
