import { Instant } from "@sightscreen/decider"
import { WebhookAttempt } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "vitest"

const at = Instant.fromMillis(1_750_000_000_000)
const answered = (status: number, rest: Duration.Input | null = null): WebhookAttempt.Reply => ({
  _tag: "Answered",
  status,
  retryAfter: rest === null ? null : Duration.fromInputUnsafe(rest)
})
const lost: WebhookAttempt.Reply = { _tag: "Unreachable", why: "ECONNREFUSED" }
const judge = (tries: number, reply: WebhookAttempt.Reply, chance = 0.5) =>
  WebhookAttempt.judge(tries, reply, at, chance)

describe("a message that was sent", () => {
  it("is delivered by any status of success, and by no other", () => {
    for (const status of [200, 201, 202, 204, 299])
      assert.strictEqual(judge(1, answered(status))._tag, "Delivered")
    // Answers that point elsewhere are not followed, and are no success.
    for (const status of [100, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
      assert.strictEqual(judge(1, answered(status))._tag, "Again")
  })

  it("is not wanted where it is answered 410", () => {
    assert.strictEqual(judge(1, answered(410))._tag, "Unwanted")
  })

  it("is not tried again where it may not be sent", () => {
    const refused = judge(1, { _tag: "Refused", why: "10.0.0.1 is not public" })
    assert.deepStrictEqual(refused, { _tag: "GivenUp", why: "10.0.0.1 is not public" })
  })

  it("is tried ten times, later each time, over most of a day", () => {
    const rests = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tries) => {
      const fate = judge(tries, lost)
      assert.strictEqual(fate._tag, "Again")
      return fate._tag === "Again" ? Duration.toSeconds(Instant.since(fate.at, at)) : 0
    })
    assert.deepStrictEqual(
      rests,
      [...rests].toSorted((a, b) => a - b)
    )
    assert.strictEqual(rests[0], 5)
    const hours = rests.reduce((sum, rest) => sum + rest, 0) / 3600
    assert.isAbove(hours, 20)
    assert.isBelow(hours, 24)
    assert.deepStrictEqual(judge(10, lost), { _tag: "GivenUp", why: "ECONNREFUSED" })
    assert.deepStrictEqual(judge(10, answered(500)), { _tag: "GivenUp", why: "answered 500" })
  })

  it("waits as long as it is asked to, within bounds, and never less than by itself", () => {
    const rest = (reply: WebhookAttempt.Reply, chance = 0.5) => {
      const fate = judge(1, reply, chance)
      return fate._tag === "Again" ? Duration.toSeconds(Instant.since(fate.at, at)) : null
    }
    assert.strictEqual(rest(answered(429, "90 seconds")), 90)
    assert.strictEqual(rest(answered(503, "1 second")), 5)
    assert.strictEqual(rest(answered(503, "30 days")), 12 * 3600)
    assert.strictEqual(rest(lost, 0), 4)
    assert.strictEqual(rest(lost, 1), 6)
  })
})
