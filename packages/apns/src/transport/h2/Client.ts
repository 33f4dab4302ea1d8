import type { Headers } from "../../Headers.ts"
import type { Request } from "../../Request.ts"
import * as ErrorCode from "./ErrorCode.ts"
import * as Frame from "./Frame.ts"
import { Decoder } from "./HpackDecoder.ts"
import * as Hpack from "./HpackEncoder.ts"
import * as Table from "./HpackTable.ts"

/**
 * The client's side of one HTTP/2 connection (RFC 9113), with no socket, no clock and no timer: bytes in, what they mean
 * out, bytes out.
 *
 * It sends what a push needs and understands whatever a server may say. A server that breaks the rules is told so with the
 * RFC's code and heard no more. Whatever it says, memory stays within what is allotted here, and nothing throws.
 *
 * Requests are written straight into the bytes of the next write, so that one write carries as many as fit.
 */

/** Told what has been received, within the call that receives it. May open and reset streams at once. */
export interface Listener<T> {
  /** SETTINGS have come: so many streams may be open at once. */
  readonly settings: (streams: number) => void
  readonly answered: (
    tag: T,
    status: number,
    apnsId: string | undefined,
    uniqueId: string | undefined,
    body: string
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

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

/** Chunks of 64 to 128 KiB cost the least per request: below that writes, above it the memory they pass through. */
const usualWriteBytes = 128 * 1024
/** Room for a request that began just below the limit, and for what is answered to a server's own frames. */
const slackBytes = 96 * 1024

/** What answers may bring before we say that we have read them. Whole answers are some hundred bytes. */
const connectionWindow = 1 << 20
const streamWindow = Frame.usualWindow

/** What the fields of a request may come to, where the server does not set a smaller measure. Apple's is 8000. */
const mostListBytes = 32_768
const mostPathBytes = 16_000
const mostIdBytes = 126
const limits = { tableBytes: Table.usualBytes, listBytes: 16_384, blockBytes: 16_384 }
/** Frames one header block may come in. */
const mostFragments = 64
/** Refusals are short; what is longer is not Apple's, and is not kept. */
const mostBodyBytes = 4096
const mostDebugBytes = 256

/**
 * Frames that bring no answer, and how many of them are borne: so many at once, and some more with each request. RFC 9113
 * 10.5 names the frames that cost their sender little and us much.
 */
const patience = 1000
const patiencePerRequest = 8
const mostPatience = 20_000

/** How many streams may take the place of ended ones before the server is known to have seen those end. */
const firstTrust = 64
const leastCeiling = 8
/** Node's server cuts a connection at the thousandth stream it has refused. We leave before, and lose nothing. */
const mostRefusals = 400

/** Slots for streams. A power of two, and several times what may be open at once. */
const slots = 4096
const mask = slots - 1
export const mostStreams = slots / 4

interface Template {
  readonly shared: Headers
  readonly authorization: string
  /** The encoder's epoch in which it may be sent again; -1 when never. */
  readonly epoch: number
  /** Up to the value of `:path`, and what follows that. */
  readonly before: Uint8Array
  readonly after: Uint8Array
  /** How `apns-id` begins. */
  readonly id: Uint8Array | undefined
  /** The id is in `after`, as this once the server is to keep it. */
  readonly idWritten: boolean
}

/** A body that a window or a write had no room for. */
interface Rest {
  readonly slot: number
  readonly stream: number
  readonly body: Uint8Array
  at: number
}

export class Client<T> implements Frame.Visitor {
  readonly #listener: Listener<T>
  readonly #authority: string
  readonly #writeBytes: number
  readonly #splitter = new Frame.Splitter()
  readonly #decoder = new Decoder(limits)
  readonly #encoder = new Hpack.Encoder()

  // Two buffers take turns: a socket may still be reading the one while the other is filled.
  #out: Buffer
  #spare: Buffer
  #length = 0
  /** Where the first request of this write begins; -1 while there is none. */
  #requestsAt = -1

  #over = false
  #heard = false
  #goingAway = false
  #lastStream = Frame.lastStream
  #nextStream = 1
  /** Streams from here on have not left this object. */
  #unsent = 1
  #busy = 0
  #patience = patience
  #pinged = false
  /** Streams that have ended, and of those the ones that were reset: before the ping under way, and since. */
  #endedBefore = 0
  #endedSince = 0
  #resetBefore = 0
  #resetSince = 0
  #trust = firstTrust
  #trusted = false
  /** How many streams may be open, as far as refusals have taught us. */
  #ceiling = mostStreams
  #refusals = 0

  #peerFrame = Frame.usualPayload
  #peerWindow = Frame.usualWindow
  #peerStreams = Number.POSITIVE_INFINITY
  #peerList = Number.POSITIVE_INFINITY
  #sendWindow = Frame.usualWindow
  #unacknowledged = 0
  #rests: Array<Rest> = []

  // A stream's slot follows from its id. An id whose slot is still taken is skipped, as RFC 9113 5.1.1 allows.
  readonly #ids = new Int32Array(slots)
  readonly #tags: Array<T | undefined> = Array.from({ length: slots })
  readonly #windows = new Float64Array(slots)
  readonly #received = new Int32Array(slots)
  readonly #statuses = new Uint16Array(slots)
  /** What is kept of answers that come in more than one frame. */
  readonly #heads = new Map<number, Head>()

  // The header block being received, when it comes in several frames.
  #block: Array<Buffer> = []
  #blockBytes = 0
  #blockStream = 0
  #blockEnds = false

  // The fields being read.
  #status = 0
  #apnsId: string | undefined
  #uniqueId: string | undefined
  #announced = -1
  #regular = false
  #malformed = false

  #templates = new WeakMap<Headers, Template>()
  #template: Template | undefined

  constructor(options: Options, listener: Listener<T>) {
    this.#listener = listener
    this.#authority = options.authority
    this.#writeBytes = options.writeBytes ?? usualWriteBytes
    this.#out = Buffer.allocUnsafeSlow(this.#writeBytes + slackBytes)
    this.#spare = Buffer.allocUnsafeSlow(this.#writeBytes + slackBytes)
    this.#length = this.#out.write(preface, "latin1")
    const settings = [
      [0x2, 0],
      [0x6, limits.listBytes]
    ] as const
    this.#head(settings.length * 6, Frame.settings, 0, 0)
    for (const [key, value] of settings) {
      this.#out[this.#length++] = 0
      this.#out[this.#length++] = key
      this.#length = Frame.uint32(this.#out, this.#length, value)
    }
    this.#grant(0, connectionWindow - Frame.usualWindow)
  }

  /** No more is read and no stream is opened: the server broke the rules, or the connection is lost. */
  get over(): boolean {
    return this.#over
  }

  /** Streams under way. */
  get busy(): number {
    return this.#busy
  }

  /**
   * How many streams the server has room for.
   *
   * A server may count a stream for a while after it has ended. Node's does, refuses the next as one too many, and drops a
   * connection that was refused a hundred. So with all its streams in use, ended ones count until the server has answered a
   * ping, beyond a number that doubles for as long as it refuses none. Each refusal halves what is open, and each answer
   * allows one more, since a server that is offered again what it has just refused may give up on us.
   */
  get room(): number {
    const ended = this.#endedBefore + this.#endedSince
    const uncertain = Math.max(this.#resetBefore + this.#resetSince, ended - this.#trust)
    return Math.min(this.#ceiling, this.#peerStreams - uncertain) - this.#busy
  }

  /** Whether a stream can be opened, as far as windows, ids and the next write go. How many, is for others to say. */
  get ready(): boolean {
    return (
      this.#heard &&
      !this.#over &&
      !this.#goingAway &&
      this.#length < this.#writeBytes &&
      // With nothing under way one is opened even so: its deadline is then what ends a window that stays shut.
      (this.#sendWindow > 0 || this.#busy === 0) &&
      this.#busy < mostStreams &&
      !this.exhausted
    )
  }

  /** Stream ids are used up (RFC 9113 5.1.1), or too many were refused: this connection opens no more. */
  get exhausted(): boolean {
    return this.#nextStream > Frame.lastStream - 2 * slots || this.#refusals >= mostRefusals
  }

  /** The open streams. */
  *[Symbol.iterator](): IterableIterator<readonly [stream: number, tag: T]> {
    for (let slot = 0; slot < slots; slot++) {
      if (this.#ids[slot] !== 0) yield [this.#ids[slot]!, this.#tags[slot]!]
    }
  }

  /** Writes a request into the next write. Returns its stream, 0 when there is no room for it, or {@link unsendable}. */
  open(request: Request, authorization: string, tag: T): number {
    if (!this.ready) return 0
    const { body, path, pushId } = request
    if (path.length > mostPathBytes || (pushId !== undefined && pushId.length > mostIdBytes))
      return unsendable
    let template = this.#template
    if (
      template === undefined ||
      template.shared !== request.shared ||
      template.authorization !== authorization ||
      template.epoch !== this.#encoder.epoch ||
      (pushId !== undefined && template.id === undefined)
    ) {
      template = this.#prepared(request, authorization)
      if (template === undefined) return unsendable
    }
    const id = pushId === undefined || template.idWritten ? undefined : template.id
    const idBytes = id === undefined ? 0 : id.length + 1 + pushId!.length
    const { after, before } = template
    const pathBytes = path.length
    const block =
      before.length + (pathBytes < 0x7f ? 1 : pathBytes < 0xff ? 2 : 3) + pathBytes + after.length + idBytes
    const out = this.#out
    const start = this.#length
    let at = start + Frame.headBytes
    for (let i = 0; i < before.length; i++) out[at++] = before[i]!
    if (pathBytes < 0x7f) out[at++] = pathBytes
    else {
      out[at++] = 0x7f
      const rest = pathBytes - 0x7f
      if (rest < 0x80) out[at++] = rest
      else {
        out[at++] = (rest & 0x7f) | 0x80
        out[at++] = rest >>> 7
      }
    }
    // Faster than any call for so few bytes, and a character that a path cannot hold is seen on the way.
    let fine = pathBytes > 0
    for (let i = 0; i < pathBytes; i++) {
      const character = path.charCodeAt(i)
      fine &&= character > 0x20 && character < 0x7f
      out[at++] = character
    }
    out.set(after, at)
    at += after.length
    if (id !== undefined) {
      for (let i = 0; i < id.length; i++) out[at++] = id[i]!
      out[at++] = pushId!.length
      for (let i = 0; i < pushId!.length; i++) {
        const character = pushId!.charCodeAt(i)
        fine &&= character > 0x20 && character < 0x7f
        out[at++] = character
      }
    }
    if (!fine) return unsendable

    let stream = this.#nextStream
    while (this.#ids[(stream >>> 1) & mask] !== 0) stream += 2
    this.#nextStream = stream + 2
    const slot = (stream >>> 1) & mask
    const empty = body.length === 0
    const flags = empty ? Frame.endHeaders | Frame.endStream : Frame.endHeaders
    if (block <= this.#peerFrame) Frame.head(out, start, block, Frame.headers, flags, stream)
    else at = this.#cut(start, block, flags, stream)
    this.#length = at
    if (this.#requestsAt < 0) this.#requestsAt = start

    this.#ids[slot] = stream
    this.#tags[slot] = tag
    this.#received[slot] = 0
    this.#statuses[slot] = 0
    this.#busy++
    if (this.#patience < mostPatience) this.#patience += patiencePerRequest
    if (empty) this.#windows[slot] = this.#peerWindow
    else if (
      body.length <= this.#sendWindow &&
      body.length <= this.#peerWindow &&
      body.length <= Frame.usualPayload &&
      this.#rests.length === 0
    ) {
      at = Frame.head(out, at, body.length, Frame.data, Frame.endStream, stream)
      out.set(body, at)
      this.#length = at + body.length
      this.#sendWindow -= body.length
      this.#windows[slot] = this.#peerWindow - body.length
    } else {
      this.#windows[slot] = this.#peerWindow
      this.#rests.push({ slot, stream, body, at: 0 })
      this.#pump()
    }
    return stream
  }

  /**
   * Gives a stream up. Nothing is said about it any more, but that it has ended: a server may count it until it has read
   * so (Node's refuses the next as one too many), which it has when it answers a ping that was sent later.
   */
  reset(stream: number, code: number = ErrorCode.cancel): void {
    const slot = (stream >>> 1) & mask
    if (this.#ids[slot] !== stream) return
    this.#free(slot)
    this.#tell(stream, code)
    this.#resetSince++
    this.ping()
  }

  ping(): void {
    if (this.#over || this.#pinged || !this.#fits(17)) return
    this.#pinged = true
    this.#endedBefore = this.#endedSince
    this.#endedSince = 0
    this.#resetBefore = this.#resetSince
    this.#resetSince = 0
    this.#head(8, Frame.ping, 0, 0)
    this.#out.fill(0, this.#length, this.#length + 8)
    this.#length += 8
  }

  /** Says goodbye and opens no more streams. What is under way may still be answered. */
  goAway(code: number = ErrorCode.noError): void {
    if (this.#over) return
    this.#goingAway = true
    this.#farewell(code, "")
  }

  /** Says that some time has passed: a server that has sent little since may send as much again. */
  refresh(): void {
    this.#patience = Math.max(this.#patience, patience)
  }

  /**
   * What is to be written next, if anything. It stays as it is until `take` is called once more, so that must wait until
   * it is written.
   */
  take(): Buffer | undefined {
    if (this.#rests.length > 0) this.#pump()
    if (this.#busy + this.#endedBefore + this.#endedSince >= this.#peerStreams) {
      this.#trusted = true
      if (this.#endedSince > 0) this.ping()
    }
    if (this.#length === 0) return undefined
    const filled = this.#out.subarray(0, this.#length)
    const next = this.#spare
    this.#spare = this.#out
    this.#out = next
    this.#length = 0
    this.#requestsAt = -1
    this.#unsent = this.#nextStream
    return filled
  }

  /** Whether `take` would give something. */
  get pending(): boolean {
    return this.#length > 0
  }

  receive(bytes: Buffer): void {
    if (this.#over) return
    this.#splitter.push(bytes, this)
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
    const ended = this.#resetBefore + this.#resetSince
    this.#resetBefore = 0
    this.#resetSince = 0
    if (ended > 0) this.#listener.ended(ended)
    this.#break(0)
  }

  // ------------------------------------------------------------------ frames

  frame(bytes: Buffer, type: number, flags: number, stream: number, from: number, to: number): void {
    if (!this.#heard && (type !== Frame.settings || (flags & Frame.ack) !== 0)) {
      return this.#fail(ErrorCode.protocolError, "the first frame is not SETTINGS")
    }
    if (this.#blockStream !== 0 && (type !== Frame.continuation || stream !== this.#blockStream)) {
      return this.#fail(ErrorCode.protocolError, "a header block was not finished")
    }
    switch (type) {
      case Frame.headers:
        return this.#headers(bytes, flags, stream, from, to)
      case Frame.data:
        return this.#data(bytes, flags, stream, from, to)
    }
    if (--this.#patience < 0) return this.#fail(ErrorCode.enhanceYourCalm, "too many frames for nothing")
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
    return stream === 0 || (stream & 1) === 0 || stream >= this.#nextStream
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
    if ((flags & Frame.endHeaders) !== 0) {
      return this.#fields(bytes, begin, end, stream, (flags & Frame.endStream) !== 0)
    }
    this.#block = [Buffer.from(bytes.subarray(begin, end))]
    this.#blockBytes = end - begin
    this.#blockStream = stream
    this.#blockEnds = (flags & Frame.endStream) !== 0
  }

  #continuation(bytes: Buffer, flags: number, stream: number, from: number, to: number): void {
    if (this.#blockStream === 0) return this.#fail(ErrorCode.protocolError, "CONTINUATION of nothing")
    this.#blockBytes += to - from
    if (this.#blockBytes > limits.blockBytes || this.#block.length >= mostFragments) {
      this.#block = []
      return this.#fail(ErrorCode.enhanceYourCalm, "a header block without end")
    }
    this.#block.push(Buffer.from(bytes.subarray(from, to)))
    if ((flags & Frame.endHeaders) === 0) return
    const whole = Buffer.concat(this.#block)
    this.#block = []
    this.#blockStream = 0
    this.#fields(whole, 0, whole.length, stream, this.#blockEnds)
  }

  #fields(bytes: Buffer, from: number, to: number, stream: number, last: boolean): void {
    this.#status = 0
    this.#apnsId = undefined
    this.#uniqueId = undefined
    this.#announced = -1
    this.#regular = false
    this.#malformed = false
    // Fields are read even for a stream that is closed: the table must stay what the server thinks it is.
    const code = this.#decoder.decode(bytes, from, to, this)
    if (code !== ErrorCode.noError) return this.#fail(code, "a header block cannot be read")
    const slot = (stream >>> 1) & mask
    if (this.#ids[slot] !== stream) return this.#late()
    const status = this.#status
    if (this.#statuses[slot] !== 0) {
      // Trailers (RFC 9113 8.1): they end the stream and hold no pseudo-fields.
      if (!last || status !== 0 || this.#malformed) return this.#failStream(stream, ErrorCode.protocolError)
      return this.#finish(slot)
    }
    if (this.#malformed || status === 0) return this.#failStream(stream, ErrorCode.protocolError)
    if (status < 200) {
      // RFC 9113 8.6: HTTP/2 has no 101.
      if (last || status === 101) return this.#failStream(stream, ErrorCode.protocolError)
      return this.#late()
    }
    if (!last) {
      this.#statuses[slot] = status
      this.#heads.set(slot, {
        apnsId: this.#apnsId,
        uniqueId: this.#uniqueId,
        left: this.#announced,
        body: nothing,
        kept: 0
      })
      return
    }
    if (this.#announced > 0) return this.#failStream(stream, ErrorCode.protocolError)
    if (this.#ceiling < mostStreams) this.#ceiling++
    const apnsId = this.#apnsId
    const uniqueId = this.#uniqueId
    this.#listener.answered(this.#free(slot), status, apnsId, uniqueId, "")
  }

  /** One field of the block being read. */
  field(name: string, value: string): void {
    if (name === "apns-id") this.#apnsId = value
    else if (name === ":status") {
      this.#malformed ||= this.#regular || this.#status !== 0 || !/^[1-9]\d\d$/.test(value)
      this.#status = Number(value)
      return
    } else {
      // A pseudo-field other than `:status` has no place in an answer (RFC 9113 8.3.2); nor has what 8.2.2 names.
      this.#malformed ||= !fieldName.test(name) || ofOneHop.has(name)
      if (name === "apns-unique-id") this.#uniqueId = value
      else if (name === "content-length") {
        const announced = /^\d{1,15}$/.test(value) ? Number(value) : -2
        this.#malformed ||= announced === -2 || (this.#announced >= 0 && this.#announced !== announced)
        this.#announced = announced
      }
    }
    this.#regular = true
    this.#malformed ||= brokenValue.test(value)
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
    const slot = (stream >>> 1) & mask
    // Some servers send an empty DATA after the end; and what we have reset may still be on its way.
    if (this.#ids[slot] !== stream) return this.#late()
    const head = this.#heads.get(slot)
    if (head === undefined) return this.#failStream(stream, ErrorCode.protocolError)
    this.#received[slot]! += length
    if (this.#received[slot]! > streamWindow) return this.#failStream(stream, ErrorCode.flowControlError)
    const last = (flags & Frame.endStream) !== 0
    if (end === begin && !last && --this.#patience < 0) {
      return this.#fail(ErrorCode.enhanceYourCalm, "too many empty frames")
    }
    const keep = Math.min(end - begin, mostBodyBytes - head.kept)
    if (keep > 0) {
      if (head.kept + keep > head.body.length) head.body = grown(head.body, head.kept + keep)
      head.kept += bytes.copy(head.body, head.kept, begin, begin + keep)
    }
    if (head.left >= 0) {
      head.left -= end - begin
      if (head.left < 0) return this.#failStream(stream, ErrorCode.protocolError)
    }
    if (last) return this.#finish(slot)
    if (this.#received[slot]! > streamWindow / 2) {
      this.#grant(stream, this.#received[slot]!)
      this.#received[slot] = 0
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
          this.#encoder.resize(value)
          break
        case 0x2:
          // A server may say that it does not push; it cannot make us let it.
          if (value !== 0) return this.#fail(ErrorCode.protocolError, "SETTINGS that turn push on")
          break
        case 0x3:
          if (value < this.#peerStreams) this.#trust = 0
          if (this.#peerStreams === Number.POSITIVE_INFINITY) this.#trust = firstTrust
          this.#peerStreams = value
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
          this.#peerFrame = value
          break
        case 0x6:
          this.#peerList = value
          break
      }
    }
    // RFC 9113 6.9.2: open streams are given the difference, which may leave them less than nothing. Once for all entries,
    // since a frame holds thousands of them.
    if (window !== this.#peerWindow) {
      for (let slot = 0; slot < slots; slot++) {
        if (this.#ids[slot] === 0) continue
        this.#windows[slot]! += window - this.#peerWindow
        if (this.#windows[slot]! > Frame.largestWindow) {
          return this.#fail(ErrorCode.flowControlError, "a stream's window overflows")
        }
      }
      this.#peerWindow = window
    }
    this.#heard = true
    if (!this.#reply(Frame.headBytes)) return
    this.#head(0, Frame.settings, Frame.ack, 0)
    this.#listener.settings(this.#peerStreams)
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
    const slot = (stream >>> 1) & mask
    if (this.#ids[slot] !== stream) return
    if (more === 0) return this.#failStream(stream, ErrorCode.protocolError)
    if (this.#windows[slot]! + more > Frame.largestWindow) {
      return this.#failStream(stream, ErrorCode.flowControlError)
    }
    this.#windows[slot]! += more
  }

  #rstStream(bytes: Buffer, stream: number, from: number, to: number): void {
    if (to - from !== 4) return this.#fail(ErrorCode.frameSizeError, "RST_STREAM of another length")
    if (this.#idle(stream)) return this.#fail(ErrorCode.protocolError, "RST_STREAM on a stream never opened")
    const slot = (stream >>> 1) & mask
    if (this.#ids[slot] !== stream) return
    const status = this.#statuses[slot]!
    const code = Frame.readUint32(bytes, from)
    // Node's server says ENHANCE_YOUR_CALM where others say REFUSED_STREAM: to a stream that it counts as one too many, and
    // does not read. Where it cannot have counted so many, the code promises nothing.
    const crowded = this.#busy + this.#endedBefore + this.#endedSince >= this.#peerStreams
    const refused = code === ErrorCode.refusedStream || (code === ErrorCode.enhanceYourCalm && crowded)
    if (refused) {
      this.#trust = 0
      this.#trusted = false
      this.#refusals++
      this.#ceiling = Math.max(leastCeiling, Math.min(this.#ceiling, this.#busy) >> 1)
    }
    this.#listener.broken(this.#free(slot), refused && status === 0, status)
  }

  #ping(bytes: Buffer, flags: number, stream: number, from: number, to: number): void {
    if (stream !== 0) return this.#fail(ErrorCode.protocolError, "PING on a stream")
    if (to - from !== 8) return this.#fail(ErrorCode.frameSizeError, "PING of another length")
    if ((flags & Frame.ack) === 0) {
      if (!this.#reply(Frame.headBytes + 8)) return
      this.#head(8, Frame.ping, Frame.ack, 0)
      bytes.copy(this.#out, this.#length, from, to)
      this.#length += 8
    } else if (this.#pinged) {
      this.#pinged = false
      const ended = this.#resetBefore
      this.#endedBefore = 0
      this.#resetBefore = 0
      if (this.#trusted) this.#trust = Math.min(Math.max(firstTrust, 2 * this.#trust), slots)
      this.#trusted = false
      if (this.#resetSince > 0) this.ping()
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
    const head = this.#heads.get(slot)!
    const status = this.#statuses[slot]!
    if (head.left > 0) return this.#failStream(this.#ids[slot]!, ErrorCode.protocolError)
    if (this.#ceiling < mostStreams) this.#ceiling++
    const body = head.body.toString("utf8", 0, head.kept)
    this.#listener.answered(this.#free(slot), status, head.apnsId, head.uniqueId, body)
  }

  #free(slot: number): T {
    const tag = this.#tags[slot]!
    const stream = this.#ids[slot]!
    this.#ids[slot] = 0
    this.#tags[slot] = undefined
    this.#busy--
    this.#endedSince++
    if (this.#statuses[slot] !== 0) this.#heads.delete(slot)
    if (this.#rests.length > 0) {
      const rest = this.#rests.findIndex((rest) => rest.stream === stream)
      if (rest >= 0) {
        this.#rests.splice(rest, 1)
        // Answered before it was read to its end (RFC 9113 8.1): what is left of it is not worth sending.
        this.#tell(stream, ErrorCode.cancel)
      }
    }
    return tag
  }

  /** A frame that belongs to no open stream any more. */
  #late(): void {
    if (--this.#patience < 0) this.#fail(ErrorCode.enhanceYourCalm, "too many frames for nothing")
  }

  /** RFC 9113 5.4.2: the stream alone is at fault. */
  #failStream(stream: number, code: number): void {
    const slot = (stream >>> 1) & mask
    if (--this.#patience < 0) return this.#fail(ErrorCode.enhanceYourCalm, "too many broken streams")
    if (this.#ids[slot] !== stream) return
    const status = this.#statuses[slot]!
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
    const streams = this.#ids.filter((stream) => stream !== 0 && stream >= first).sort()
    // Whoever is told may open new ones at once; those are not meant.
    for (const stream of streams) {
      const slot = (stream >>> 1) & mask
      if (this.#ids[slot] !== stream) continue
      const status = this.#statuses[slot]!
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
    let left = 0
    for (const rest of this.#rests) {
      while (rest.at < rest.body.length && this.#length < this.#writeBytes) {
        const most = Math.min(this.#sendWindow, this.#windows[rest.slot]!, Frame.usualPayload)
        if (most <= 0) break
        const piece = Math.min(rest.body.length - rest.at, most)
        const last = rest.at + piece === rest.body.length
        this.#head(piece, Frame.data, last ? Frame.endStream : 0, rest.stream)
        this.#out.set(rest.body.subarray(rest.at, rest.at + piece), this.#length)
        this.#length += piece
        this.#sendWindow -= piece
        this.#windows[rest.slot]! -= piece
        rest.at += piece
        // Small windows take many updates; those that move a body on are not for nothing.
        if (this.#patience < mostPatience) this.#patience += 2
      }
      if (rest.at < rest.body.length) this.#rests[left++] = rest
    }
    this.#rests.length = left
  }

  /** The header block of a request, in a form that is sent again and again; undefined if there is a field it cannot hold. */
  #prepared(request: Request, authorization: string): Template | undefined {
    const { path, pushId, shared } = request
    const { epoch } = this.#encoder
    const known = this.#templates.get(shared)
    if (
      known !== undefined &&
      known.authorization === authorization &&
      known.epoch === epoch &&
      (pushId === undefined || known.id !== undefined)
    ) {
      this.#template = known
      return known
    }
    // Whatever can be wrong must be seen before the first field is written, since writing changes the tables.
    if (!isPlain(path) || (pushId !== undefined && !isPlain(pushId)) || !isValue(authorization))
      return undefined
    let bytes =
      Table.sizeOf(":path", path) +
      Table.sizeOf("authorization", authorization) +
      Table.sizeOf("apns-id", pushId ?? "") +
      Table.sizeOf(":authority", this.#authority) +
      Table.sizeOf(":scheme", "https")
    for (const [name, value] of shared) {
      bytes += Table.sizeOf(name, value)
      if (
        name === ":method" ? !isPlain(value) : !fieldName.test(name) || ofOneHop.has(name) || !isValue(value)
      ) {
        return undefined
      }
    }
    if (bytes > Math.min(mostListBytes, this.#peerList)) return undefined

    const encoder = this.#encoder
    const before: Array<number> = []
    encoder.begin(before)
    for (const [name, value] of shared) if (name === ":method") encoder.field(before, name, value)
    encoder.field(before, ":scheme", "https")
    encoder.field(before, ":authority", this.#authority)
    // A literal without indexing, its name the fourth of the static table; the value follows.
    before.push(0x04)
    const after: Array<number> = []
    for (const [name, value] of shared) if (name !== ":method") encoder.field(after, name, value)
    encoder.field(after, "authorization", authorization)
    const id = encoder.plainName("apns-id")
    const idWritten = pushId !== undefined && id === undefined
    if (idWritten) encoder.field(after, "apns-id", pushId)
    const template: Template = {
      shared,
      authorization,
      epoch: idWritten || encoder.epoch !== epoch ? -1 : epoch,
      before: Uint8Array.from(before),
      after: Uint8Array.from(after),
      id,
      idWritten
    }
    if (template.epoch !== -1) {
      this.#templates.set(shared, template)
      this.#template = template
    }
    return template
  }

  /** Cuts a header block that has been written in one piece into frames the server takes; says where they end. */
  #cut(start: number, block: number, flags: number, stream: number): number {
    const whole = Buffer.from(this.#out.subarray(start + Frame.headBytes, start + Frame.headBytes + block))
    let at = start
    for (let done = 0; done < block; done += this.#peerFrame) {
      const piece = Math.min(this.#peerFrame, block - done)
      const last = done + piece === block ? Frame.endHeaders : 0
      at =
        done === 0
          ? Frame.head(this.#out, at, piece, Frame.headers, (flags & ~Frame.endHeaders) | last, stream)
          : Frame.head(this.#out, at, piece, Frame.continuation, last, stream)
      at += whole.copy(this.#out, at, done, done + piece)
    }
    return at
  }

  #fits(bytes: number): boolean {
    return this.#length + bytes <= this.#out.length
  }

  /** Makes sure of room for a frame that the server has called for. One that calls for too many and reads none is refused. */
  #reply(bytes: number): boolean {
    if (this.#fits(bytes + 64)) return true
    this.#fail(ErrorCode.enhanceYourCalm, "asks and does not listen")
    return false
  }

  #head(length: number, type: number, flags: number, stream: number): void {
    this.#length = Frame.head(this.#out, this.#length, length, type, flags, stream)
  }

  #tell(stream: number, code: number): void {
    if (this.#over || !this.#reply(13)) return
    this.#head(4, Frame.rstStream, 0, stream)
    this.#length = Frame.uint32(this.#out, this.#length, code)
  }

  #grant(stream: number, more: number): void {
    if (!this.#reply(13)) return
    this.#head(4, Frame.windowUpdate, 0, stream)
    this.#length = Frame.uint32(this.#out, this.#length, more)
  }

  /** Takes the place of requests that have not left: they come back unread, and so must stay so. */
  #farewell(code: number, why: string): void {
    if (this.#requestsAt >= 0) this.#length = this.#requestsAt
    if (!this.#fits(Frame.headBytes + 8 + why.length)) return
    this.#head(8 + why.length, Frame.goAway, 0, 0)
    // We take no streams from a server, so none of its was ever read.
    this.#length = Frame.uint32(this.#out, this.#length, 0)
    this.#length = Frame.uint32(this.#out, this.#length, code)
    this.#length += this.#out.write(why, this.#length, "latin1")
  }
}

interface Head {
  readonly apnsId: string | undefined
  readonly uniqueId: string | undefined
  /** What `content-length` leaves to come, or -1. */
  left: number
  body: Buffer
  kept: number
}

const nothing = Buffer.alloc(0)

const grown = (body: Buffer, bytes: number): Buffer => {
  const larger = Buffer.allocUnsafe(Math.min(mostBodyBytes, Math.max(bytes, 2 * body.length, 128)))
  body.copy(larger)
  return larger
}

/** RFC 9113 8.2.1: tokens without capitals, and no pseudo-fields among them. */
const fieldName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/

const brokenValue = /[\0\r\n]|^[ \t]|[ \t]$/

/** RFC 9113 8.2.2. */
const ofOneHop = new Set(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"])

const isPlain = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

const isValue = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(text) && !brokenValue.test(text)
