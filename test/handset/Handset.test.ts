import { assert, describe, it } from "@effect/vitest"
import { Handset } from "@sightscreen/handset"
import { Duration, Schema } from "effect"
import {
  content,
  endOf,
  fresh,
  launched,
  published,
  scored,
  seconds,
  startOf,
  startToken,
  tick,
  to,
  updateOf,
  updateToken
} from "./phone.ts"

/** Anything that can happen to a phone, in a few numbers that shrink well. */
const Happening = Schema.Struct({
  what: Schema.Literals([
    "start",
    "start on channel",
    "update",
    "update",
    "update",
    "publish",
    "end",
    "broken",
    "nonsense",
    "swipe",
    "allow",
    "offline",
    "online",
    "time"
  ]),
  nth: Schema.Literals([0, 1, 2]),
  /** How far the push's stamp is from the second it arrives in. */
  drift: Schema.Int.check(Schema.isBetween({ minimum: -20, maximum: 20 })),
  pause: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4000 })),
  alert: Schema.Boolean
})
type Happening = typeof Happening.Type

const Story = Schema.Array(Happening)

const channelId = "dGVzdC1jaGFubmVs"

const inputs = (story: ReadonlyArray<Happening>): ReadonlyArray<Handset.Input> => {
  const start = startToken(fresh())
  let now = 1
  return [
    launched,
    ...story.map(({ alert, drift, nth, pause, what }, index): Handset.Input => {
      now += pause
      const more = {
        "content-state": scored(`${index}`),
        ...(alert && { alert: { title: "alert", body: `${index}` }, "stale-date": 1_800_000_000 + now + 60 })
      }
      const token = updateToken(nth)
      const activityId = fresh().deviceId
      switch (what) {
        case "start":
          return to(start, startOf(now + drift), now, {
            tokenAfter: alert ? Duration.seconds(drift + 20) : null
          })
        case "start on channel":
          return to(start, startOf(now + drift, { "input-push-channel": channelId }), now)
        case "update":
          return to(token, updateOf(now + drift, more), now)
        case "publish":
          return published(channelId, updateOf(now + drift, more), now)
        case "end":
          return to(
            token,
            endOf(now + drift, alert ? { "dismissal-date": 1_800_000_000 + now + drift } : more),
            now
          )
        case "broken":
          return to(token, updateOf(now + drift, { "content-state": { ...content, phase: nth } }), now)
        case "nonsense":
          return to(token, { alert: "hello" }, now)
        case "swipe":
          return { _tag: "Dismissed", activityId: alert ? idOf(nth) : activityId, at: seconds(now) }
        case "allow":
          return { _tag: "Allowed", activityId: idOf(nth), at: seconds(now) }
        case "offline":
          return { _tag: "WentOffline", at: seconds(now) }
        case "online":
          return { _tag: "CameOnline", at: seconds(now) }
        case "time":
          return tick(now)
      }
    })
  ]
}

/** Names follow from the seed, so they can be known before there is an activity. */
const idOf = (nth: number): string => {
  let phone = Handset.step(fresh(), launched)[0]
  for (let at = 0; at <= nth; at++) phone = Handset.step(phone, to(startToken(fresh()), startOf(1), 1))[0]
  return phone.activities[nth]!.id
}

interface Frame {
  readonly before: Handset.Handset
  readonly after: Handset.Handset
  readonly said: ReadonlyArray<Handset.Output>
}

const frames = (story: ReadonlyArray<Happening>): ReadonlyArray<Frame> => {
  let before = fresh()
  return inputs(story).map((input) => {
    const [after, said] = Handset.step(before, input)
    const frame = { before, after, said }
    before = after
    return frame
  })
}

describe("a handset", () => {
  it.prop("lets the timestamps of an activity only rise", [Story], ([story]) => {
    const last = new Map<string, number>()
    for (const { said } of frames(story)) {
      for (const one of said) {
        if (one._tag !== "Shown") continue
        const before = last.get(one.activityId)
        // Turning stale shows the same push once more.
        assert.isTrue(
          before === undefined || before < one.timestamp || (one.stale && before === one.timestamp)
        )
        last.set(one.activityId, one.timestamp)
      }
    }
  })

  it.prop("shows and rings nothing for an activity after its end", [Story], ([story]) => {
    const over = new Set<string>()
    for (const { before, said } of frames(story)) {
      for (const { id, state } of before.activities) {
        if (state._tag === "Ended" || state._tag === "Dismissed") over.add(id)
      }
      for (const one of said) {
        if (one._tag === "Shown" || one._tag === "AlertShown") assert.isFalse(over.has(one.activityId))
      }
    }
  })

  it.prop("counts every push exactly once", [Story], ([story]) => {
    for (const { after } of frames(story)) {
      const { applied, delivered, dropped, ignoredEnded, ignoredStale, undecodable } = after.counters
      assert.strictEqual(delivered, applied + ignoredStale + ignoredEnded + undecodable + dropped)
      assert.strictEqual(after.counters.alertsShown, after.alerts.length)
    }
  })

  it.prop("has never more than five live activities", [Story], ([story]) => {
    for (const { after } of frames(story)) {
      const live = after.activities.filter(({ state }) => state._tag === "Active" || state._tag === "Stale")
      assert.isAtMost(live.length, 5)
    }
  })

  it.prop("reports every activity's end or dismissal, once and online", [Story], ([story]) => {
    const tale = frames(story)
    const final = tale.at(-1)!.after
    const made = tale.flatMap(({ said }) => said).concat(final.unsent)
    for (const { id, state } of final.activities) {
      const about = made.flatMap((one) => ("activityId" in one && one.activityId === id ? [one._tag] : []))
      const dismissals = about.filter((tag) => tag === "ActivityDismissed").length
      const ends = about.filter((tag) => tag === "ActivityEnded").length
      assert.strictEqual(dismissals, state._tag === "Dismissed" ? 1 : 0)
      assert.isTrue(state._tag === "Ended" ? ends === 1 : state._tag === "Dismissed" ? ends <= 1 : ends === 0)
      assert.isAtMost(about.filter((tag) => tag === "UpdateTokenReported").length, 1)
    }
  })

  it.prop("ends in the same state for the same inputs", [Story], ([story]) => {
    assert.deepStrictEqual(frames(story), frames(story))
  })

  it.prop("changes nothing it was given", [Story], ([story]) => {
    for (const input of inputs(story)) Object.freeze(input)
    let phone = fresh()
    for (const input of inputs(story)) {
      const copy = JSON.stringify(phone)
      const [next] = Handset.step(phone, input)
      assert.strictEqual(JSON.stringify(phone), copy)
      phone = next
    }
  })

  it.prop("has nothing due that the past should have seen", [Story], ([story]) => {
    const given = inputs(story)
    frames(story).forEach(({ after }, index) => {
      const due = Handset.nextDue(after)
      assert.isTrue(due === null || due > given[index]!.at)
    })
  })

  it("is told a token that takes no time together with the start", () => {
    const payload = JSON.stringify({ aps: startOf(1) })
    const push = { token: startToken(fresh()), kind: "liveactivity", priority: 10, payload } as const
    const [phone] = Handset.step(fresh(), launched)
    const [, said] = Handset.step(phone, {
      _tag: "Delivered",
      push,
      at: seconds(1),
      tokenAfter: Duration.zero
    })
    assert.isTrue(said.some(({ _tag }) => _tag === "UpdateTokenReported"))
  })

  it("reads payloads as bytes and as text alike", () => {
    const aps = JSON.stringify({ aps: startOf(1) })
    const push = { token: startToken(fresh()), kind: "liveactivity", priority: 10 } as const
    const after = [aps, new TextEncoder().encode(aps)].map((payload) => {
      const [phone] = Handset.step(fresh(), launched)
      return Handset.step(phone, { _tag: "Delivered", push: { ...push, payload }, at: seconds(1) })
    })
    assert.deepStrictEqual(after[0], after[1])
    assert.strictEqual(after[0]?.[0].counters.applied, 1)
  })

  it.each([
    ["not JSON", "not JSON"],
    ["bytes that are not UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
    ["no dictionary", "[]"],
    ["no aps", "{}"],
    ["empty", ""]
  ])("drops a payload that is %s", (_, payload) => {
    const [phone] = Handset.step(fresh(), launched)
    const push = { token: startToken(fresh()), kind: "liveactivity", priority: 10, payload } as const
    const [after, said] = Handset.step(phone, { _tag: "Delivered", push, at: seconds(1) })
    assert.strictEqual(after.counters.dropped, 1)
    assert.strictEqual(said[0]?._tag, "Logged")
  })

  it("hears nothing before the app was launched, and nothing offline", () => {
    const start = to(startToken(fresh()), startOf(1), 1)
    const [unlaunched] = Handset.step(fresh(), start)
    assert.strictEqual(unlaunched.counters.dropped, 1)
    const [offline] = Handset.step(Handset.step(fresh(), launched)[0], {
      _tag: "WentOffline",
      at: seconds(1)
    })
    assert.strictEqual(Handset.step(offline, start)[0].counters.dropped, 1)
  })
})
