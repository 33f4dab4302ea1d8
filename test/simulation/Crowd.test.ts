import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import type { Handset, Push } from "@sightscreen/handset"
import { Crowd } from "@sightscreen/simulation"

const at = (second: number): Instant.Instant => Instant.fromSeconds(1_800_000_000 + second)

const tokensIn = (outputs: ReadonlyArray<Handset.Output>) =>
  outputs.flatMap((one) => ("token" in one ? [one.token] : []))

const alertTo = (token: string): Push.Push => ({
  token,
  kind: "alert",
  priority: 10,
  payload: JSON.stringify({ aps: { alert: "Rain stops play" } })
})

describe("a crowd", () => {
  it("is of phones that differ as their recipe says, and otherwise by name alone", () => {
    const crowd = Crowd.make(12, "seed", [18, 4], (deviceId, nth) =>
      nth % 2 === 0 ? { os: [17, 4], userId: `owner of ${deviceId}`, startToken: "swallowed" } : {}
    )
    assert.deepStrictEqual(
      crowd.phones
        .slice(0, 2)
        .map(({ deviceId, os, traits, userId }) => [deviceId, os, traits.startToken, userId]),
      [
        ["phone-01", [17, 4], "swallowed", "owner of phone-01"],
        ["phone-02", [18, 4], "well", null]
      ]
    )
    const plain = Crowd.make(12, "seed", [18, 4])
    assert.deepStrictEqual(plain.phone("phone-02"), crowd.phone("phone-02"))
  })

  it("finds a phone by its device token as by any other", () => {
    const crowd = Crowd.make(3, "seed", [18, 4])
    const tokens = tokensIn(crowd.hear("phone-2", { _tag: "Launched", at: at(0) }))
    assert.strictEqual(tokens.length, 2)
    for (const token of tokens) {
      assert.strictEqual(crowd.deliver(token, alertTo(token), at(1))?.deviceId, "phone-2")
    }
    assert.strictEqual(crowd.phone("phone-2")?.counters.notificationsShown, 1)
    assert.strictEqual(crowd.deliver("00", alertTo("00"), at(1)), null)
  })

  it("knows a phone under its new name, in its old place, and by its old tokens too", () => {
    const crowd = Crowd.make(3, "seed", [18, 4])
    const [device] = tokensIn(crowd.hear("phone-2", { _tag: "Launched", at: at(0) }))
    crowd.hear("phone-2", { _tag: "Reinstalled", deviceId: "phone-2b", at: at(1) })
    assert.deepStrictEqual(
      crowd.phones.map(({ deviceId }) => deviceId),
      ["phone-1", "phone-2b", "phone-3"]
    )
    assert.strictEqual(crowd.phone("phone-2"), undefined)
    assert.strictEqual(crowd.deliver(device!, alertTo(device!), at(2))?.deviceId, "phone-2b")
    assert.strictEqual(crowd.phone("phone-2b")?.counters.dropped, 1)
    const [anew] = tokensIn(crowd.hear("phone-2b", { _tag: "Launched", at: at(3) }))
    assert.strictEqual(crowd.deliver(anew!, alertTo(anew!), at(4))?.deviceId, "phone-2b")
    assert.strictEqual(crowd.phone("phone-2b")?.counters.notificationsShown, 1)
    // Read from what was written down, it is found as before.
    const again = new Crowd.Crowd(crowd.phones)
    assert.strictEqual(again.deliver(anew!, alertTo(anew!), at(5))?.deviceId, "phone-2b")
  })
})
