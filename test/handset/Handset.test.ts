import { assert, describe, it } from "@effect/vitest"
import { Step } from "@sightscreen/decider"
import { ActivityKit, Handset } from "@sightscreen/handset"
import { Duration, Schema } from "effect"
import {
  alertTo,
  content,
  deviceToken,
  endOf,
  fresh,
  launched,
  ofMatch,
  published,
  scored,
  seconds,
  silentTo,
  stamp,
  startOf,
  startToken,
  tick,
  to,
  updateOf,
  updateToken
} from "./phone.ts"

/** Anything that can happen to a phone, in a few numbers that shrink well. */
const Happening = Schema.Struct({
  // What keeps a story going comes up more often.
  what: Schema.Literals([
    "start",
    "start",
    "start",
    "start",
    "start on channel",
    "start on channel",
    "update",
    "update",
    "update",
    "update",
    "update",
    "update",
    "update",
    "update",
    "update",
    "publish",
    "end",
    "end",
    "broken",
    "nonsense",
    "alert",
    "alert",
    "silent",
    "silent",
    "swipe",
    "allow",
    "rotate",
    "launch",
    "launch",
    "launch",
    "launch",
    "tap",
    "force-quit",
    "start token",
    "frequent",
    "low power",
    "notifications",
    "sign out",
    "sign in",
    "reinstall or restore",
    "offline",
    "online",
    "online",
    "online",
    "time"
  ]),
  nth: Schema.Literals([0, 1, 2]),
  /** How far the push's stamp is from the second it arrives in. */
  drift: Schema.Int.check(Schema.isBetween({ minimum: -5, maximum: 15 })),
  pause: Schema.Union([
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 })),
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4000 }))
  ]),
  alert: Schema.Boolean
})
type Happening = typeof Happening.Type

const Story = Schema.Struct({
  os: Schema.Literals(["17.6", "18.4"]),
  traits: Schema.Struct({
    startToken: Schema.Literals(["well", "well", "silently changed"]),
    afterForceQuit: Schema.Literals(["starts", "nothing"]),
    endsOlder: Schema.Boolean,
    endsQuiet: Schema.Literals(["awake", "on time", "never"])
  }),
  happenings: Schema.Array(Happening).check(Schema.isMinLength(10), Schema.isMaxLength(40))
})
type Story = typeof Story.Type

const channelId = "dGVzdC1jaGFubmVs"
const drawEvery = 5
/** So few that stories get there. */
const pushesAnHour = { usual: 2, frequent: 4 }

const phoneOf = ({ os, traits }: Story): Handset.Handset =>
  fresh(os === "17.6" ? [17, 6] : [18, 4], "phone-1", {
    ...traits,
    drawEvery: `${drawEvery} seconds`,
    pushesAnHour,
    userId: "ravi"
  })

/** The input, for a phone as it is by then. */
const inputOf = (
  { alert, drift, nth, what }: Happening,
  index: number,
  now: number,
  { activities, deviceId, tokens }: Handset.Handset
): Handset.Input => {
  const at = seconds(now)
  const more = {
    "content-state": scored(`${index}`),
    ...(alert && { alert: { title: "alert", body: `${index}` }, "stale-date": stamp(now + 60) })
  }
  const activity = activities.at(-1 - (nth % Math.max(1, activities.length)))
  const activityId = activity?.id ?? "none"
  const reach = (aps: object): Handset.Input =>
    activity?.address._tag === "Channel"
      ? published(activity.address.channelId, aps, now, 10)
      : to(activity?.address.token ?? updateToken(nth), aps, now)
  const start = tokens.start ?? startToken(fresh())
  const device = tokens.device ?? deviceToken()
  const match = ofMatch(nth === 0 ? "m0" : "m1")
  switch (what) {
    case "start":
      return to(start, startOf(now + drift, match), now, {
        tokenAfter: alert ? Duration.seconds(drift + 5) : null
      })
    case "start on channel":
      return to(start, startOf(now + drift, { ...match, "input-push-channel": channelId }), now)
    case "update":
      return reach(updateOf(now + drift, more))
    case "publish":
      return published(channelId, updateOf(now + drift, more), now, alert ? 10 : 5)
    case "end":
      return reach(endOf(now + drift, alert ? { "dismissal-date": stamp(now + drift) } : more))
    case "broken":
      return reach(updateOf(now + drift, { "content-state": { ...content, phase: nth } }))
    case "nonsense":
      return reach({ alert: "hello" })
    case "alert":
      return alertTo(device, `${index}`, now, { collapseId: `${nth}`, custom: { matchId: `m${nth}` } })
    case "silent":
      return silentTo(device, now, alert ? { sightscreen: { end: ["m0"] } } : {})
    case "swipe":
      return { _tag: "Dismissed", activityId, at }
    case "allow":
      return { _tag: "Allowed", activityId, at }
    case "rotate":
      return { _tag: "UpdateTokenRotated", activityId, at }
    case "launch":
      return { _tag: "Launched", at }
    case "tap":
      return { _tag: "Tapped", matchId: `m${nth}`, at }
    case "force-quit":
      return { _tag: "ForceQuit", at }
    case "start token":
      return { _tag: "StartTokenChanged", reported: alert, at }
    case "frequent":
      return { _tag: "FrequentPushesSwitched", on: alert, at }
    case "low power":
      return { _tag: "LowPowerSwitched", on: alert, at }
    case "notifications":
      return { _tag: "NotificationsSwitched", on: alert, at }
    case "sign out":
      return { _tag: "SignedOut", at }
    case "sign in":
      return { _tag: "SignedIn", userId: `user-${nth}`, at }
    case "reinstall or restore":
      return alert
        ? { _tag: "Reinstalled", deviceId: `${deviceId}+`, at }
        : { _tag: "RestoredTo", deviceId: `${deviceId}*`, at }
    case "offline":
      return { _tag: "WentOffline", at }
    case "online":
      return { _tag: "CameOnline", at }
    case "time":
      return tick(now)
  }
}

interface Frame {
  readonly input: Handset.Input
  readonly before: Handset.Handset
  readonly after: Handset.Handset
  readonly said: ReadonlyArray<Handset.Output>
}

/** With a tick of its own for whatever falls due, so that each frame is of the moment in which it happens. */
const frames = (story: Story): ReadonlyArray<Frame> => {
  let before = phoneOf(story)
  const found: Array<Frame> = []
  const add = (input: Handset.Input) => {
    const [after, said] = Handset.step(before, input)
    found.push({ input, before, after, said })
    before = after
  }
  add(launched)
  let now = 1
  story.happenings.forEach((happening, index) => {
    now += happening.pause
    for (;;) {
      const due = Handset.nextDue(before)
      if (due === null || due > seconds(now)) break
      add({ _tag: "Ticked", at: due })
    }
    add(inputOf(happening, index, now, before))
  })
  return found
}

const moves: ReadonlySet<string> = new Set(["Reinstalled", "RestoredTo"])

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

  it.prop(
    "rings nothing for an activity after its end, and draws at most the end itself",
    [Story],
    ([story]) => {
      const over = new Map<string, number>()
      for (const { before, said } of frames(story)) {
        for (const { id, state, timestamp } of before.activities) {
          if (state._tag === "Ended") over.set(id, timestamp)
          if (state._tag === "Dismissed") over.set(id, Infinity)
        }
        for (const one of said) {
          if (one._tag === "AlertShown") assert.isFalse(over.has(one.activityId))
          if (one._tag !== "Shown") continue
          const end = over.get(one.activityId)
          assert.isTrue(end === undefined || end === one.timestamp)
          if (end !== undefined) over.set(one.activityId, Infinity)
        }
      }
    }
  )

  it.prop("draws an activity as rarely as iOS does, and leaves nothing undrawn", [Story], ([story]) => {
    const draws = new Map<string, { readonly at: number; readonly timestamp: number }>()
    for (const { after, input, said } of frames(story)) {
      for (const one of said) {
        if (one._tag !== "Shown") continue
        const last = draws.get(one.activityId)
        const apart = story.os === "17.6" || last === undefined ? Infinity : input.at - last.at
        assert.isAtLeast(apart, drawEvery * 1000)
        draws.set(one.activityId, { at: input.at, timestamp: one.timestamp })
      }
      for (const { drawnAt, id, state, timestamp, undrawn } of after.activities) {
        if (state._tag === "Dismissed") continue
        assert.strictEqual(drawnAt, draws.get(id)?.at)
        // Either it is on the screen, or it soon will be.
        if (!undrawn) assert.strictEqual(draws.get(id)?.timestamp, timestamp)
        else assert.isAtMost(Handset.nextDue(after)!, drawnAt! + drawEvery * 1000)
      }
    }
  })

  it.prop("counts every push exactly once", [Story], ([story]) => {
    for (const { after } of frames(story)) {
      const { applied, delivered, dropped, ignoredEnded, ignoredStale, throttled, undecodable } =
        after.counters
      assert.strictEqual(delivered, applied + ignoredStale + ignoredEnded + undecodable + throttled + dropped)
      assert.strictEqual(after.counters.alertsShown, after.alerts.length)
      assert.isAtMost(after.counters.alertsThrottled, throttled)
      assert.isAtMost(after.notifications.length, after.counters.notificationsShown)
    }
  })

  it.prop("lets no activity hear more in an hour than its budget has", [Story], ([story]) => {
    for (const { after, input } of frames(story)) {
      for (const { spent } of after.activities) {
        assert.isAtMost(spent.filter((at) => at > input.at - 3_600_000).length, pushesAnHour.frequent)
      }
    }
  })

  it.prop("has never more than five live activities", [Story], ([story]) => {
    for (const { after } of frames(story)) assert.isAtMost(ActivityKit.live(after.activities).length, 5)
  })

  it.prop("has one activity for each match, as long as the app is awake to see to it", [Story], ([story]) => {
    let quit = false
    for (const { after, input } of frames(story)) {
      quit ||= input._tag === "ForceQuit"
      if (quit || !story.traits.endsOlder) continue
      const matches = ActivityKit.live(after.activities).map(({ matchId }) => matchId)
      assert.strictEqual(new Set(matches).size, matches.length)
      assert.strictEqual(after.counters.doubled, 0)
    }
  })

  it.prop("has an app that says nothing while it is force-quit, or offline", [Story], ([story]) => {
    for (const { after, before, said } of frames(story)) {
      const canTalk = (phone: Handset.Handset) => phone.online && !phone.forceQuit
      if (canTalk(before) || canTalk(after)) continue
      for (const { _tag } of said) {
        assert.include(["Shown", "AlertShown", "NotificationShown", "TokensDied", "Logged"], _tag)
      }
    }
  })

  it.prop("reports every activity's end or dismissal, once and when it can", [Story], ([story]) => {
    const tale = frames(story)
    const final = tale.at(-1)!.after
    const made = tale.flatMap(({ said }) => said).concat(final.unsent)
    const looks = tale.filter(({ input }) =>
      ["Launched", "Tapped", "SignedIn", "SignedOut", "UpdateTokenRotated"].includes(input._tag)
    ).length
    for (const { id, state } of final.activities) {
      const about = made.flatMap((one) => ("activityId" in one && one.activityId === id ? [one._tag] : []))
      const dismissals = about.filter((tag) => tag === "ActivityDismissed").length
      const ends = about.filter((tag) => tag === "ActivityEnded").length
      assert.strictEqual(dismissals, state._tag === "Dismissed" ? 1 : 0)
      assert.isTrue(state._tag === "Ended" ? ends === 1 : state._tag === "Dismissed" ? ends <= 1 : ends === 0)
      // Once by itself, and at most once more whenever the app looks or the token changes.
      assert.isAtMost(about.filter((tag) => tag === "UpdateTokenReported").length, looks)
    }
  })

  it.prop("never reports a token of an app that was removed", [Story], ([story]) => {
    const dead = new Set<string>()
    for (const { input, said } of frames(story)) {
      for (const one of said) {
        if ("token" in one) assert.isFalse(dead.has(one.token))
        if (one._tag === "TokensDied" && one.why === "removed")
          for (const token of one.tokens) dead.add(token)
      }
      if (moves.has(input._tag)) assert.isTrue(said.some(({ _tag }) => _tag === "TokensDied"))
    }
  })

  it.prop("says of every update token that it is dead, by the time it is", [Story], ([story]) => {
    const dead = new Set<string>()
    for (const { after, said } of frames(story)) {
      for (const one of said) {
        if (one._tag !== "TokensDied") continue
        for (const token of one.tokens) dead.add(token)
      }
      for (const activity of after.activities) {
        if (activity.address._tag === "Channel") continue
        assert.strictEqual(dead.has(activity.address.token), !ActivityKit.isLive(activity))
      }
    }
  })

  it.prop("ends in the same state for the same inputs", [Story], ([story]) => {
    assert.deepStrictEqual(frames(story), frames(story))
  })

  it.prop("is the same whether or not somebody told it the time in between", [Story], ([story]) => {
    const tale = frames(story)
    const inputs = tale.map(({ input }) => input).filter(({ _tag }) => _tag !== "Ticked")
    const [rarely, said] = Step.play(Handset.step, phoneOf(story), inputs)
    const last = tale.at(-1)!
    const [now, late] = Handset.step(rarely, { _tag: "Ticked", at: last.input.at })
    assert.deepStrictEqual(now, last.after)
    assert.deepStrictEqual(
      said.concat(late),
      tale.flatMap((frame) => frame.said)
    )
  })

  it.prop("is plain data: written down and read, it goes on as it was", [Story], ([story]) => {
    for (const { after } of frames(story)) assert.deepStrictEqual(JSON.parse(JSON.stringify(after)), after)
  })

  it.prop("changes nothing it was given", [Story], ([story]) => {
    for (const { after, before, input, said } of frames(story)) {
      const copy = JSON.stringify(before)
      assert.deepStrictEqual(Handset.step(before, Object.freeze(input)), [after, said])
      assert.strictEqual(JSON.stringify(before), copy)
    }
  })

  it.prop("has nothing due that the past should have seen", [Story], ([story]) => {
    for (const { after, input } of frames(story)) {
      const due = Handset.nextDue(after)
      assert.isTrue(due === null || due > input.at)
    }
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
