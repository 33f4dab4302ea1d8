import { assert, describe, it } from "@effect/vitest"
import { Step } from "@sightscreen/decider"
import { Handset } from "@sightscreen/handset"
import {
  alertTo,
  deviceToken,
  fresh,
  launched,
  phoneWith,
  seconds,
  started,
  startToken,
  to,
  updateOf,
  updateToken
} from "./phone.ts"

const life = (...inputs: ReadonlyArray<Handset.Input>) => Step.play(Handset.step, fresh(), inputs)

const tags = (outputs: ReadonlyArray<Handset.Output>) => outputs.map((one) => one._tag)

const mine = deviceToken()
const wicket = { title: "WICKET!", body: "Kohli 78 (49)" }

describe("an ordinary alert", () => {
  it("is shown, with all that our app needs to open the match", () => {
    const custom = { matchId: "1512773", deep: { link: [1, true, null, "x"] } }
    const [phone, said] = life(
      launched,
      alertTo(mine, wicket, 5, { collapseId: "m1", custom, aps: { sound: "default", badge: 1 } })
    )
    const shown: Handset.NotificationShown = {
      _tag: "NotificationShown",
      ...wicket,
      sound: "default",
      collapseId: "m1",
      matchId: "1512773",
      data: custom,
      replaces: false,
      at: seconds(5)
    }
    assert.deepStrictEqual(said.slice(3), [shown])
    assert.deepStrictEqual(phone.notifications, [shown])
    assert.strictEqual(phone.counters.notificationsShown, 1)
    assert.strictEqual(phone.counters.applied, 1)
    // It is not what lights the screen for an activity.
    assert.deepStrictEqual(phone.alerts, [])
  })

  const worded: ReadonlyArray<readonly [what: string, alert: unknown, title: string, body: string]> = [
    ["a mere text", "Rain stops play", "", "Rain stops play"],
    ["a title alone", { title: "WICKET!" }, "WICKET!", ""],
    ["a body alone", { body: "Kohli" }, "", "Kohli"],
    [
      "texts that the app translates",
      { "title-loc-key": "WICKET", "title-loc-args": ["IND"], "loc-key": "OUT", "loc-args": ["Kohli", "78"] },
      "WICKET IND",
      "OUT Kohli 78"
    ],
    [
      "a text beside its key",
      { title: "WICKET!", "title-loc-key": "WICKET", body: "Kohli" },
      "WICKET!",
      "Kohli"
    ]
  ]

  it.each(worded)("that is %s is worded as it says", (_, alert, title, body) => {
    const [phone] = life(launched, alertTo(mine, alert, 5))
    assert.deepStrictEqual(
      phone.notifications.map((one) => [one.title, one.body]),
      [[title, body]]
    )
  })

  it.each([
    ["nothing to show", mine, undefined],
    ["an empty text", mine, ""],
    ["no text at all", mine, {}],
    ["a number", mine, 7],
    ["another phone's token", deviceToken(fresh([18, 4], "phone-2")), wicket],
    ["this phone's start token", startToken(fresh()), wicket]
  ])("with %s is dropped", (_, token, alert) => {
    const [phone, said] = life(launched, alertTo(token, alert, 5))
    assert.strictEqual(phone.counters.dropped, 1)
    assert.deepStrictEqual(phone.notifications, [])
    assert.deepStrictEqual(tags(said).slice(3), ["Logged"])
  })

  it("finds its phone in whatever letter case its token is written", () => {
    const [phone] = life(launched, alertTo(mine.toUpperCase(), wicket, 5))
    assert.strictEqual(phone.counters.notificationsShown, 1)
  })

  it("before the app was ever launched finds nobody", () => {
    assert.strictEqual(life(alertTo(mine, wicket, 5))[0].counters.dropped, 1)
  })

  it("takes the place of the one with its collapse id, and is not counted as another", () => {
    const [phone, said] = life(
      launched,
      alertTo(mine, { body: "one" }, 5, { collapseId: "a" }),
      alertTo(mine, { body: "two" }, 6, { collapseId: "b" }),
      alertTo(mine, { body: "three" }, 7, { collapseId: "a" }),
      alertTo(mine, { body: "four" }, 8),
      alertTo(mine, { body: "five" }, 9)
    )
    assert.deepStrictEqual(
      phone.notifications.map(({ body }) => body),
      ["two", "three", "four", "five"]
    )
    assert.deepStrictEqual(
      said.flatMap((one) => (one._tag === "NotificationShown" ? [one.replaces] : [])),
      [false, false, true, false, false]
    )
    assert.strictEqual(phone.counters.notificationsShown, 4)
    assert.strictEqual(phone.counters.applied, 5)
  })

  it("is dropped while notifications are off; a Live Activity rings on", () => {
    const [phone] = Step.play(Handset.step, fresh(), [
      ...started(),
      { _tag: "NotificationsSwitched", on: false, at: seconds(4) },
      alertTo(mine, wicket, 5),
      to(updateToken(), updateOf(6, { alert: wicket }), 6),
      { _tag: "NotificationsSwitched", on: true, at: seconds(7) },
      alertTo(mine, wicket, 8)
    ])
    assert.strictEqual(phone.counters.notificationsShown, 1)
    assert.strictEqual(phone.counters.dropped, 1)
    assert.strictEqual(phone.counters.alertsShown, 2)
  })

  it("reaches a phone whose app was force-quit", () => {
    const [phone] = life(launched, { _tag: "ForceQuit", at: seconds(2) }, alertTo(mine, wicket, 5))
    assert.strictEqual(phone.counters.notificationsShown, 1)
  })

  it("needs no start token", () => {
    const [phone] = Step.play(Handset.step, phoneWith({ startToken: "never" }), [
      launched,
      alertTo(mine, wicket, 5)
    ])
    assert.strictEqual(phone.counters.notificationsShown, 1)
  })
})

describe("a tap", () => {
  const shown = [
    launched,
    alertTo(mine, wicket, 5, { collapseId: "a", custom: { matchId: "m1" } }),
    alertTo(mine, wicket, 6, { collapseId: "b", custom: { matchId: "m2" } })
  ]

  it("opens the app at the match, with everything it reports at a launch, and clears what was tapped", () => {
    const [before] = life(...shown)
    const [phone, said] = Handset.step(before, { _tag: "Tapped", matchId: "m1", at: seconds(9) })
    assert.deepStrictEqual(tags(said), [
      "DeviceReported",
      "DeviceTokenReported",
      "StartTokenReported",
      "Opened"
    ])
    assert.deepStrictEqual(said.at(-1), { _tag: "Opened", matchId: "m1" })
    assert.deepStrictEqual(
      phone.notifications.map(({ matchId }) => matchId),
      ["m2"]
    )
  })

  it("that points nowhere opens the app all the same", () => {
    const [phone, said] = life(...shown, { _tag: "Tapped", at: seconds(9) })
    assert.deepStrictEqual(said.at(-1), { _tag: "Opened", matchId: null })
    assert.strictEqual(phone.notifications.length, 2)
  })

  it("makes room: what comes next with that collapse id is new again", () => {
    const [phone] = life(
      ...shown,
      { _tag: "Tapped", matchId: "m1", at: seconds(9) },
      alertTo(mine, wicket, 10, { collapseId: "a" })
    )
    assert.strictEqual(phone.counters.notificationsShown, 3)
  })

  it("brings a force-quit app back to life", () => {
    const [phone] = life(
      ...shown,
      { _tag: "ForceQuit", at: seconds(7) },
      { _tag: "Tapped", matchId: "m1", at: seconds(9) }
    )
    assert.isFalse(phone.forceQuit)
  })
})
