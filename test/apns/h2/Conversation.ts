import { H2 } from "@sightscreen/apns"
import { assert } from "@effect/vitest"
import { client, frame, request, settings } from "./support.ts"

const { ErrorCode, Frame, HpackDecoder, HpackEncoder } = H2

/** Numbers in the order in which they are asked for; then zeros. A shorter tape, or one of smaller numbers, is a simpler play. */
export class Tape {
  readonly #numbers: ReadonlyArray<number>
  #at = 0

  constructor(numbers: ReadonlyArray<number>) {
    this.#numbers = numbers
  }

  get over(): boolean {
    return this.#at >= this.#numbers.length
  }

  /** From 0 up to, and without, the limit. */
  below(limit: number): number {
    return (this.#numbers[this.#at++] ?? 0) % limit
  }

  one<A>(all: ReadonlyArray<A>): A {
    return all[this.below(all.length)]!
  }
}

/** What is done to a client, in order. */
export type Act =
  | { readonly _tag: "Hear"; readonly bytes: Buffer }
  | { readonly _tag: "Open"; readonly tag: number; readonly body: number }
  | { readonly _tag: "Cancel"; readonly stream: number }
  | { readonly _tag: "Take" }

type Told = ReturnType<typeof client>

export const act = ({ core }: Told, it: Act): number => {
  switch (it._tag) {
    case "Hear":
      core.receive(it.bytes)
      return 0
    case "Open":
      return core.open(request(it.tag, Buffer.alloc(it.body, "x")), "bearer x", it.tag)
    case "Cancel":
      core.reset(it.stream)
      return 0
    case "Take":
      core.take()
      return 0
  }
}

/** A stream as the server sees it. */
interface Stream {
  readonly id: number
  readonly tag: number
  window: number
  received: number
  /** The client has sent all, or has given it up. */
  done: boolean
  /** What is left of its answer, frame by frame; undefined before there is one. */
  answer: Array<() => Buffer> | undefined
  begun: boolean
}

/** What must be told of a tag in the end. */
type End = `answered ${string}` | `broken ${string}`

/**
 * A server that keeps every rule of RFC 9113, and holds the client to them: windows, stream limits, header tables, frame sizes,
 * acknowledgements. What it does, and what the client is made to do, comes from a tape.
 */
export class Conversation {
  readonly told = client()
  readonly acts: Array<Act> = []
  readonly ends = new Map<number, End>()
  readonly #tape: Tape
  readonly #decoder = new HpackDecoder.Decoder({ tableBytes: 4096, listBytes: 65_536, blockBytes: 65_536 })
  readonly #encoder = new HpackEncoder.Encoder()
  readonly #streams = new Map<number, Stream>()
  readonly #cancelled = new Set<number>()
  readonly #pending: Array<ReadonlyArray<readonly [number, number]>> = []
  readonly #pings: Array<string> = []
  #tags = 0
  #preface = true
  #limit = Number.POSITIVE_INFINITY
  /** What the client may send on a new stream, and on the connection. */
  #firstWindow = Frame.usualWindow
  #window = Frame.usualWindow
  /** What the server may send. */
  #myWindow = Frame.usualWindow
  readonly #myWindows = new Map<number, number>()
  #highest = 0
  #last = Number.POSITIVE_INFINITY
  #block: { stream: number; ends: boolean; pieces: Array<Buffer> } | undefined

  constructor(numbers: ReadonlyArray<number>) {
    this.#tape = new Tape(numbers)
  }

  play(): this {
    this.#settings()
    while (!this.#tape.over) this.#move()
    this.#take()
    // Whatever is left unsaid is lost with the connection.
    const unsent = [...this.told.core].filter(([stream]) => !this.#streams.has(stream))
    for (const [, tag] of unsent) this.ends.set(tag, `broken ${tag} unread 0`)
    this.told.core.lose()
    assert.isEmpty(this.#pending, "SETTINGS that were not acknowledged")
    assert.isEmpty(this.#pings, "PING that was not answered")
    return this
  }

  #move(): void {
    const { core } = this.told
    switch (this.#tape.below(12)) {
      case 0:
      case 1:
      case 2: {
        if (!core.ready || core.room <= 0) return
        const tag = this.#tags++
        const body = this.#tape.one([2, 0, 600, 600, 4096, 20_000, 70_000])
        const stream = act(this.told, this.#noted({ _tag: "Open", tag, body }))
        assert.isAbove(stream, 0)
        return
      }
      case 3:
      case 4:
        return this.#take()
      case 5:
      case 6:
        return this.#answer()
      case 7:
      case 8:
        return this.#goOn()
      case 9:
        return this.#tape.below(3) === 0 ? this.#settings() : this.#grant()
      case 10:
        return this.#small()
      case 11:
        return this.#tape.below(20) === 19 ? this.#goAway() : this.#reset()
    }
  }

  #noted(it: Act): Act {
    this.acts.push(it)
    return it
  }

  #hear(bytes: Buffer): void {
    act(this.told, this.#noted({ _tag: "Hear", bytes }))
  }

  // ------------------------------------------------------------------ what the server says

  #settings(): void {
    const entries: Array<readonly [number, number]> = []
    if (this.#tape.below(2) === 0) entries.push([0x3, this.#tape.one([1, 2, 3, 1000, 0])])
    if (this.#tape.below(3) === 0) entries.push([0x4, this.#tape.one([65_535, 10, 0, 1000, 1 << 20])])
    if (this.#tape.below(3) === 0) entries.push([0x1, this.#tape.one([4096, 0, 60, 200])])
    if (this.#tape.below(4) === 0) entries.push([0x5, this.#tape.one([16_384, 20_000, 16_777_215])])
    if (this.#tape.below(4) === 0) entries.push([0xfff, this.#tape.below(1000)])
    this.#pending.push(entries)
    this.#hear(settings(...entries))
  }

  #pick(which: (stream: Stream) => boolean): Stream | undefined {
    const some = [...this.#streams.values()].filter(which)
    return some.length === 0 ? undefined : this.#tape.one(some)
  }

  /** Plans an answer, whose frames may be sent among others. */
  #answer(): void {
    const stream = this.#pick(({ answer, id }) => answer === undefined && id <= this.#last)
    if (stream === undefined) return
    const { id, tag } = stream
    const status = this.#tape.one([200, 200, 410, 400, 503])
    const bytes = this.#tape.one([0, 25, 200, 0, 5000])
    const body = "y".repeat(bytes)
    const interim = this.#tape.below(6) === 0
    const trailers = this.#tape.below(6) === 0
    const pieces = 1 + this.#tape.below(3)
    const dressing = this.#tape.below(4)
    const exact = this.#tape.below(2) === 0
    const chunk = this.#tape.one([16_000, 100, 1000])
    const inOne = bytes === 0 && !trailers && this.#tape.below(2) === 0
    const frames: Array<() => Buffer> = []
    if (interim) frames.push(() => this.#head(id, [[":status", "103"]], false, 1, 0))
    const fields: ReadonlyArray<readonly [string, string]> = [
      [":status", String(status)],
      ["apns-id", `id-${tag}`],
      ...(exact ? [["content-length", String(bytes)] as const] : []),
      ...(bytes > 0 ? [["content-type", "application/json"] as const] : [])
    ]
    frames.push(() => this.#head(id, fields, inOne, pieces, dressing))
    for (let at = 0; at < bytes; at += chunk) {
      const piece = body.slice(at, at + chunk)
      const last = at + chunk >= bytes && !trailers
      frames.push(() => this.#data(id, piece, last, dressing))
    }
    if (bytes === 0 && !inOne && !trailers) frames.push(() => this.#data(id, "", true, 0))
    if (trailers) frames.push(() => this.#head(id, [["checksum", String(tag)]], true, 1, 0))
    stream.answer = frames
    const kept = body.slice(0, 4096)
    frames.push(() => {
      if (!this.#cancelled.has(id)) this.ends.set(tag, `answered ${tag} ${status} id-${tag} - ${kept}`)
      this.#close(stream)
      return nothing
    })
    this.#goOn(stream)
  }

  #goOn(stream = this.#pick(({ answer }) => answer !== undefined && answer.length > 0)): void {
    if (stream?.answer === undefined) return
    const next = stream.answer[0]!
    // A frame waits for the client's windows.
    if (this.#myWindow < 17_000 || (this.#myWindows.get(stream.id) ?? Frame.usualWindow) < 17_000) return
    stream.answer.shift()
    stream.begun = true
    const bytes = [next()]
    // The end is the end of the last frame, and no frame of its own.
    if (stream.answer.length === 1) bytes.push(stream.answer.shift()!())
    this.#hear(Buffer.concat(bytes))
  }

  #head(
    id: number,
    fields: ReadonlyArray<readonly [string, string]>,
    ends: boolean,
    pieces: number,
    dressing: number
  ): Buffer {
    const out: Array<number> = []
    this.#encoder.begin(out)
    for (const [name, value] of fields) this.#encoder.field(out, name, value)
    const block = Buffer.from(out)
    const each = Math.max(1, Math.ceil(block.length / pieces))
    const frames: Array<Buffer> = []
    for (let at = 0; at < block.length; at += each) {
      const last = at + each >= block.length ? Frame.endHeaders : 0
      const piece = block.subarray(at, at + each)
      if (at > 0) {
        frames.push(frame(Frame.continuation, last, id, piece))
        continue
      }
      const flags =
        last |
        (ends ? Frame.endStream : 0) |
        ((dressing & 1) === 1 ? Frame.padded : 0) |
        ((dressing & 2) === 2 ? Frame.withPriority : 0)
      frames.push(
        frame(
          Frame.headers,
          flags,
          id,
          Buffer.concat([
            Buffer.alloc((dressing & 1) === 1 ? 1 : 0, 3),
            Buffer.alloc((dressing & 2) === 2 ? 5 : 0),
            piece,
            Buffer.alloc((dressing & 1) === 1 ? 3 : 0)
          ])
        )
      )
    }
    return Buffer.concat(frames)
  }

  #data(id: number, text: string, last: boolean, dressing: number): Buffer {
    const isPadded = (dressing & 1) === 1
    const payload = isPadded
      ? Buffer.concat([Buffer.of(4), Buffer.from(text), Buffer.alloc(4)])
      : Buffer.from(text)
    this.#myWindow -= payload.length
    this.#myWindows.set(id, (this.#myWindows.get(id) ?? Frame.usualWindow) - payload.length)
    return frame(Frame.data, (last ? Frame.endStream : 0) | (isPadded ? Frame.padded : 0), id, payload)
  }

  #grant(): void {
    const stream = this.#tape.below(2) === 0 ? undefined : this.#pick(() => true)
    const more = this.#tape.one([1000, 1, 50_000, 200_000])
    const window = stream?.window ?? this.#window
    // The client may have heard of larger first windows than it has acknowledged.
    const promised = Math.max(this.#firstWindow, ...this.#pending.flat().map(([, value]) => value))
    if (window + more + promised > Frame.largestWindow) return
    if (stream === undefined) this.#window += more
    else stream.window += more
    this.#hear(number(Frame.windowUpdate, stream?.id ?? 0, more))
  }

  /** What changes nothing. */
  #small(): void {
    switch (this.#tape.below(5)) {
      case 0: {
        const opaque = this.#tape.below(256).toString(16).padStart(16, "0")
        this.#pings.push(opaque)
        return this.#hear(frame(Frame.ping, 0, 0, opaque))
      }
      case 1:
        return this.#hear(frame(Frame.ping, Frame.ack, 0, "0000000000000000"))
      case 2:
        return this.#hear(frame(Frame.priority, 0, 1 + 2 * this.#tape.below(50), "0000000005"))
      case 3:
        return this.#hear(frame(0x20 + this.#tape.below(64), 0xff, this.#tape.below(100), "abcdef"))
      case 4: {
        const open = [...this.told.core]
        if (open.length === 0) return
        const [stream, tag] = this.#tape.one(open)
        this.#cancelled.add(stream)
        this.ends.set(tag, `broken ${tag} cancelled`)
        act(this.told, this.#noted({ _tag: "Cancel", stream }))
      }
    }
  }

  #reset(): void {
    const stream = this.#pick(({ id }) => id <= this.#last)
    if (stream === undefined) return
    const code = this.#tape.one([ErrorCode.refusedStream, ErrorCode.internalError, ErrorCode.cancel])
    const refused = code === ErrorCode.refusedStream
    if (refused && stream.begun) return
    this.#hear(number(Frame.rstStream, stream.id, code))
    const { id, tag } = stream
    if (!this.#cancelled.has(id) && !this.ends.has(tag)) {
      const said = this.told.told.find((line) => line.startsWith(`broken ${tag} `)) ?? "nothing"
      // A head that was sent says so; whether its status is known depends on whether it ended there.
      assert.match(said, refused ? /unread 0$/ : /unknown \d+$/)
      this.ends.set(tag, said as End)
    }
    this.#close(stream)
  }

  #goAway(): void {
    const answering = [...this.#streams.values()].filter(({ begun }) => begun).map(({ id }) => id)
    const least = Math.max(0, ...answering)
    const last = Math.min(this.#last, Math.max(least, this.#highest - 2 * this.#tape.below(6)))
    for (const [stream, tag] of this.told.core) {
      if (stream > last) this.ends.set(tag, `broken ${tag} unread 0`)
    }
    this.#last = last
    for (const stream of this.#streams.values()) if (stream.id > last) this.#close(stream)
    this.#hear(frame(Frame.goAway, 0, 0, u32(last) + u32(0)))
  }

  #close(stream: Stream): void {
    this.#streams.delete(stream.id)
    this.#closed.add(stream.id)
  }

  // ------------------------------------------------------------------ what the client says

  readonly #closed = new Set<number>()

  #take(): void {
    this.acts.push({ _tag: "Take" })
    const bytes = this.told.core.take()
    if (bytes === undefined) return
    const from = this.#preface ? 24 : 0
    this.#preface = false
    new Frame.Splitter().push(bytes.subarray(from), {
      over: false,
      frame: (bytes, type, flags, stream, from, to) =>
        this.#understand(type, flags, stream, Buffer.from(bytes.subarray(from, to))),
      tooLong: () => assert.fail("a frame that is too long")
    })
  }

  #understand(type: number, flags: number, id: number, payload: Buffer): void {
    if (this.#block !== undefined) assert.strictEqual(type, Frame.continuation)
    switch (type) {
      case Frame.settings: {
        if ((flags & Frame.ack) === 0) return
        const entries = this.#pending.shift()
        assert.isDefined(entries, "an acknowledgement of nothing")
        for (const [key, value] of entries) {
          if (key === 0x3) this.#limit = value
          if (key === 0x4) {
            for (const stream of this.#streams.values()) stream.window += value - this.#firstWindow
            this.#firstWindow = value
          }
        }
        return
      }
      case Frame.headers:
        this.#block = { stream: id, ends: (flags & Frame.endStream) !== 0, pieces: [payload] }
        if ((flags & Frame.endHeaders) !== 0) this.#begin()
        return
      case Frame.continuation:
        this.#block!.pieces.push(payload)
        if ((flags & Frame.endHeaders) !== 0) this.#begin()
        return
      case Frame.data:
        return this.#receive(id, payload.length, (flags & Frame.endStream) !== 0)
      case Frame.rstStream: {
        const stream = this.#streams.get(id)
        assert.isTrue(stream !== undefined || this.#closed.has(id), "RST_STREAM on a stream never opened")
        if (stream !== undefined) this.#close(stream)
        return
      }
      case Frame.windowUpdate: {
        const more = payload.readUInt32BE(0)
        assert.isAbove(more, 0)
        if (id === 0) this.#myWindow += more
        else this.#myWindows.set(id, (this.#myWindows.get(id) ?? Frame.usualWindow) + more)
        return
      }
      case Frame.ping:
        if ((flags & Frame.ack) !== 0) assert.strictEqual(payload.toString("hex"), this.#pings.shift())
        return
      default:
        assert.fail(`a frame of type ${type}`)
    }
  }

  #begin(): void {
    const { ends, pieces, stream: id } = this.#block!
    this.#block = undefined
    assert.isAbove(id, this.#highest, "stream ids go up")
    this.#highest = id
    const open = this.#streams.size
    assert.isBelow(open, this.#limit, "one stream too many")
    const fields = new Map<string, string>()
    const block = Buffer.concat(pieces)
    const code = this.#decoder.decode(block, 0, block.length, {
      field: (name, value) => fields.set(name, value)
    })
    assert.strictEqual(code, ErrorCode.noError)
    const tag = Number.parseInt(fields.get(":path")!.replace("/3/device/", ""), 16)
    assert.strictEqual(fields.get("authorization"), "bearer x")
    const stream: Stream = {
      id,
      tag,
      window: this.#firstWindow,
      received: 0,
      done: ends,
      answer: undefined,
      begun: false
    }
    // Given back unread by a GOAWAY that it had crossed.
    if (id > this.#last) this.#closed.add(id)
    else this.#streams.set(id, stream)
  }

  #receive(id: number, length: number, ends: boolean): void {
    this.#window -= length
    assert.isAtLeast(this.#window, 0, "more than the connection's window")
    const stream = this.#streams.get(id)
    if (stream === undefined) return assert.isTrue(this.#closed.has(id), "DATA on a stream never opened")
    assert.isFalse(stream.done, "DATA after the end")
    stream.window -= length
    if (length > 0) assert.isAtLeast(stream.window, 0, "more than the stream's window")
    stream.received += length
    stream.done = ends
  }
}

const nothing = Buffer.alloc(0)
const u32 = (value: number) => value.toString(16).padStart(8, "0")
const number = (type: number, stream: number, value: number) => frame(type, 0, stream, u32(value))
