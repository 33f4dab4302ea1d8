import { assert, describe, it } from "@effect/vitest"
import { Delivery } from "@sightscreen/domain"
import { Bundled, Cricsheet, type Recording as Type, Recording, Tape } from "@sightscreen/feed"
import { Result, Schema } from "effect"
import { readFileSync } from "node:fs"
import { files, missing, note, tape } from "./archive.ts"
import { extra, game, innings, over } from "./game.ts"

const refusal = (bytes: Uint8Array): string => {
  const result = Tape.decode(bytes, "x.tape")
  return Result.isFailure(result) ? result.failure.message : "it was read"
}

const rain = Tape.encode(tape("rain"))

const count = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 300 })))
const name = Schema.Literals(["Ann", "Bea", "Cleo", "Dot", "名前", ""])
const Ball = Schema.Struct({
  batter: name,
  nonStriker: name,
  bowler: name,
  bat: count,
  wides: count,
  noBalls: count,
  byes: count,
  legByes: count,
  penalty: count,
  boundary: Schema.Boolean,
  dismissals: Schema.Array(
    Schema.Struct({ batter: name, manner: Delivery.Manner, fielders: Schema.Array(name) })
  ),
  id: Schema.NullOr(Schema.Literals(["17", "18", "Ann"])),
  at: Schema.NullOr(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 48 }))))
})
const Overs = Schema.Array(Schema.Struct({ gap: count, complete: Schema.Boolean, balls: Schema.Array(Ball) }))

describe("a tape", () => {
  it.prop(
    "gives back what was put on it, however unlike cricket",
    [Overs, count, count],
    ([overs, pre, balls]) => {
      let number = -1
      const innings: Type.Innings = {
        batting: balls % 2 === 0 ? "home" : "away",
        superOver: pre % 2 === 0,
        target: balls === 0 ? null : { runs: pre, balls: pre % 3 === 0 ? null : balls },
        declared: balls % 3 === 0,
        forfeited: balls % 5 === 0,
        penalties: { pre, post: balls },
        overs: overs
          .filter((one) => one.balls.length > 0)
          .map((one) => {
            number += one.gap + 1
            const deliveries = one.balls.map((ball, index) => ({ ...ball, over: number, nth: index + 1 }))
            return {
              number,
              complete: one.complete,
              deliveries: deliveries as unknown as ReadonlyArray<Delivery.Delivery>
            }
          })
      }
      const recording = { ...tape("rain"), innings: [innings, innings] }
      assert.deepStrictEqual(Result.getOrThrow(Tape.decode(Tape.encode(recording))), recording)
    }
  )

  it("names the source of its data", () => {
    assert.include(
      new TextDecoder().decode(rain),
      "Ball-by-ball data: Cricsheet (https://cricsheet.org), ODC-BY 1.0"
    )
  })

  it("notices every byte that is changed", () => {
    for (let index = 0; index < rain.length; index++) {
      for (const flip of [1, 0x80, 0xff]) {
        const damaged = rain.slice()
        damaged[index]! ^= flip
        assert.match(refusal(damaged), /^x\.tape: /, `byte ${index}`)
      }
    }
  })

  it("notices wherever it is cut", () => {
    for (let length = 0; length < rain.length; length++) {
      assert.match(
        refusal(rain.subarray(0, length)),
        /^x\.tape: (the tape breaks off after|not a tape: the file is empty)/
      )
    }
  })

  const changed = (index: number, byte: number) => {
    const bytes = rain.slice()
    bytes[index] = byte
    return bytes
  }
  for (const [what, bytes, message] of [
    ["is empty", new Uint8Array(), "x.tape: not a tape: the file is empty"],
    [
      "is something else",
      new TextEncoder().encode('{"meta":{}}'),
      'x.tape: not a tape: it does not begin with "tape"'
    ],
    ["is of a later version", changed(4, 2), "x.tape: a tape of version 2; this reads version 1"],
    ["is cut in its head", rain.subarray(0, 9), "x.tape: the tape breaks off after 9 bytes, in its head"],
    ["is cut", rain.subarray(0, 100), `x.tape: the tape breaks off after 100 of ${rain.length} bytes`],
    ["goes on", new Uint8Array([...rain, 0, 0]), "x.tape: the tape has 2 bytes too many"],
    ["is damaged", changed(200, 0xff), "x.tape: the tape is damaged: its checksum is wrong"]
  ] as const) {
    it(`that ${what} is refused: ${message}`, () => {
      assert.strictEqual(refusal(bytes), message)
    })
  }
})

describe("the bundled tapes", () => {
  it.each(Bundled.bundled)("$id is there under its name, $alias, in at most 10 KB", ({ alias, id, url }) => {
    const bytes = readFileSync(url)
    assert.isAtMost(bytes.length, 10_240)
    const recording = Result.getOrThrow(Tape.decode(bytes, id))
    assert.strictEqual(recording.info.matchId, id as string)
    assert.strictEqual(Bundled.find(alias), Bundled.find(id))
    assert.isAbove(Recording.deliveries(recording), 100)
  })

  it.each(Bundled.bundled)("$id is written as tapes are written now", ({ id, url }) => {
    assert.deepStrictEqual(Tape.encode(tape(id)), new Uint8Array(readFileSync(url)))
  })
})

describe("a tape of the largest numbers that a file may have", () => {
  it("can be read again", () => {
    const most = 100_000
    const file = game(
      [
        innings("India", [over(most, extra({ wides: most, byes: most }, most))], {
          target: { runs: most, overs: 16_666 },
          penalty_runs: { pre: most, post: most }
        })
      ],
      { overs: most, outcome: { winner: "India", by: { runs: most } } }
    )
    const recording = Result.getOrThrow(Cricsheet.parse("1", JSON.stringify(file)))
    assert.deepStrictEqual(Result.getOrThrow(Tape.decode(Tape.encode(recording))), recording)
  })
})

describe.skipIf(missing)(`tapes of Cricsheet's archive${note}`, () => {
  it.each(files)("match $id comes back as it was", ({ id, text }) => {
    const recording = Result.getOrThrow(Cricsheet.parse(id, text))
    const bytes = Tape.encode(recording)
    assert.deepStrictEqual(Result.getOrThrow(Tape.decode(bytes, id)), recording)
    // A T20 takes about a kilobyte, a Test four.
    assert.isAtMost(bytes.length, recording.info.format.innings === 4 ? 5120 : 2048)
  })
})
