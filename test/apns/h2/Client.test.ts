import { H2, LiveActivity, Mould } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { bundleId } from "../support.ts"
import { block, client, frame, ok, request, sent, settings, started } from "./support.ts"

const { Client, ErrorCode, Frame } = H2
const { ack, data, endHeaders, endStream, headers, padded } = Frame

const whole = endHeaders | endStream
const u32 = (value: number) => value.toString(16).padStart(8, "0")
const goAway = (last: number, code = 0) => frame(Frame.goAway, 0, 0, u32(last) + u32(code))
const update = (stream: number, more: number) => frame(Frame.windowUpdate, 0, stream, u32(more))

describe("HTTP/2 by RFC 9113", () => {
  type Case = readonly [what: string, bytes: Buffer, code: number]
  const connection: ReadonlyArray<Case> = [
    ["a frame longer than allowed (4.2)", frame(data, 0, 1, Buffer.alloc(16_385)), ErrorCode.frameSizeError],
    ["HEADERS on stream 0 (6.2)", frame(headers, whole, 0, ok), ErrorCode.protocolError],
    ["HEADERS on a server's stream (5.1.1)", frame(headers, whole, 2, ok), ErrorCode.protocolError],
    ["HEADERS on a stream never opened (5.1)", frame(headers, whole, 99, ok), ErrorCode.protocolError],
    ["more padding than HEADERS (6.2)", frame(headers, whole | padded, 1, "ff88"), ErrorCode.protocolError],
    ["a header block that cannot be read (4.3)", frame(headers, whole, 1, "ff"), ErrorCode.compressionError],
    ["DATA on stream 0 (6.1)", frame(data, 0, 0, "00"), ErrorCode.protocolError],
    ["DATA on a stream never opened (6.1)", frame(data, 0, 99, "00"), ErrorCode.protocolError],
    ["more padding than DATA (6.1)", frame(data, padded, 1, "ff00"), ErrorCode.protocolError],
    ["PRIORITY on stream 0 (6.3)", frame(Frame.priority, 0, 0, "0000000000"), ErrorCode.protocolError],
    ["RST_STREAM on stream 0 (6.4)", frame(Frame.rstStream, 0, 0, u32(8)), ErrorCode.protocolError],
    [
      "RST_STREAM on a stream never opened (6.4)",
      frame(Frame.rstStream, 0, 99, u32(8)),
      ErrorCode.protocolError
    ],
    ["RST_STREAM of five bytes (6.4)", frame(Frame.rstStream, 0, 1, "0000000000"), ErrorCode.frameSizeError],
    ["SETTINGS on a stream (6.5)", frame(Frame.settings, 0, 1), ErrorCode.protocolError],
    ["SETTINGS of odd length (6.5)", frame(Frame.settings, 0, 0, "00030000"), ErrorCode.frameSizeError],
    ["an acknowledgement with SETTINGS in it (6.5)", frame(Frame.settings, ack, 0, "000000000000"), 6],
    ["push turned on (6.5.2)", settings([0x2, 1]), ErrorCode.protocolError],
    ["too large a window (6.5.2)", settings([0x4, 2 ** 31]), ErrorCode.flowControlError],
    ["too small a frame (6.5.2)", settings([0x5, 16_383]), ErrorCode.protocolError],
    ["too large a frame (6.5.2)", settings([0x5, 2 ** 24]), ErrorCode.protocolError],
    ["PUSH_PROMISE (8.4)", frame(Frame.pushPromise, endHeaders, 1, "00000002"), ErrorCode.protocolError],
    ["PING on a stream (6.7)", frame(Frame.ping, 0, 1, "0000000000000000"), ErrorCode.protocolError],
    ["PING of seven bytes (6.7)", frame(Frame.ping, 0, 0, "00000000000000"), ErrorCode.frameSizeError],
    ["GOAWAY on a stream (6.8)", frame(Frame.goAway, 0, 1, u32(0) + u32(0)), ErrorCode.protocolError],
    ["GOAWAY of seven bytes (6.8)", frame(Frame.goAway, 0, 0, "00000000000000"), ErrorCode.frameSizeError],
    [
      "WINDOW_UPDATE of three bytes (6.9)",
      frame(Frame.windowUpdate, 0, 0, "000001"),
      ErrorCode.frameSizeError
    ],
    ["WINDOW_UPDATE of nothing (6.9)", update(0, 0), ErrorCode.protocolError],
    ["WINDOW_UPDATE on a stream never opened (5.1)", update(99, 1), ErrorCode.protocolError],
    ["a window that overflows (6.9.1)", update(0, 0x7fffffff), ErrorCode.flowControlError],
    [
      "CONTINUATION of nothing (6.10)",
      frame(Frame.continuation, endHeaders, 1, "88"),
      ErrorCode.protocolError
    ],
    [
      "another frame within a header block (6.10)",
      Buffer.concat([frame(headers, 0, 1, "88"), frame(Frame.ping, 0, 0, "0000000000000000")]),
      ErrorCode.protocolError
    ],
    [
      "another stream's CONTINUATION (6.10)",
      Buffer.concat([frame(headers, 0, 1, "88"), frame(Frame.continuation, endHeaders, 3, "88")]),
      ErrorCode.protocolError
    ],
    [
      "CONTINUATION without end (10.5)",
      Buffer.concat([frame(headers, 0, 1), ...Array.from({ length: 100 }, () => frame(9, 0, 1))]),
      ErrorCode.enhanceYourCalm
    ],
    [
      "a header block without end (10.5)",
      Buffer.concat([frame(headers, 0, 1), ...[1, 2].map(() => frame(9, 0, 1, Buffer.alloc(9000)))]),
      ErrorCode.enhanceYourCalm
    ],
    [
      "a flood of PING (10.5)",
      Buffer.concat(Array.from({ length: 5000 }, () => frame(Frame.ping, 0, 0, "0000000000000000"))),
      ErrorCode.enhanceYourCalm
    ],
    [
      "a flood of SETTINGS (10.5)",
      Buffer.concat(Array.from({ length: 5000 }, () => settings([0x4, 1]))),
      ErrorCode.enhanceYourCalm
    ],
    [
      "a flood of empty DATA (10.5)",
      Buffer.concat([
        frame(headers, endHeaders, 1, ok),
        ...Array.from({ length: 5000 }, () => frame(data, 0, 1))
      ]),
      ErrorCode.enhanceYourCalm
    ]
  ]
  for (const [what, bytes, code] of connection) {
    it(`ends the connection over ${what}`, () => {
      const { core, told } = started(2)
      core.receive(bytes)
      assert.strictEqual(told.at(-1), `failed ${code}`)
      const last = sent(core).at(-1)!
      assert.strictEqual(last.type, Frame.goAway)
      assert.strictEqual(last.payload.readUInt32BE(4), code)
      core.receive(frame(headers, whole, 1, ok))
      assert.strictEqual(told.at(-1), `failed ${code}`)
    })
  }

  it("ends the connection when the first frame is not SETTINGS (3.4)", () => {
    const { core, told } = client()
    core.receive(frame(Frame.ping, 0, 0, "0000000000000000"))
    assert.deepStrictEqual(told, [`failed ${ErrorCode.protocolError}`])
  })

  const stream: ReadonlyArray<Case> = [
    ["no status (8.3.2)", frame(headers, whole, 1, block(["apns-id", "A"])), ErrorCode.protocolError],
    ["two statuses", frame(headers, whole, 1, block([":status", "200"], [":status", "200"])), 1],
    ["a status that is none", frame(headers, whole, 1, block([":status", "2x0"])), 1],
    ["a status after a field (8.3)", frame(headers, whole, 1, block(["a", "b"], [":status", "200"])), 1],
    ["another pseudo-field (8.3)", frame(headers, whole, 1, block([":status", "200"], [":path", "/"])), 1],
    ["a name with capitals (8.2.1)", frame(headers, whole, 1, block([":status", "200"], ["A", "b"])), 1],
    ["a line break in a value (8.2.1)", frame(headers, whole, 1, block([":status", "200"], ["a", "b\n"])), 1],
    [
      "a field of one hop (8.2.2)",
      frame(headers, whole, 1, block([":status", "200"], ["connection", "x"])),
      1
    ],
    ["101 (8.6)", frame(headers, endHeaders, 1, block([":status", "101"])), 1],
    ["an end without an answer", frame(headers, whole, 1, block([":status", "100"])), 1],
    [
      "a length that is not kept (8.1.1)",
      frame(headers, whole, 1, block([":status", "200"], ["content-length", "1"])),
      1
    ],
    ["DATA before HEADERS", frame(data, endStream, 1, "00"), ErrorCode.protocolError],
    ["WINDOW_UPDATE of nothing (6.9)", update(1, 0), ErrorCode.protocolError],
    ["a window that overflows (6.9.1)", update(1, 0x7fffffff), ErrorCode.flowControlError],
    ["PRIORITY of four bytes (6.3)", frame(Frame.priority, 0, 1, "00000000"), ErrorCode.frameSizeError]
  ]
  for (const [what, bytes, code] of stream) {
    it(`ends the stream alone over ${what}`, () => {
      const { core, told } = started(2)
      core.receive(bytes)
      core.receive(frame(headers, whole, 3, ok))
      assert.deepStrictEqual(told, ["broken 0 unknown 0", "answered 1 200 a - "])
      const reset = sent(core).find(({ type }) => type === Frame.rstStream)!
      assert.strictEqual(reset.payload.readUInt32BE(0), code)
    })
  }

  it("understands an answer however it is dressed: interim, padded, in pieces, with trailers", () => {
    const { core, told } = started(1)
    core.receive(
      Buffer.concat([
        frame(headers, endHeaders, 1, block([":status", "103"])),
        frame(headers, padded | Frame.withPriority, 1, Buffer.from([2, 0, 0, 0, 0, 9, 0x0e, 0x03, 0, 0])),
        frame(Frame.continuation, endHeaders, 1, "343130"),
        frame(data, padded, 1, "02 7b7d 0000"),
        frame(0xbe, 0xff, 1, "abcdef"),
        frame(headers, whole, 1, block(["checksum", "1"]))
      ])
    )
    assert.deepStrictEqual(told, ["answered 0 410 - - {}"])
  })

  describe("as in the RFC's examples", () => {
    const etag = ["etag", '"xyzzy"'] as const
    const expires = ["expires", "Thu, 23 Jan 2025 00:00:00 GMT"] as const
    const image = Buffer.alloc(123, 0xd8)

    it("takes a simple answer (8.8.2)", () => {
      const { core, told } = started(1)
      core.receive(frame(headers, whole, 1, block([":status", "304"], etag, expires)))
      assert.deepStrictEqual(told, ["answered 0 304 - - "])
    })

    it("takes an answer with content (8.8.4)", () => {
      const { core, told } = started(1)
      const head = block([":status", "200"], ["content-type", "image/jpeg"], ["content-length", "123"])
      core.receive(Buffer.concat([frame(headers, endHeaders, 1, head), frame(data, endStream, 1, image)]))
      assert.deepStrictEqual(told, [`answered 0 200 - - ${image.toString("utf8")}`])
    })

    it("takes an interim answer, then one with trailers (8.8.5)", () => {
      const { core, told } = started(1)
      const head = block([":status", "200"], ["content-type", "image/jpeg"], ["trailer", "Foo"])
      core.receive(
        Buffer.concat([
          frame(headers, endHeaders, 1, block([":status", "100"], ["extension-field", "bar"])),
          frame(headers, endHeaders, 1, head),
          frame(data, 0, 1, image),
          frame(headers, whole, 1, block(["foo", "bar"]))
        ])
      )
      assert.deepStrictEqual(told, [`answered 0 200 - - ${image.toString("utf8")}`])
    })

    it("keeps to the windows it is given, also one that was lowered below what has been sent (6.9.2)", () => {
      const { core } = started(0, [0x4, 60_000])
      core.open(request(1, Buffer.alloc(65_000)), "bearer x", 1)
      const bytes = () =>
        sent(core)
          .filter(({ type }) => type === data)
          .reduce((sum, { payload }) => sum + payload.length, 0)
      assert.strictEqual(bytes(), 60_000)
      // The window is lowered to 16 KB: it then stands at 16,384 - 60,000, and nothing may be sent before it is above zero.
      core.receive(settings([0x4, 16_384]))
      core.receive(update(1, 43_616))
      assert.strictEqual(bytes(), 0)
      core.receive(update(1, 100))
      assert.strictEqual(bytes(), 100)
    })
  })

  it("ignores what comes for a stream that has ended", () => {
    const { core, told } = started(1)
    core.receive(frame(headers, whole, 1, ok))
    core.receive(
      Buffer.concat([frame(data, endStream, 1), frame(Frame.rstStream, 0, 1, u32(0)), update(1, 9)])
    )
    assert.deepStrictEqual(told, ["answered 0 200 a - "])
  })

  it("answers PING and SETTINGS with what they ask for", () => {
    const { core } = started(0)
    core.receive(Buffer.concat([frame(Frame.ping, 0, 0, "0102030405060708"), settings([0x3, 5])]))
    assert.deepStrictEqual(
      sent(core).map(({ flags, payload, type }) => [type, flags, payload.toString("hex")]),
      [
        [Frame.ping, ack, "0102030405060708"],
        [Frame.settings, ack, ""]
      ]
    )
  })

  it("reads the ids of answers that come in short form, in one buffer filled again and again, in lower case", () => {
    const id = (nth: number) => `F4121B12-e0bf-4E8B-A9B0-${nth.toString(16).padStart(12, "0").toUpperCase()}`
    // The name goes into the server's table with the first; the others name it by its place there.
    const first = Buffer.concat([
      Buffer.from("884007", "hex"),
      Buffer.from("apns-id\u0024"),
      Buffer.from(id(0))
    ])
    const later = (nth: number) => Buffer.concat([Buffer.from("880f2f24", "hex"), Buffer.from(id(nth))])
    const answers = Buffer.concat(
      Array.from({ length: 300 }, (_, nth) =>
        frame(headers, whole, 2 * nth + 1, nth === 0 ? first : later(nth))
      )
    )
    for (const size of [1, 47, 48, 49, 500, 16_384, 65_536]) {
      const { core, told } = started(300)
      const buffer = Buffer.alloc(size)
      for (let at = 0; at < answers.length; at += size)
        core.receive(buffer, answers.copy(buffer, 0, at, at + size))
      assert.deepStrictEqual(
        told,
        Array.from({ length: 300 }, (_, nth) => `answered ${nth} 200 ${id(nth).toLowerCase()} - `)
      )
    }
  })

  it("writes bodies of one pattern as they are, whatever lengths their texts have", () => {
    const mould = Mould.make<"name" | "runs">((hole) =>
      LiveActivity.update({
        bundleId,
        timestamp: Instant.toSeconds(Instant.fromMillis(1_700_000_000_000)),
        contentState: { name: hole("name"), runs: hole("runs"), end: true },
        priority: 5,
        expiration: "once"
      })
    )
    const names = ["Ann", "Bob", "é", "Bob", "x".repeat(40), "y".repeat(40), "z".repeat(40), "", "Ann"]
    const { core } = started(0)
    const bodies = names.flatMap((name, nth) =>
      [nth, 10 * nth, 12].map((runs) => Result.getOrThrow(mould.pour({ name, runs })))
    )
    bodies.forEach(({ filled, headers: shared }, nth) => {
      const token = nth.toString(16).padStart(64, "0")
      core.open({ shared, path: "/3/device/", token, pushId: undefined, body: filled! }, "bearer x", nth)
    })
    const frames = sent(core).filter(({ type }) => type === data)
    assert.deepStrictEqual(
      frames.map(({ payload, stream }) => `${stream} ${payload.toString()}`),
      bodies.map(({ body }, nth) => `${2 * nth + 1} ${Buffer.from(body).toString()}`)
    )
  })

  it("gives back, unread, the streams above the last of a GOAWAY, and waits for the others", () => {
    const { core, told } = started(4)
    core.receive(goAway(3))
    assert.deepStrictEqual(told, ["away 3 0 ", "broken 2 unread 0", "broken 3 unread 0"])
    core.receive(Buffer.concat([frame(headers, whole, 1, ok), frame(headers, whole, 3, ok)]))
    assert.deepStrictEqual(told.slice(3), ["answered 0 200 a - ", "answered 1 200 a - "])
    assert.strictEqual(core.open(request(9), "bearer x", 9), 0)
  })

  it("knows a refused stream from a broken one", () => {
    const { core, told } = started(2)
    core.receive(frame(Frame.rstStream, 0, 1, u32(ErrorCode.refusedStream)))
    core.receive(frame(Frame.rstStream, 0, 3, u32(ErrorCode.internalError)))
    assert.deepStrictEqual(told, ["broken 0 unread 0", "broken 1 unknown 0"])
  })

  it("takes ENHANCE_YOUR_CALM for a refusal only of a stream opened on trust, in the place of one that has ended", () => {
    const calm = (stream: number) => frame(Frame.rstStream, 0, stream, u32(ErrorCode.enhanceYourCalm))
    for (const limit of [1000, 1]) {
      const within = started(1, [0x3, limit])
      within.core.receive(calm(1))
      assert.deepStrictEqual(within.told, ["broken 0 unknown 0"])
    }
    const { core, told } = started(1, [0x3, 1])
    core.receive(frame(headers, whole, 1, ok))
    assert.strictEqual(core.open(request(1), "bearer x", 1), 3)
    core.take()
    core.receive(calm(3))
    assert.deepStrictEqual(told, ["answered 0 200 a - ", "broken 1 unread 0"])
  })

  it("knows what has not left when the connection is lost", () => {
    const { core, told } = started(1)
    core.open(request(1), "bearer x", 1)
    core.goAway()
    core.lose()
    assert.deepStrictEqual(told, ["broken 0 unknown 0", "broken 1 unread 0"])
    assert.deepStrictEqual(
      sent(core).map(({ type }) => type),
      [Frame.goAway]
    )
  })

  it("counts a stream it has reset until the server has seen it end", () => {
    const { core, told } = started(1, [0x3, 1])
    core.reset(1)
    assert.strictEqual(core.room, 0)
    core.receive(frame(Frame.ping, ack, 0, "0000000000000000"))
    assert.deepStrictEqual(told, ["ponged", "ended 1"])
    assert.strictEqual(core.room, 1)
  })

  it("refuses what a field cannot hold, and goes on", () => {
    const { core } = started(1)
    const wrong = [
      { ...request(1), path: "/3/device/ x" },
      { ...request(1), path: "" },
      { ...request(1), shared: [[":method", "POST"] as const, ["Topic", "x"] as const] },
      { ...request(1), shared: [[":method", "POST"] as const, ["a", "b\r\nc"] as const] },
      { ...request(1), shared: [[":method", "POST"] as const, ["a", "x".repeat(40_000)] as const] }
    ]
    for (const each of wrong) assert.strictEqual(core.open(each, "bearer x", 1), Client.unsendable)
    assert.strictEqual(core.open(request(2), "bearer x\n", 1), Client.unsendable)
    assert.strictEqual(core.open(request(2), "bearer x", 1), 3)
  })

  it("sends a header block too long for a frame in several", () => {
    const { core } = started(0)
    const shared = [[":method", "POST"] as const, ["apns-topic", "\u00ff".repeat(20_000)] as const]
    assert.strictEqual(core.open({ ...request(1), shared }, "bearer x", 1), 1)
    const frames = sent(core)
    assert.deepStrictEqual(
      frames.map(({ type }) => type),
      [headers, Frame.continuation, data]
    )
    assert.strictEqual(frames[0]!.payload.length, 16_384)
    assert.strictEqual(frames[1]!.flags, endHeaders)
  })
})

describe("flow control", () => {
  const bodyOf = (core: H2.Client.Client<number>) => sent(core).filter(({ type }) => type === data)
  const bytesOf = (core: H2.Client.Client<number>) =>
    bodyOf(core).reduce((sum, { payload }) => sum + payload.length, 0)

  it("keeps to the connection's 65,535 bytes, and goes on with each update", () => {
    const { core } = started(0, [0x4, 1 << 20])
    core.open(request(1, Buffer.alloc(100_000)), "bearer x", 1)
    assert.strictEqual(bytesOf(core), 65_535)
    assert.strictEqual(core.ready, false)
    core.receive(update(0, 1000))
    assert.strictEqual(bytesOf(core), 1000)
    core.receive(update(0, 1 << 20))
    const rest = bodyOf(core)
    assert.strictEqual(
      rest.reduce((sum, { payload }) => sum + payload.length, 0),
      100_000 - 66_535
    )
    assert.strictEqual(rest.at(-1)!.flags, endStream)
  })

  it("lives with a window of ten bytes, and with one that shrinks below nothing", () => {
    const { core } = started(0, [0x4, 10])
    core.open(request(1, Buffer.alloc(25)), "bearer x", 1)
    assert.strictEqual(bytesOf(core), 10)
    core.receive(settings([0x4, 5]))
    core.receive(update(1, 5))
    assert.strictEqual(bytesOf(core), 0)
    core.receive(update(1, 7))
    assert.strictEqual(bytesOf(core), 7)
    core.receive(settings([0x4, 100]))
    const last = bodyOf(core)
    assert.deepStrictEqual([last[0]!.payload.length, last[0]!.flags], [8, endStream])
  })

  it("opens one stream where the connection's window is shut, so that its deadline can pass", () => {
    const { core } = started(0)
    core.open(request(1, Buffer.alloc(65_535)), "bearer x", 1)
    core.take()
    core.receive(frame(headers, whole, 1, ok))
    assert.isAbove(core.open(request(2), "bearer x", 2), 0)
    assert.strictEqual(core.open(request(3), "bearer x", 3), 0)
  })

  it("stops sending a body that was answered before its end", () => {
    const { core, told } = started(0, [0x4, 10])
    core.open(request(1, Buffer.alloc(25)), "bearer x", 1)
    core.take()
    core.receive(frame(headers, whole, 1, block([":status", "413"])))
    assert.deepStrictEqual(told, ["answered 1 413 - - "])
    assert.deepStrictEqual(
      sent(core).map(({ type }) => type),
      [Frame.rstStream]
    )
    core.receive(update(0, 100))
    assert.strictEqual(bytesOf(core), 0)
  })

  it("takes an answer of any length, keeps its beginning, and says that it has read it", () => {
    const { core, told } = started(1)
    core.receive(frame(headers, endHeaders, 1, ok))
    let granted = 0
    for (let nth = 0; nth < 100; nth++) {
      core.receive(frame(data, nth === 99 ? endStream : 0, 1, Buffer.alloc(16_000, "x")))
      for (const { stream, type } of sent(core)) if (type === Frame.windowUpdate && stream === 1) granted++
    }
    assert.isAbove(granted, 20)
    assert.strictEqual(told[0]!.length, "answered 0 200 a - ".length + 4096)
  })
})

describe("any bytes", () => {
  const conversation = Buffer.concat([
    settings([0x3, 1000], [0x4, 70_000]),
    frame(headers, endHeaders, 1, ok),
    frame(data, endStream, 1, Buffer.from('{"reason":"Unregistered"}')),
    frame(Frame.ping, 0, 0, "0102030405060708"),
    frame(headers, 0, 3, ok.subarray(0, 4)),
    frame(Frame.continuation, whole, 3, ok.subarray(4)),
    frame(data, endStream, 3),
    update(0, 100),
    frame(Frame.rstStream, 0, 5, u32(7)),
    goAway(7),
    frame(headers, whole, 7, ok)
  ])
  const hear = (pieces: ReadonlyArray<Buffer>) => {
    const { core, told } = started(5)
    for (const piece of pieces) core.receive(piece)
    return { told, written: core.take()?.toString("hex") }
  }
  const expected = hear([conversation])

  it("mean the same cut at any place", () => {
    for (let cut = 0; cut <= conversation.length; cut++) {
      assert.deepStrictEqual(hear([conversation.subarray(0, cut), conversation.subarray(cut)]), expected)
    }
    assert.deepStrictEqual(hear([...conversation].map((byte) => Buffer.of(byte))), expected)
    assert.strictEqual(expected.told.filter((line) => line.startsWith("answered")).length, 3)
  })

  const cuts = Schema.Array(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 60 }))))
  it.prop("mean the same however often they are cut", [cuts], ([lengths]) => {
    const pieces: Array<Buffer> = []
    let at = 0
    for (const length of lengths) {
      pieces.push(conversation.subarray(at, at + length))
      at += length
    }
    if (at < conversation.length) pieces.push(conversation.subarray(at))
    assert.deepStrictEqual(hear(pieces), expected)
  })

  /** Numbers that look like chance and are the same each time. */
  const chance = (seed: number) => () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32

  it("never throw, whatever they are, and never keep a client busy", () => {
    for (let seed = 1; seed <= 1500; seed++) {
      const next = chance(seed)
      const { core, told } = started(20)
      for (let turn = 0; turn < 30; turn++) {
        const payload = Buffer.from(
          Array.from({ length: Math.floor(next() * 40) }, () => Math.floor(next() * 256))
        )
        const bytes = frame(
          Math.floor(next() * 12),
          Math.floor(next() * 64),
          Math.floor(next() * 45),
          payload
        )
        // Now a frame of the right form, now one with a byte changed, now mere noise.
        if (next() < 0.2) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256)
        core.receive(next() < 0.05 ? payload : bytes)
        core.take()
      }
      core.lose()
      const ends = told.filter((line) => /^(answered|broken)/.test(line))
      assert.strictEqual(ends.length, 20, "each stream ends once")
    }
  })

  it("changed at any place are refused or understood", () => {
    for (let at = 0; at < conversation.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const bytes = Buffer.from(conversation)
        bytes[at]! ^= flip
        const { core, told } = started(5)
        core.receive(bytes)
        core.lose()
        assert.strictEqual(told.filter((line) => /^(answered|broken)/.test(line)).length, 5)
      }
    }
  })
})
