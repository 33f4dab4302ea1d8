import { LiveActivity, Mould, Notification } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { bundleId } from "./support.ts"

const message = (batter: string, runs: number, note = "") =>
  LiveActivity.update({
    bundleId,
    timestamp: Instant.toSeconds(Instant.fromMillis(1_700_000_000_000)),
    contentState: { batter, runs, note, again: runs },
    priority: 5,
    expiration: "once"
  })

const mould = Mould.make<"batter" | "runs">((hole) => message(hole("batter"), hole("runs")))

describe("a mould", () => {
  it.prop(
    "gives the very bytes and headers that encoding gives",
    [Schema.String, Schema.Finite],
    ([batter, runs]) => {
      const filled = Mould.make<"batter" | "runs">((hole) => message(hole("batter"), hole("runs"))).pour({
        batter,
        runs
      })
      const sealed = Notification.seal(message(batter, runs))
      assert.strictEqual(Result.isSuccess(filled), Result.isSuccess(sealed))
      if (!Result.isSuccess(filled) || !Result.isSuccess(sealed)) return
      assert.strictEqual(
        Buffer.from(filled.success.body).toString(),
        Buffer.from(sealed.success.body).toString()
      )
      assert.strictEqual(filled.success.headers, sealed.success.headers, "transports know them by identity")
    }
  )

  it("keeps what it has filled apart from what it fills next", () => {
    const first = Result.getOrThrow(mould.pour({ batter: "A", runs: 1 }))
    const before = Buffer.from(first.body).toString()
    mould.pour({ batter: "somebody else", runs: 100 })
    assert.strictEqual(Buffer.from(first.body).toString(), before)
  })

  it("refuses what is too large, and says how large", () => {
    const filled = mould.pour({ batter: "é".repeat(3000), runs: 1 })
    assert(Result.isFailure(filled))
    assert.strictEqual(filled.failure.limit, 4096)
    assert.isAbove(filled.failure.bytes, 6000)
  })

  it("may have nothing to fill in", () => {
    const plain = Mould.make(() => message("A", 1, 'a "quoted" note'))
    assert.deepStrictEqual(
      Buffer.from(Result.getOrThrow(plain.pour({})).body).toString(),
      Buffer.from(Result.getOrThrow(Notification.seal(message("A", 1, 'a "quoted" note'))).body).toString()
    )
  })
})
