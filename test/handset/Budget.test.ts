import { assert, describe, it } from "@effect/vitest"
import { Step } from "@sightscreen/decider"
import { Budget, Handset } from "@sightscreen/handset"
import { Schema } from "effect"
import {
  content,
  endOf,
  launched,
  ofMatch,
  phoneWith,
  published,
  scored,
  seconds,
  started,
  startOf,
  startToken,
  to,
  updateOf,
  updateToken
} from "./phone.ts"

const usual = phoneWith({ frequentPushes: false })
const start = startToken(usual)

const many = (count: number, one: (at: number) => Handset.Input): ReadonlyArray<Handset.Input> =>
  Array.from({ length: count }, (_, nth) => one(10 + nth))

const ten = (at: number, more: object = {}): Handset.Input => to(updateToken(), updateOf(at, more), at)
const five = (at: number): Handset.Input => {
  const input = ten(at)
  return input._tag === "Delivered" ? { ...input, push: { ...input.push, priority: 5 } } : input
}
const alert = { alert: { title: "WICKET!", body: "Kohli" } }

const fates = ({ counters }: Handset.Handset) => [
  counters.applied,
  counters.throttled,
  counters.alertsThrottled
]

describe("the hourly budget of an activity", () => {
  it.each([
    [false, 15],
    [true, 240]
  ])("with frequent updates %s is %i pushes of priority 10", (frequentPushes, most) => {
    const [phone, said] = Step.play(Handset.step, phoneWith({ frequentPushes }), [
      ...started(),
      ...many(most, ten),
      ten(300),
      ten(301, alert)
    ])
    assert.deepStrictEqual(fates(phone), [1 + most, 2, 1])
    assert.strictEqual(phone.counters.alertsShown, 1)
    assert.strictEqual(said.filter(({ _tag }) => _tag === "Logged").length, 2)
  })

  it("is as the phone has it", () => {
    const phone = phoneWith({ pushesAnHour: { frequent: 2 } })
    const [after] = Step.play(Handset.step, phone, [...started(), ...many(5, ten)])
    assert.deepStrictEqual(fates(after), [3, 3, 0])
  })

  it("is not touched by priority 5, which also passes when it is spent", () => {
    const [phone] = Step.play(Handset.step, usual, [
      ...started(),
      ...many(100, five),
      ...many(15, (at) => ten(at + 200)),
      five(400),
      ten(401)
    ])
    assert.deepStrictEqual(fates(phone), [117, 1, 0])
  })

  it("comes back an hour after each push", () => {
    const [phone] = Step.play(Handset.step, usual, [
      ...started(),
      ...many(15, ten),
      ten(3609),
      ten(3610),
      ten(3610.5),
      ten(3611)
    ])
    assert.deepStrictEqual(fates(phone), [18, 2, 0])
  })

  it("is spent by what cannot be decoded or is too old, and not by what was throttled", () => {
    const [phone] = Step.play(Handset.step, usual, [
      ...started(),
      ...many(5, (at) => ten(at, { "content-state": { ...content, phase: 7 } })),
      ...many(5, () => ten(1)),
      ...many(5, (at) => ten(at + 20)),
      ...many(5, (at) => ten(at + 50))
    ])
    const { counters } = phone
    assert.deepStrictEqual(
      [counters.undecodable, counters.ignoredStale, counters.applied, counters.throttled],
      [5, 5, 6, 5]
    )
    assert.strictEqual(phone.activities[0]!.spent.length, 15)
  })

  it("stops an end as it stops an update", () => {
    const [phone] = Step.play(Handset.step, usual, [
      ...started(),
      ...many(15, ten),
      to(updateToken(), endOf(60), 60)
    ])
    assert.strictEqual(phone.activities[0]!.state._tag, "Active")
  })

  it("is each activity's own, on a channel too", () => {
    const channelId = "dGVzdC1jaGFubmVs"
    const joined = { "input-push-channel": channelId }
    const [phone] = Step.play(Handset.step, usual, [
      launched,
      to(start, startOf(1, joined), 1),
      ...many(10, (at) => published(channelId, updateOf(at), at, 10)),
      to(start, startOf(40, { ...joined, ...ofMatch("m2") }), 40),
      ...many(10, (at) => published(channelId, updateOf(at + 50), at + 50, 10)),
      published(channelId, updateOf(200, { "content-state": scored("last") }), 200)
    ])
    assert.deepStrictEqual(
      phone.activities.map(({ spent, timestamp }) => [spent.length, timestamp - 1_800_000_000]),
      [
        [15, 200],
        [10, 200]
      ]
    )
    // A push that one activity applied was applied.
    assert.deepStrictEqual(fates(phone), [2 + 10 + 10 + 1, 0, 0])
  })

  const Times = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20_000 })))

  it.prop("is never exceeded in any hour, and never refuses what would fit", [Times], ([times]) => {
    const sorted = [...times].sort((one, other) => one - other)
    let budget: Budget.Budget = []
    const spent: Array<number> = []
    for (const time of sorted) {
      const within = spent.filter((before) => before > time - 3600).length
      const next = Budget.spend(budget, 3, seconds(time))
      assert.strictEqual(next === null, within >= 3)
      if (next === null) continue
      budget = next
      spent.push(time)
    }
  })
})
