import { assert, describe, it } from "@effect/vitest"
import { Step } from "@sightscreen/decider"
import { Handset } from "@sightscreen/handset"
import { Duration } from "effect"
import {
  content,
  deviceToken,
  endOf,
  fresh,
  launched,
  ofMatch,
  phoneWith,
  published,
  seconds,
  silentTo,
  started,
  startOf,
  startToken,
  tick,
  to,
  updateOf,
  updateToken
} from "./phone.ts"

const life = (...inputs: ReadonlyArray<Handset.Input>) => Step.play(Handset.step, fresh(), inputs)

const tags = (outputs: ReadonlyArray<Handset.Output>) => outputs.map((one) => one._tag)

const states = (phone: Handset.Handset) => phone.activities.map(({ state }) => state._tag)

const mine = deviceToken()
const start = startToken(fresh())
const minutes = (count: number) => count * 60
const channelId = "dGVzdC1jaGFubmVs"

describe("a launch", () => {
  it("tells what the phone is", () => {
    const phone = phoneWith({
      userId: "ravi",
      language: "hi",
      frequentPushes: false,
      notificationsOn: false,
      os: [17, 6]
    })
    assert.deepStrictEqual(Handset.step(phone, launched)[1][0], {
      _tag: "DeviceReported",
      deviceId: "phone-1",
      userId: "ravi",
      os: [17, 6],
      schemaVersion: 1,
      frequentPushes: false,
      notifications: false,
      language: "hi"
    })
  })

  it("tells again where each live activity is to be reached", () => {
    const [before] = life(
      ...started(),
      to(start, startOf(4, { "input-push-channel": channelId, ...ofMatch("m2") }), 4),
      to(start, startOf(5, ofMatch("m3")), 5),
      to(updateToken(2), endOf(8), 8),
      to(start, startOf(9, ofMatch("m4")), 9, { tokenAfter: null }),
      tick(19)
    )
    const [, said] = Handset.step(before, { _tag: "Launched", at: seconds(20) })
    const [one, two] = before.activities
    assert.deepStrictEqual(said.slice(3), [
      { _tag: "UpdateTokenReported", activityId: one!.id, matchId: "1512773", token: updateToken() },
      { _tag: "ChannelJoined", activityId: two!.id, matchId: "m2", channelId }
    ])
  })

  it("offline is told once the network is back", () => {
    const [, said] = life({ _tag: "WentOffline", at: seconds(0) }, launched, {
      _tag: "CameOnline",
      at: seconds(5)
    })
    assert.deepStrictEqual(tags(said), ["DeviceReported", "DeviceTokenReported", "StartTokenReported"])
  })
})

describe("a silent push", () => {
  it("wakes the app, which reads its tokens and tells them", () => {
    const [phone, said] = life(launched, silentTo(mine, 5))
    assert.deepStrictEqual(said.slice(3), [
      { _tag: "DeviceTokenReported", token: mine },
      { _tag: "StartTokenReported", token: start }
    ])
    assert.strictEqual(phone.counters.applied, 1)
    assert.deepStrictEqual(phone.notifications, [])
  })

  const refused: ReadonlyArray<readonly [what: string, token: string, aps: object]> = [
    ["without content-available", mine, {}],
    ["with content-available true", mine, { "content-available": true }],
    ["with content-available as text", mine, { "content-available": "1" }],
    ["with content-available 0", mine, { "content-available": 0 }],
    ["with an alert", mine, { "content-available": 1, alert: "" }],
    ["with a sound", mine, { "content-available": 1, sound: "default" }],
    ["for another phone", deviceToken(fresh([18, 4], "phone-2")), { "content-available": 1 }],
    ["for the start token", start, { "content-available": 1 }]
  ]

  it.each(refused)("%s wakes nobody", (_, token, aps) => {
    const [phone, said] = life(launched, silentTo(token, 5, {}, aps))
    assert.deepStrictEqual(tags(said).slice(3), ["Logged"])
    assert.strictEqual(phone.counters.dropped, 1)
    assert.strictEqual(phone.held, null)
  })

  it("has the app end the activities of the matches that it names, and no others", () => {
    const [before] = life(...started(), to(start, startOf(4, ofMatch("m2")), 4), tick(7))
    const [phone, said] = Handset.step(
      before,
      silentTo(mine, 9, { sightscreen: { end: ["m2", "unknown", 7] } })
    )
    assert.deepStrictEqual(states(phone), ["Active", "Dismissed"])
    const { id } = before.activities[1]!
    assert.deepStrictEqual(said.slice(2), [
      { _tag: "TokensDied", tokens: [updateToken(1)], why: "ended" },
      { _tag: "ActivityEnded", activityId: id, matchId: "m2", why: "app" },
      { _tag: "ActivityDismissed", activityId: id, matchId: "m2", by: "system" }
    ])
  })

  it.each([
    ["a text", { sightscreen: { end: "1512773" } }],
    ["elsewhere", { end: ["1512773"] }],
    ["no list", { sightscreen: ["1512773"] }]
  ])("whose order is %s ends nothing", (_, custom) => {
    assert.deepStrictEqual(states(life(...started(), silentTo(mine, 9, custom))[0]), ["Active"])
  })

  it("wakes the app three times in any hour; more are held, and a launch delivers the newest", () => {
    const end = (...matches: ReadonlyArray<string>) => ({ sightscreen: { end: matches } })
    const [before] = life(
      ...started(),
      to(start, startOf(4, ofMatch("m2")), 4),
      silentTo(mine, 10),
      silentTo(mine, 20),
      silentTo(mine, 30),
      silentTo(mine, 40, end("1512773")),
      silentTo(mine, 50, end("m2"))
    )
    assert.strictEqual(before.counters.throttled, 2)
    assert.strictEqual(before.counters.alertsThrottled, 0)
    assert.deepStrictEqual(states(before), ["Active", "Active"])
    const [after] = Handset.step(before, { _tag: "Launched", at: seconds(60) })
    assert.deepStrictEqual(states(after), ["Active", "Dismissed"])
    // It is delivered once: what starts later is none of its business.
    const [anew] = Step.play(Handset.step, after, [
      to(start, startOf(61, ofMatch("m2")), 61),
      { _tag: "Launched", at: seconds(70) }
    ])
    assert.deepStrictEqual(states(anew), ["Active", "Dismissed", "Active"])
    const [again] = Step.play(Handset.step, after, [
      silentTo(mine, 3609),
      silentTo(mine, 3610),
      silentTo(mine, 3611)
    ])
    // The first of the three is an hour old by then, and makes room for one.
    assert.strictEqual(again.counters.throttled, 4)
  })

  it("in Low Power Mode is held and costs nothing", () => {
    const low = (on: boolean, at: number): Handset.Input => ({
      _tag: "LowPowerSwitched",
      on,
      at: seconds(at)
    })
    const [phone] = life(
      launched,
      low(true, 1),
      ...[2, 3, 4, 5].map((at) => silentTo(mine, at)),
      low(false, 6),
      ...[7, 8, 9].map((at) => silentTo(mine, at))
    )
    assert.strictEqual(phone.counters.throttled, 4)
    assert.strictEqual(phone.counters.applied, 3)
  })

  it("after force-quit is lost, and so is one that was held", () => {
    const end = { sightscreen: { end: ["1512773"] } }
    const [phone, said] = life(
      ...started(),
      { _tag: "LowPowerSwitched", on: true, at: seconds(5) },
      silentTo(mine, 6, end),
      { _tag: "ForceQuit", at: seconds(7) },
      silentTo(mine, 8, end),
      { _tag: "Launched", at: seconds(9) }
    )
    assert.strictEqual(phone.counters.dropped, 1)
    assert.deepStrictEqual(states(phone), ["Active"])
    assert.isFalse(tags(said).includes("ActivityEnded"))
  })

  it("finds a start token that has changed in silence, and so does a launch", () => {
    const changed: Handset.Input = { _tag: "StartTokenChanged", reported: false, at: seconds(2) }
    for (const look of [silentTo(mine, 9), { _tag: "Launched", at: seconds(9) } as const]) {
      const [before, silence] = life(launched, changed)
      assert.strictEqual(silence.length, 3)
      const [lost] = Handset.step(before, to(start, startOf(5), 5))
      assert.strictEqual(lost.counters.dropped, 1)
      const [after, said] = Handset.step(lost, look)
      const found = said.flatMap((one) => (one._tag === "StartTokenReported" ? [one.token] : []))
      assert.strictEqual(found.length, 1)
      assert.notStrictEqual(found[0], start)
      assert.strictEqual(Handset.step(after, to(found[0]!, startOf(10), 10))[0].activities.length, 1)
    }
  })
})

describe("after force-quit", () => {
  const quit: Handset.Input = { _tag: "ForceQuit", at: seconds(1) }
  const opened: Handset.Input = { _tag: "Launched", at: seconds(100) }

  it("a start shows, and nobody hears of it until the app is opened", () => {
    const [before, said] = life(launched, quit, to(start, startOf(2), 2), tick(60))
    assert.deepStrictEqual(tags(said).slice(3), ["Shown", "AlertShown"])
    const [, more] = Handset.step(before, opened)
    assert.deepStrictEqual(tags(more), [
      "DeviceReported",
      "DeviceTokenReported",
      "StartTokenReported",
      "UpdateTokenReported"
    ])
    assert.deepStrictEqual(more.at(-1), {
      _tag: "UpdateTokenReported",
      activityId: before.activities[0]!.id,
      matchId: "1512773",
      token: updateToken()
    })
  })

  it("a start with a channel shows and is updated, though nobody hears that it was joined", () => {
    const [before, said] = life(
      launched,
      quit,
      to(start, startOf(2, { "input-push-channel": channelId }), 2),
      published(channelId, updateOf(9), 9)
    )
    assert.deepStrictEqual(tags(said).slice(3), ["Shown", "AlertShown", "Shown"])
    const [, more] = Handset.step(before, opened)
    assert.deepStrictEqual(tags(more).slice(3), ["ChannelJoined"])
  })

  it("what ended meanwhile is told at the next launch, and its token is not", () => {
    const [before, said] = life(
      launched,
      quit,
      to(start, startOf(2), 2),
      to(updateToken(), endOf(20, { "dismissal-date": 0 }), 20)
    )
    assert.isFalse(tags(said).some((tag) => tag === "ActivityEnded" || tag === "ActivityDismissed"))
    const [, more] = Handset.step(before, opened)
    assert.deepStrictEqual(tags(more), [
      "ActivityEnded",
      "ActivityDismissed",
      "DeviceReported",
      "DeviceTokenReported",
      "StartTokenReported"
    ])
  })

  it("the network coming back does not make the app talk", () => {
    const [, said] = life(
      launched,
      quit,
      to(start, startOf(2), 2),
      { _tag: "WentOffline", at: seconds(10) },
      { _tag: "CameOnline", at: seconds(20) }
    )
    assert.deepStrictEqual(tags(said).slice(3), ["Shown", "AlertShown"])
  })

  it("some phones start nothing at all, until the app is opened", () => {
    const phone = phoneWith({ afterForceQuit: "nothing" })
    const [before, said] = Step.play(Handset.step, phone, [launched, quit, to(start, startOf(2), 2)])
    assert.deepStrictEqual(before.activities, [])
    assert.deepStrictEqual(tags(said).slice(3), ["Logged"])
    const [after] = Step.play(Handset.step, before, [opened, to(start, startOf(101), 101)])
    assert.strictEqual(after.activities.length, 1)
  })

  it("two activities of a match stay until the app is opened, and are counted after a minute", () => {
    const [before] = life(...started(), { ...quit, at: seconds(4) }, to(start, startOf(5), 5), tick(65))
    assert.deepStrictEqual(states(before), ["Active", "Active"])
    assert.strictEqual(before.counters.doubled, 1)
    const [after] = Handset.step(before, opened)
    assert.deepStrictEqual(states(after), ["Dismissed", "Active"])
    const [soon] = life(
      ...started(),
      { ...quit, at: seconds(4) },
      to(start, startOf(5), 5),
      { ...opened, at: seconds(64) },
      tick(3600)
    )
    assert.strictEqual(soon.counters.doubled, 0)
  })
})

describe("the app ends an activity without content for half an hour", () => {
  const later = (count: number): Handset.Input => ({ _tag: "Launched", at: seconds(count) })

  it.each([
    ["none", "Dismissed"],
    ["postponed", "Dismissed"],
    ["suspended", "Active"],
    ["stumps", "Active"],
    ["break", "Active"],
    ["delayed", "Active"]
  ])("in play, and not in a pause: %s → %s", (interruption, expected) => {
    const more = { "content-state": { ...content, interruption } }
    for (const endsQuiet of ["awake", "on time"] as const) {
      const [phone] = Step.play(Handset.step, phoneWith({ endsQuiet }), [
        ...started(more),
        later(minutes(40))
      ])
      assert.deepStrictEqual(states(phone), [expected])
    }
  })

  it("when it is awake to see it, and counts from the last content", () => {
    const begun = [...started(), to(updateToken(), updateOf(minutes(10)), minutes(10))]
    const [before] = life(...begun, later(minutes(40) - 1))
    assert.deepStrictEqual(states(before), ["Active"])
    assert.deepStrictEqual(states(life(...begun, tick(minutes(100)))[0]), ["Active"])
    const [after, said] = Handset.step(before, silentTo(mine, minutes(40)))
    assert.deepStrictEqual(states(after), ["Dismissed"])
    assert.deepStrictEqual(
      said.flatMap((one) => (one._tag === "ActivityEnded" ? [one.why] : [])),
      ["app"]
    )
  })

  it("to the minute on a phone that is strict", () => {
    const phone = phoneWith({ endsQuiet: "on time" })
    const [before] = Step.play(Handset.step, phone, started())
    assert.strictEqual(Handset.nextDue(before), seconds(1 + minutes(30)))
    assert.deepStrictEqual(states(Handset.step(before, tick(1 + minutes(30)))[0]), ["Dismissed"])
    const [quit] = Step.play(Handset.step, before, [{ _tag: "ForceQuit", at: seconds(5) }, tick(minutes(60))])
    assert.deepStrictEqual(states(quit), ["Active"])
  })

  it("and never on a phone that does not", () => {
    const phone = phoneWith({ endsQuiet: "never" })
    const [after] = Step.play(Handset.step, phone, [...started(), later(minutes(60))])
    assert.deepStrictEqual(states(after), ["Active"])
  })
})

describe("a phone that changes hands", () => {
  const tokensIn = (outputs: ReadonlyArray<Handset.Output>) =>
    outputs.flatMap((one) => ("token" in one ? [one.token] : []))

  it("says who has left, once, and leaves the activities to the server", () => {
    const out: Handset.Input = { _tag: "SignedOut", at: seconds(9) }
    const [phone, said] = Step.play(Handset.step, phoneWith({ userId: "ravi" }), [...started(), out, out])
    assert.deepStrictEqual(
      said.filter(({ _tag }) => _tag === "SignedOut"),
      [{ _tag: "SignedOut", deviceId: "phone-1", userId: "ravi" }]
    )
    assert.strictEqual(phone.userId, null)
    assert.deepStrictEqual(states(phone), ["Active"])
  })

  it("tells everything again for whoever signs in", () => {
    const [before] = life(...started())
    const [, said] = Handset.step(before, { _tag: "SignedIn", userId: "mia", at: seconds(9) })
    assert.deepStrictEqual(tags(said), [
      "DeviceReported",
      "DeviceTokenReported",
      "StartTokenReported",
      "UpdateTokenReported"
    ])
    assert.isTrue(said[0]?._tag === "DeviceReported" && said[0].userId === "mia")
  })

  const moves: ReadonlyArray<readonly [what: string, input: Handset.Input, user: string | null]> = [
    ["reinstalled", { _tag: "Reinstalled", deviceId: "phone-1b", at: seconds(9) }, null],
    ["restored to another", { _tag: "RestoredTo", deviceId: "phone-1b", os: [17, 4], at: seconds(9) }, "ravi"]
  ]

  it.each(moves)("%s has lost its activities and all its tokens", (_, move, user) => {
    const [before, told] = Step.play(Handset.step, phoneWith({ userId: "ravi" }), [
      ...started(),
      { _tag: "StartTokenChanged", reported: true, at: seconds(4) },
      { _tag: "WentOffline", at: seconds(5) },
      { _tag: "Dismissed", activityId: "none", at: seconds(6) },
      { _tag: "Launched", at: seconds(7) }
    ])
    const [gone, said] = Handset.step(before, move)
    assert.deepStrictEqual(tags(said), ["TokensDied"])
    const died = said.flatMap((one) => (one._tag === "TokensDied" ? one.tokens : []))
    assert.deepStrictEqual(new Set(died), new Set(tokensIn(told)))
    assert.deepStrictEqual(gone.activities, [])
    assert.strictEqual(gone.deviceId, "phone-1b")
    assert.strictEqual(gone.userId, user)

    // Nothing is known of it until the app is opened, and nothing that was to be told is told then.
    const [online, silence] = Step.play(Handset.step, gone, [
      { _tag: "CameOnline", at: seconds(10) },
      to(start, startOf(11), 11)
    ])
    assert.deepStrictEqual(tags(silence), ["Logged"])
    const [after, anew] = Handset.step(online, { _tag: "Launched", at: seconds(12) })
    assert.deepStrictEqual(tags(anew), ["DeviceReported", "DeviceTokenReported", "StartTokenReported"])
    assert.isFalse(tokensIn(anew).some((token) => died.includes(token)))
    const [again] = Handset.step(after, to(after.tokens.start!, startOf(13), 13))
    assert.deepStrictEqual(states(again), ["Active"])
    assert.notStrictEqual(again.activities[0]!.id, before.activities[0]!.id)
  })

  it("has a name for the moment, not for what was before", () => {
    const [phone] = life(launched, { _tag: "RestoredTo", deviceId: "phone-9", at: seconds(2) }, launched)
    assert.deepStrictEqual(phone.os, [18, 4])
    assert.strictEqual(phone.deviceId, "phone-9")
  })
})

describe("the switch for frequent updates", () => {
  it("ends everything that goes on, and the app tells at its next launch", () => {
    const [before] = life(...started(), to(start, startOf(4, ofMatch("m2")), 4), tick(7))
    const off: Handset.Input = { _tag: "FrequentPushesSwitched", on: false, at: seconds(9) }
    const [phone, said] = Step.play(Handset.step, before, [off, off])
    assert.deepStrictEqual(states(phone), ["Ended", "Ended"])
    assert.deepStrictEqual(tags(said), ["TokensDied", "ActivityEnded", "TokensDied", "ActivityEnded"])
    assert.isTrue(said.every((one) => one._tag !== "ActivityEnded" || one.why === "switch"))
    const [, more] = Handset.step(phone, { _tag: "Launched", at: seconds(20) })
    assert.isTrue(more[0]?._tag === "DeviceReported" && !more[0].frequentPushes)
  })
})

describe("an update token", () => {
  const rotated = (activityId: string): Handset.Input => ({
    _tag: "UpdateTokenRotated",
    activityId,
    at: seconds(9)
  })

  it("that changes is told anew, and the one before it is dead", () => {
    const [before] = life(...started())
    const { id } = before.activities[0]!
    const [phone, said] = Step.play(Handset.step, before, [rotated(id), rotated(id)])
    const tokens = said.flatMap((one) => (one._tag === "UpdateTokenReported" ? [one.token] : []))
    assert.strictEqual(new Set([...tokens, updateToken()]).size, 3)
    assert.deepStrictEqual(
      said.flatMap((one) => (one._tag === "TokensDied" ? [[one.why, ...one.tokens]] : [])),
      [
        ["rotated", updateToken()],
        ["rotated", tokens[0]]
      ]
    )
    const [lost] = Handset.step(phone, to(updateToken(), updateOf(10), 10))
    assert.strictEqual(lost.counters.dropped, 1)
    const [found] = Handset.step(phone, to(tokens[1]!, updateOf(10), 10))
    assert.strictEqual(found.counters.applied, 2)
  })

  it("that changes before it was told is told once, as it is by then", () => {
    const [before] = life(launched, to(start, startOf(1), 1, { tokenAfter: Duration.minutes(1) }))
    const [, said] = Step.play(Handset.step, before, [rotated(before.activities[0]!.id), tick(120)])
    const tokens = said.flatMap((one) => (one._tag === "UpdateTokenReported" ? [one.token] : []))
    assert.strictEqual(tokens.length, 1)
    assert.notStrictEqual(tokens[0], updateToken())
  })

  it.each([
    ["ended", [...started(), to(updateToken(), endOf(4), 4), tick(8)]],
    ["on a channel", [launched, to(start, startOf(1, { "input-push-channel": channelId }), 1)]]
  ])("does not change for an activity that is %s", (_, inputs) => {
    const [before] = life(...inputs)
    assert.deepStrictEqual(Handset.step(before, rotated(before.activities[0]!.id))[1], [])
  })
})
