import { setImmediate as turn } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { H2 } from "@sightscreen/apns"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type Act, act, Conversation, Tape } from "./Conversation.ts"
import { client, frame, sent, settings, started } from "./support.ts"

const { ErrorCode, Frame, HpackEncoder } = H2

/** How many times the usual number of runs; `FUZZ=100` searches for minutes. */
const more = Math.max(1, Number(process.env["FUZZ"] ?? 1))
const runs = (usual: number) => ({ timeout: 60_000 * more, arbitrary: { runs: usual * more, size: 2000 } })

const tape = Schema.Array(
  Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 0xffff })))
).pipe(Schema.check(Schema.isMaxLength(3000)))

/** The ends of streams, told by tag. */
const ends = (told: ReadonlyArray<string>) => told.filter((line) => /^(answered|broken) /.test(line))

const tagOf = (line: string) => Number(line.split(" ")[1])

const open = (acts: ReadonlyArray<Act>) => acts.flatMap((it) => (it._tag === "Open" ? [it.tag] : []))

describe("a conversation by the rules", () => {
  it.prop(
    "is understood on both sides, whatever its course",
    [tape],
    ([numbers]) => {
      const it = new Conversation(numbers).play()
      const { told } = it.told
      assert.isEmpty(told.filter((line) => line.startsWith("failed")))
      const ended = new Map<number, string>()
      for (const line of ends(told)) {
        assert.isFalse(ended.has(tagOf(line)), `${line}, after ${ended.get(tagOf(line))}`)
        ended.set(tagOf(line), line)
      }
      for (const tag of open(it.acts)) {
        const expected = it.ends.get(tag)
        const found = ended.get(tag)
        // Whoever has cancelled is told nothing more.
        if (expected?.endsWith("cancelled") === true) assert.isUndefined(found)
        else if (expected !== undefined) assert.strictEqual(found, expected)
        else assert.match(found ?? "nothing", /^broken \d+ unknown \d+$/)
      }
    },
    runs(150)
  )

  it.prop(
    "means the same, however its bytes are cut",
    [tape, tape],
    ([numbers, cuts]) => {
      const it = new Conversation(numbers).play()
      const knife = new Tape(cuts.length === 0 ? [1] : cuts)
      const again = client()
      for (const one of it.acts) {
        if (one._tag !== "Hear") act(again, one)
        else {
          for (let at = 0; at < one.bytes.length;) {
            const to = at + 1 + knife.below(40)
            act(again, { _tag: "Hear", bytes: one.bytes.subarray(at, to) })
            at = to
          }
        }
      }
      again.core.lose()
      assert.deepStrictEqual(again.told, it.told.told)
    },
    runs(100)
  )
})

/** What holds of a client, whatever it is told. */
const survives = (acts: ReadonlyArray<Act>): void => {
  const it = client()
  const cancelled = new Set<number>()
  const opened = new Map<number, number>()
  let written = 0
  let heard = 0
  for (const one of acts) {
    if (one._tag === "Open") {
      const stream = act(it, one)
      if (stream > 0) opened.set(one.tag, stream)
      continue
    }
    if (one._tag === "Cancel") {
      for (const [stream, tag] of it.core) if (stream === one.stream) cancelled.add(tag)
    }
    if (one._tag === "Take") written += it.core.take()?.length ?? 0
    else act(it, one)
    if (one._tag === "Hear") heard += one.bytes.length
  }
  const failed = it.told.findIndex((line) => line.startsWith("failed"))
  if (failed >= 0) {
    const code = Number(it.told[failed]!.split(" ")[1])
    assert.isAtLeast(code, 1)
    assert.isAtMost(code, ErrorCode.http11Required)
    assert.strictEqual(it.told.length, failed + 1, "told something after the connection failed")
    const last = sent(it.core).at(-1)
    // It may have left with an earlier write.
    if (last !== undefined) {
      assert.strictEqual(last.type, Frame.goAway)
      assert.strictEqual(last.payload.readUInt32BE(4), code)
    }
  }
  it.core.lose()
  const told = ends(it.told).map(tagOf)
  assert.strictEqual(new Set(told).size, told.length, "a stream ended twice")
  assert.sameMembers(
    told,
    [...opened.keys()].filter((tag) => !cancelled.has(tag) || told.includes(tag))
  )
  assert.strictEqual(it.core.busy, 0)
  const bodies = acts.reduce((sum, one) => sum + (one._tag === "Open" ? one.body + 2000 : 0), 0)
  // Each frame calls for one of 17 bytes at most.
  assert.isAtMost(written, bodies + 1000 + 3 * heard)
}

describe("a server that breaks the rules", () => {
  it.prop(
    "in the middle of a conversation is survived",
    [tape, tape],
    ([numbers, changes]) => {
      const { acts } = new Conversation(numbers).play()
      const dice = new Tape(changes)
      const changed = acts.flatMap((one): ReadonlyArray<Act> => {
        if (one._tag !== "Hear" || dice.over || dice.below(4) > 0) return [one]
        const bytes = Buffer.from(one.bytes)
        const at = dice.below(bytes.length)
        switch (dice.below(7)) {
          case 0:
            bytes[at]! ^= 1 << dice.below(8)
            return [{ _tag: "Hear", bytes }]
          case 1:
            bytes[at] = dice.below(256)
            return [{ _tag: "Hear", bytes }]
          case 2:
            return [{ _tag: "Hear", bytes: Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]) }]
          case 3:
            return [{ _tag: "Hear", bytes: Buffer.concat([bytes.subarray(0, at), bytes]) }]
          case 4:
            return [one, one]
          case 5:
            return []
          default: {
            // A frame of another kind, its own length and payload kept.
            if (bytes.length >= 9) bytes[3 + dice.below(2)] = dice.below(48)
            return [{ _tag: "Hear", bytes }]
          }
        }
      })
      survives(changed)
    },
    runs(300)
  )

  it.prop(
    "with frames at random is survived",
    [tape],
    ([numbers]) => {
      const dice = new Tape(numbers)
      const acts: Array<Act> = [{ _tag: "Hear", bytes: settings([0x3, 100]) }]
      for (let tag = 0; !dice.over;) {
        switch (dice.below(4)) {
          case 0:
            acts.push({ _tag: "Open", tag: tag++, body: dice.one([0, 10, 5000]) })
            break
          case 1:
            acts.push({ _tag: "Take" })
            break
          default: {
            const payload = Buffer.from(Array.from({ length: dice.below(24) }, () => dice.below(256)))
            acts.push({
              _tag: "Hear",
              bytes: frame(dice.below(11), dice.below(64), dice.below(3) === 0 ? 0 : dice.below(40), payload)
            })
          }
        }
      }
      survives(acts)
    },
    runs(200)
  )

  it.prop(
    "with mere noise is survived",
    [tape],
    ([numbers]) => {
      survives([
        { _tag: "Hear", bytes: settings([0x3, 100]) },
        { _tag: "Open", tag: 0, body: 10 },
        { _tag: "Take" },
        { _tag: "Hear", bytes: Buffer.from(numbers.map((number) => number & 0xff)) }
      ])
    },
    runs(100)
  )
})

describe("memory", () => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  const held = async () => {
    // Memory outside the heap is given back a little after what held it is gone.
    for (let nth = 0; nth < 3; nth++) {
      collect()
      await turn()
    }
    const { arrayBuffers, heapUsed } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }

  /** What comes again and again: answers of all kinds, to streams that are opened for them. */
  const rounds: Readonly<Record<string, (nth: number, stream: number) => ReadonlyArray<Buffer>>> = {
    "answers with names that the table has never held": (nth, stream) => {
      const out: Array<number> = [0x88]
      const encoder = new HpackEncoder.Encoder()
      encoder.field(out, `name-${nth}`, "v".repeat(50))
      return [frame(Frame.headers, Frame.endHeaders | Frame.endStream, stream, Buffer.from(out))]
    },
    "refusals with bodies that are longer than is kept": (_, stream) => [
      frame(Frame.headers, Frame.endHeaders, stream, "8c"),
      ...[1, 2, 3].map((part) =>
        frame(Frame.data, part === 3 ? Frame.endStream : 0, stream, Buffer.alloc(16_000))
      )
    ],
    "heads without an end, and resets": (_, stream) => [
      frame(Frame.headers, Frame.endHeaders, stream, "8c"),
      frame(Frame.rstStream, 0, stream, "00000002")
    ],
    "header blocks in pieces": (_, stream) => [
      frame(Frame.headers, Frame.endStream, stream, "88"),
      ...Array.from({ length: 4 }, () => frame(Frame.continuation, 0, stream, "0001610162")),
      frame(Frame.continuation, Frame.endHeaders, stream, "")
    ]
  }
  for (const [what, say] of Object.entries(rounds)) {
    it(`stays the same through ${what}`, async () => {
      const core = new H2.Client.Client<number>(
        { authority: "apple.example" },
        {
          settings: () => {},
          answered: () => {},
          broken: () => {},
          ponged: () => {},
          ended: () => {},
          wentAway: () => {},
          failed: (code, why) => assert.fail(`${code} ${why}`)
        }
      )
      core.receive(settings([0x3, 1000]))
      const message = { shared: [[":method", "POST"]] as const, path: "/3/device/aa", pushId: undefined }
      const body = Buffer.from("{}")
      const play = (count: number) => {
        for (let nth = 0; nth < count; nth++) {
          const stream = core.open({ ...message, body }, "bearer x", nth)
          core.take()
          core.receive(Buffer.concat(say(nth, stream)))
          core.receive(frame(Frame.windowUpdate, 0, 0, "00000002"))
        }
      }
      play(600)
      const before = await held()
      play(1200 * more)
      assert.isBelow((await held()) - before, 1024 * 1024)
    })
  }
})

describe("floods", () => {
  const whole = Frame.endHeaders | Frame.endStream
  const u32 = (value: number) => value.toString(16).padStart(8, "0")
  const times = (count: number, bytes: Buffer) => Array.from({ length: count }, () => bytes)
  const ok = Buffer.from("88", "hex")
  const calm = ErrorCode.enhanceYourCalm

  /** A frame of each kind that costs its sender little, on a client with streams 1, 3 and 5 of which the first has ended. */
  const floods: ReadonlyArray<readonly [string, Buffer]> = [
    ["PING", frame(Frame.ping, 0, 0, "0000000000000000")],
    ["PING that was not asked for", frame(Frame.ping, Frame.ack, 0, "0000000000000000")],
    ["SETTINGS", settings([0x4, 1000])],
    ["empty SETTINGS", frame(Frame.settings, 0, 0)],
    ["acknowledged SETTINGS", frame(Frame.settings, Frame.ack, 0)],
    ["RST_STREAM of an ended stream", frame(Frame.rstStream, 0, 1, u32(8))],
    ["WINDOW_UPDATE of one byte", frame(Frame.windowUpdate, 0, 0, u32(1))],
    ["WINDOW_UPDATE of an ended stream", frame(Frame.windowUpdate, 0, 1, u32(1))],
    ["PRIORITY", frame(Frame.priority, 0, 3, "0000000000")],
    ["frames of unknown types", frame(0x77, 0, 3, "00")],
    ["interim answers", frame(Frame.headers, Frame.endHeaders, 3, "080331 3033".replaceAll(" ", ""))],
    ["answers to an ended stream", frame(Frame.headers, whole, 1, ok)],
    ["DATA of an ended stream", frame(Frame.data, 0, 1)],
    ["GOAWAY", frame(Frame.goAway, 0, 0, u32(0x7fffffff) + u32(0))]
  ]
  for (const [what, bytes] of floods) {
    it(`of ${what} are refused, and borne at the pace of a slow server`, () => {
      const { core, told } = started(3)
      core.receive(frame(Frame.headers, whole, 1, ok))
      for (let written = 0; !core.over && written < 100_000; written++) core.receive(bytes)
      assert.strictEqual(told.at(-1), `failed ${calm}`)
      const goodbye = sent(core).at(-1)!
      assert.deepStrictEqual([goodbye.type, goodbye.payload.readUInt32BE(4)], [Frame.goAway, calm])

      const slow = started(3)
      slow.core.receive(frame(Frame.headers, whole, 1, ok))
      for (let second = 0; second < 50; second++) {
        slow.core.receive(Buffer.concat(times(100, bytes)))
        slow.core.take()
        slow.core.refresh()
      }
      assert.isFalse(slow.core.over)
    })
  }

  it("of resets, one for each request, are a server's right, and each push is known not to be read", () => {
    const { core, told } = started(0)
    for (let nth = 0; nth < 300; nth++) {
      const stream = core.open(
        { shared: [[":method", "POST"]], path: "/3/device/aa", pushId: undefined, body: Buffer.from("{}") },
        "bearer x",
        nth
      )
      core.take()
      core.receive(frame(Frame.rstStream, 0, stream, u32(ErrorCode.refusedStream)))
    }
    assert.isFalse(core.over)
    assert.strictEqual(told.filter((line) => line.endsWith(" unread 0")).length, 300)
  })

  it("of frames that call for answers nobody reads do not fill the memory", () => {
    const { core, told } = started(3)
    let heard = 0
    while (!core.over) {
      core.receive(frame(Frame.ping, 0, 0, "0000000000000000"))
      core.refresh()
      if (++heard > 100_000) break
    }
    assert.strictEqual(told.at(-1), `failed ${calm}`)
    assert.isBelow(core.take()!.length, 256 * 1024)
  })

  it("of bytes before any SETTINGS are refused at the first frame", () => {
    const { core, told } = client()
    core.receive(frame(Frame.headers, whole, 1, ok))
    assert.deepStrictEqual(told, [`failed ${ErrorCode.protocolError}`])
  })

  it("of windows shut for ever leave the requests waiting, and nothing is sent beyond them", () => {
    const { core, told } = started(0, [0x4, 0])
    const stream = core.open(
      { shared: [[":method", "POST"]], path: "/3/device/aa", pushId: undefined, body: Buffer.alloc(600) },
      "bearer x",
      0
    )
    assert.strictEqual(stream, 1)
    for (let second = 0; second < 100; second++) {
      assert.isEmpty(sent(core).filter(({ type }) => type === Frame.data))
      core.receive(frame(Frame.ping, Frame.ack, 0, "0000000000000000"))
      core.refresh()
    }
    assert.isEmpty(told.filter((line) => !line.startsWith("ponged")))
    core.reset(stream)
    assert.strictEqual(core.busy, 0)
  })
})
