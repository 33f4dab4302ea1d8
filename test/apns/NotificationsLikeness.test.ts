import { LiveActivity, Notification } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result, Schema } from "effect"
import { bundleId } from "./support.ts"

const message = (contentState: LiveActivity.JsonObject) =>
  LiveActivity.update({
    bundleId,
    timestamp: Instant.toSeconds(Instant.fromMillis(1_700_000_000_000)),
    contentState,
    priority: 5,
    expiration: "once"
  })

const sealedIs = (contentState: LiveActivity.JsonObject) => {
  const it = message(contentState)
  const sealed = Notification.seal(it)
  const json = JSON.stringify(it.payload)
  assert.strictEqual(Result.isSuccess(sealed), Buffer.byteLength(json) <= 4096)
  if (Result.isSuccess(sealed)) assert.strictEqual(Buffer.from(sealed.success.body).toString(), json)
  else assert.strictEqual(sealed.failure.bytes, Buffer.byteLength(json))
}

const score = (nth: number, more: object = {}) => ({
  striker: { name: `Batter ${nth}`, runs: nth, out: nth % 2 === 0 },
  balls: ["1", "4", `${nth}`, null],
  note: "Rain is expected.",
  ...more
})

class Score {
  readonly runs = 7
  toJSON() {
    return { says: "seven" }
  }
}

const holed = ["1", "4", "1", null]
delete holed[1]

const hidden = Object.defineProperty({ runs: 1 }, "secret", { value: 2, enumerable: false })

describe("sealing payloads much like the ones before", () => {
  it.prop(
    "gives the bytes of JSON.stringify, in whatever order they come",
    [Schema.Record(Schema.String, Schema.Json), Schema.Record(Schema.String, Schema.Json), Schema.Json],
    ([one, other, value]) => {
      for (const state of [
        one,
        other,
        one,
        one,
        { ...one, more: value },
        { ...one, more: "é" },
        { ...one, more: 3 }
      ]) {
        sealedIs(state)
        sealedIs({ first: state, last: [value, 1] })
      }
    }
  )

  it("follows each value that begins to differ, up to more than it remembers", () => {
    for (let nth = 0; nth < 40; nth++)
      sealedIs(score(nth, { wide: Array.from({ length: 12 }, (_, k) => (nth > 20 ? nth * k : k)) }))
    for (let nth = 0; nth < 40; nth++)
      sealedIs(score(nth % 3, { note: "é".repeat(nth), stands: [nth, -0, Number.NaN] }))
  })

  it("keeps the body of what is meant for the other of Apple's worlds", () => {
    for (let nth = 0; nth < 6; nth++) {
      const it = message(score(nth))
      const sealed = Result.getOrThrow(Notification.seal(it))
      const elsewhere = Notification.inEnvironment(sealed, "sandbox")
      assert.strictEqual(elsewhere.environment, "sandbox")
      assert.strictEqual(elsewhere.pushType, sealed.pushType)
      assert.strictEqual(elsewhere.headers, sealed.headers)
      assert.strictEqual(Buffer.from(elsewhere.body).toString(), JSON.stringify(it.payload))
    }
  })

  const unlike: ReadonlyArray<readonly [what: string, state: LiveActivity.JsonObject]> = [
    ["a value that JSON leaves out", score(1, { note: undefined })],
    ["a value that encodes itself", score(1, { striker: new Score() })],
    ["a date", score(1, { note: DateTime.toDateUtc(DateTime.makeUnsafe(0)) })],
    ["a list with a hole", score(1, { balls: holed })],
    ["a key that is not shown", score(1, { striker: hidden })],
    [
      "what it inherits",
      score(1, { striker: Object.create({ name: "Batter 1", runs: 1, out: false }) as object })
    ],
    ["nothing where an object was", score(1, { striker: null })],
    ["an object where a list was", score(1, { balls: { 0: "1" } })],
    ["a list where a text was", score(1, { note: ["Rain"] })],
    ["keys in another order", { note: "Rain is expected.", balls: [], striker: {} }],
    ["one key more", score(1, { zone: 1 })],
    ["one key less", { striker: score(1).striker, balls: score(1).balls }],
    ["a key of its class's name", score(1, { striker: { constructor: 1, name: "x" } })]
  ]
  it.each(unlike)("is not deceived by %s", (_, state) => {
    for (let nth = 0; nth < 4; nth++) sealedIs(score(nth))
    sealedIs(state)
    sealedIs(score(5))
    for (let nth = 0; nth < 4; nth++) sealedIs(state)
  })

  it("refuses what has grown too large, and says how large", () => {
    for (const letters of [1, 2, 3, 4, 5000, 5, 6000]) sealedIs(score(letters, { note: "x".repeat(letters) }))
  })
})
