import { Gate, RetryAfter } from "@sightscreen/apns"
import { Instant, Step } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"

const heardAt = Instant.fromMillis(Date.UTC(2026, 5, 14, 12, 0, 0))
const day = 24 * 3_600_000

/** How long the headers say to wait, in seconds; null where they say nothing. */
const seconds = (headers: Readonly<Record<string, string>>): number | null => {
  const read = RetryAfter.read(headers)
  return read === undefined ? null : (RetryAfter.notBefore(read, heardAt) - heardAt) / 1000
}

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    ["1", 1],
    ["120", 120],
    [" 5 ", 5],
    ["007", 7],
    ["Sun, 14 Jun 2026 12:00:30 GMT", 30],
    ["Sunday, 14-Jun-26 12:01:00 GMT", 60],
    ["Sun Jun 14 12:00:05 2026", 5]
  ])("of %j is %d seconds", (text, expected) => {
    assert.strictEqual(seconds({ "retry-after": text }), expected)
  })

  it.each([
    "",
    "soon",
    "-1",
    "1.5",
    "1e3",
    "0x10",
    "1 2",
    "5s",
    "2026-06-14T12:00:30Z",
    "Sun, 31 Feb 2026 12:00:30 GMT"
  ])("of %j says nothing", (text) => {
    assert.isNull(seconds({ "retry-after": text }))
  })

  it("is nothing where there is none", () => {
    assert.isNull(seconds({ "content-type": "application/json" }))
  })

  it("that is a date is held against the server's own date, whatever the clocks say", () => {
    assert.strictEqual(
      seconds({ "retry-after": "Sun, 14 Jun 2026 09:00:20 GMT", date: "Sun, 14 Jun 2026 09:00:00 GMT" }),
      20
    )
    assert.strictEqual(
      seconds({ "retry-after": "Sun, 14 Jun 2026 09:00:20 GMT", date: "Sun, 14 Jun 2026 09:30:00 GMT" }),
      0
    )
  })

  it.each(["86401", "99999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])(
    "of %j is a day at most",
    (text) => {
      assert.strictEqual(seconds({ "retry-after": text }), day / 1000)
    }
  )

  it.prop(
    "of any text is a time that can be saved, or nothing",
    [Schema.String, Schema.Int],
    ([text, number]) => {
      for (const each of [text, String(number)]) {
        const read = RetryAfter.read({ "retry-after": each, date: text })
        if (read === undefined) continue
        Schema.encodeSync(RetryAfter.RetryAfter)(read)
        const at = RetryAfter.notBefore(read, heardAt)
        if (read._tag === "Wait") assert.isAtLeast(at, heardAt)
        assert.isAtMost(at, heardAt + day)
      }
    }
  )
})

describe("a model Apple that says when to come again", () => {
  const token = "ab".repeat(32)
  const gate = Gate.make(
    Gate.rules({
      keys: [{ keyId: "KEY0000001", teamId: "TEAM000001" }],
      strangers: "welcome",
      rate: { burst: 2, perSecond: 0.1, tells: true }
    })
  )
  const push = (seconds: number): Gate.Request => ({
    _tag: "Request",
    at: Instant.fromMillis(heardAt + seconds * 1000),
    connection: 1,
    method: "POST",
    path: `/3/device/${token}`,
    headers: [["apns-topic", "uk.example.cricket"]],
    body: Buffer.from('{"aps":{"alert":"x"}}'),
    jwt: Result.succeed({
      text: "x",
      keyId: "KEY0000001",
      teamId: "TEAM000001",
      issuedAtSeconds: Instant.toSeconds(heardAt),
      signed: "",
      signature: new Uint8Array()
    }),
    signature: "valid",
    spareId: "00000000-0000-4000-8000-000000000001"
  })
  const answers = (...at: ReadonlyArray<number>) =>
    Step.play(Gate.step, gate, at.map(push))[1].flatMap((it) =>
      it._tag === "Response" ? [it.retryAfter ?? it.status] : []
    )

  it("names the seconds after which the next push to a token is let through", () => {
    assert.deepStrictEqual(answers(0, 0, 0, 4, 9.9, 10), [200, 200, 10, 6, 1, 200])
  })
})
