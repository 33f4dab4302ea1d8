import { assert, describe, it } from "@effect/vitest"
import { Step } from "@sightscreen/decider"
import { ActivityKit, Handset } from "@sightscreen/handset"
import {
  endOf,
  fresh,
  phoneWith,
  published,
  scored,
  seconds,
  stamp,
  started,
  startOf,
  startToken,
  launched,
  ofMatch,
  tick,
  to,
  updateOf,
  updateToken
} from "./phone.ts"

const update = (at: number, more: object = {}): Handset.Input =>
  to(updateToken(), updateOf(at, { "content-state": scored(`${at}`), ...more }), at)

const stamps = (outputs: ReadonlyArray<Handset.Output>) =>
  outputs.flatMap((one) => (one._tag === "Shown" ? [one.timestamp - stamp(0)] : []))

/** Tells the time whenever something is due, so that every draw happens in a step of its own. */
const drawn = (phone: Handset.Handset, inputs: ReadonlyArray<Handset.Input>) => {
  let now = phone
  const draws: Array<readonly [at: number, stamp: number]> = []
  for (const input of inputs) {
    for (;;) {
      const due = Handset.nextDue(now)
      const next: Handset.Input = due !== null && due < input.at ? { _tag: "Ticked", at: due } : input
      const [after, said] = Handset.step(now, next)
      now = after
      for (const one of stamps(said)) draws.push([(next.at - seconds(0)) / 1000, one])
      if (next === input) break
    }
  }
  return draws
}

describe("the screen", () => {
  it("draws every push at once before iOS 18", () => {
    assert.deepStrictEqual(drawn(fresh([17, 6]), [...started(), update(4), update(5), update(6)]), [
      [1, 1],
      [4, 4],
      [5, 5],
      [6, 6]
    ])
  })

  it("draws every five seconds from iOS 18 on, and the newest comes last", () => {
    const inputs = [...started(), ...[4, 5, 7, 8, 9, 30, 31].map((at) => update(at)), tick(60)]
    assert.deepStrictEqual(drawn(fresh(), inputs), [
      [1, 1],
      [6, 5],
      [11, 9],
      [30, 30],
      [35, 31]
    ])
  })

  it("draws as rarely as the phone has it", () => {
    const inputs = [...started(), ...[4, 9, 14, 17].map((at) => update(at)), tick(60)]
    assert.deepStrictEqual(drawn(phoneWith({ drawEvery: "15 seconds" }), inputs), [
      [1, 1],
      [16, 14],
      [31, 17]
    ])
  })

  it("lags behind what is known: the activity has the newest at once, and what waits is due", () => {
    const [phone] = Step.play(Handset.step, fresh(), [...started(), update(4)])
    assert.strictEqual(phone.activities[0]!.timestamp, stamp(4))
    assert.isTrue(phone.activities[0]!.undrawn)
    assert.strictEqual(Handset.nextDue(phone), seconds(6))
  })

  it("rings at once for what is drawn later", () => {
    const [, said] = Step.play(Handset.step, fresh(), [
      ...started(),
      update(4, { alert: { title: "WICKET!", body: "Kohli" } })
    ])
    assert.deepStrictEqual(
      said.slice(-1).map(({ _tag }) => _tag),
      ["AlertShown"]
    )
  })

  it("draws an end when its time comes, and nothing of an activity that has left", () => {
    const end = (more: object = {}) => to(updateToken(), endOf(4, more), 4)
    assert.deepStrictEqual(drawn(fresh(), [...started(), end(), tick(60)]), [
      [1, 1],
      [6, 4]
    ])
    assert.deepStrictEqual(drawn(fresh(), [...started(), end({ "dismissal-date": stamp(5) }), tick(60)]), [
      [1, 1]
    ])
  })

  it("draws staleness together with what waits", () => {
    const [, said] = Step.play(Handset.step, fresh(), [
      ...started(),
      update(4, { "stale-date": stamp(5) }),
      tick(60)
    ])
    assert.deepStrictEqual(
      said.flatMap((one) => (one._tag === "Shown" ? [[one.timestamp - stamp(0), one.stale]] : [])),
      [
        [1, false],
        [4, true]
      ]
    )
  })

  it("draws each activity by itself", () => {
    const channelId = "dGVzdC1jaGFubmVs"
    const joined = { "input-push-channel": channelId }
    const phone = fresh()
    const inputs = [
      launched,
      to(startToken(phone), startOf(1, joined), 1),
      to(startToken(phone), startOf(3, { ...joined, ...ofMatch("m2") }), 3),
      published(channelId, updateOf(4), 4),
      tick(60)
    ]
    assert.deepStrictEqual(drawn(phone, inputs), [
      [1, 1],
      [3, 3],
      [6, 4],
      [8, 4]
    ])
  })
})

describe("a clock that is wrong", () => {
  const skewed = (minutes: number) => phoneWith({ clockAheadMillis: minutes * 60_000 })

  it.each([
    [0, 600],
    [3, 420],
    [-3, 780]
  ])("by %i minutes makes content stale at %i seconds", (minutes, at) => {
    const [phone] = Step.play(Handset.step, skewed(minutes), started({ "stale-date": stamp(600) }))
    assert.strictEqual(Handset.nextDue(phone), seconds(at))
  })

  it.each([
    [0, 3600],
    [3, 3420],
    [-3, 3780]
  ])("by %i minutes dismisses at %i seconds", (minutes, at) => {
    const [phone] = Step.play(Handset.step, skewed(minutes), [
      ...started(),
      to(updateToken(), endOf(20, { "dismissal-date": stamp(3600) }), 20)
    ])
    assert.strictEqual(Handset.nextDue(phone), seconds(at))
  })

  it("changes neither the order of pushes nor the eight hours", () => {
    const [phone] = Step.play(Handset.step, skewed(60), [...started(), update(9), update(8)])
    assert.strictEqual(phone.counters.ignoredStale, 1)
    const [after] = Step.play(Handset.step, phone, [tick(8 * 3600)])
    assert.isTrue(ActivityKit.isLive(after.activities[0]!))
    const [over] = Handset.step(after, tick(8 * 3600 + 1))
    assert.isFalse(ActivityKit.isLive(over.activities[0]!))
  })
})
