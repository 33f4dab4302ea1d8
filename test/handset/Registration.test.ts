import { assert, describe, it } from "@effect/vitest"
import { Step } from "@sightscreen/decider"
import { Handset, Push, Registration } from "@sightscreen/handset"
import { Duration, Schema } from "effect"
import {
  fresh,
  launched,
  phoneWith,
  seconds,
  started,
  startOf,
  startToken,
  tick,
  to,
  updateToken
} from "./phone.ts"

const reports = (outputs: ReadonlyArray<Handset.Output>) =>
  outputs.flatMap((one) =>
    one._tag === "StartTokenReported" || one._tag === "UpdateTokenReported" ? [one] : []
  )

describe("a phone's tokens", () => {
  it("are reported at launch, 64 digits for the device and 160 for starts", () => {
    const [, said] = Handset.step(fresh(), launched)
    assert.deepStrictEqual(
      said.map((one) => [one._tag, "token" in one ? /^[0-9a-f]+$/.test(one.token) && one.token.length : 0]),
      [
        ["DeviceReported", 0],
        ["DeviceTokenReported", 64],
        ["StartTokenReported", 160]
      ]
    )
  })

  it.each([
    [[16, 1], false],
    [[17, 1], false],
    [[17, 2], true],
    [[17, 6], true],
    [[18, 0], true],
    [[26, 0], true]
  ] as const)("on iOS %j include one for starts: %s", (os, expected) => {
    const [, said] = Handset.step(fresh(os), launched)
    assert.strictEqual(
      said.some((one) => one._tag === "StartTokenReported"),
      expected
    )
  })

  it("are the same at every launch", () => {
    const [, said] = Step.play(Handset.step, fresh(), [launched, { _tag: "Launched", at: seconds(60) }])
    assert.deepStrictEqual(said.slice(0, 3), said.slice(3))
  })

  it("for starts come twice more around a remote start, with the value they had", () => {
    const [, said] = Step.play(Handset.step, fresh(), started().slice(0, 2))
    assert.deepStrictEqual(
      reports(said).map(({ token }) => token),
      Array.from({ length: 3 }, () => startToken(fresh()))
    )
  })

  const life = (startToken: Registration.StartToken, ...inputs: ReadonlyArray<Handset.Input>) =>
    Step.play(Handset.step, phoneWith({ startToken }), inputs)

  it("for starts never come on a phone whose property stays nil", () => {
    const [phone, said] = life("never", launched, { _tag: "Launched", at: seconds(9) })
    assert.deepStrictEqual(reports(said), [])
    assert.strictEqual(phone.tokens.start, null)
    const changed: Handset.Input = { _tag: "StartTokenChanged", reported: true, at: seconds(10) }
    assert.deepStrictEqual(Handset.step(phone, changed), [phone, []])
  })

  it("for starts are swallowed with their starts by some phones, however often the app is opened", () => {
    const [phone, said] = life(
      "swallowed",
      ...started(),
      { _tag: "Launched", at: seconds(9) },
      to(startToken(fresh()), startOf(10), 10)
    )
    assert.strictEqual(reports(said).length, 2)
    assert.deepStrictEqual(phone.activities, [])
    assert.strictEqual(phone.counters.dropped, 2)
  })

  it("for starts change in silence on some phones, and the next launch finds it", () => {
    const [before, said] = life("silently changed", ...started())
    const [first] = reports(said)
    assert.strictEqual(first?.token, startToken(fresh()))
    assert.deepStrictEqual(before.activities, [])
    const lines = said.flatMap((one) => (one._tag === "Logged" ? [one.line] : []))
    assert.isTrue(lines[0]?.endsWith(`a former push-to-start token ${Push.hint(first!.token)}`))
    const [after, more] = Handset.step(before, { _tag: "Launched", at: seconds(9) })
    const [second] = reports(more)
    const [alive] = Handset.step(after, to(second!.token, startOf(10), 10))
    assert.strictEqual(alive.activities.length, 1)
    assert.deepStrictEqual(reports(Handset.step(after, { _tag: "Launched", at: seconds(11) })[1]), [second])
  })

  it("for starts are reported when they change, if the phone says so, and every one differs", () => {
    const change = (reported: boolean): Handset.Input => ({
      _tag: "StartTokenChanged",
      reported,
      at: seconds(5)
    })
    const [phone, said] = life("well", launched, change(true), change(false), change(true))
    const found = reports(said).map(({ token }) => token)
    assert.strictEqual(new Set(found).size, 3)
    assert.strictEqual(phone.tokens.start, found.at(-1))
    assert.isFalse(said.some(({ _tag }) => _tag === "TokensDied"))
  })

  it("for updates come some time after the start", () => {
    const phone = fresh()
    const begun = [launched, to(startToken(phone), startOf(1), 1, { tokenAfter: Duration.seconds(30) })]
    const [early, , ...none] = [...Step.play(Handset.step, phone, begun)]
    assert.strictEqual(none.length, 0)
    assert.deepStrictEqual(Handset.step(early, tick(30))[1], [])
    assert.deepStrictEqual(reports(Handset.step(early, tick(31))[1]), [
      {
        _tag: "UpdateTokenReported",
        activityId: early.activities[0]!.id,
        matchId: "1512773",
        token: updateToken()
      }
    ])
    assert.strictEqual(Handset.nextDue(early), seconds(31))
  })

  it("for updates are withheld until the person allows the activity", () => {
    const phone = fresh()
    const [waiting, said] = Step.play(Handset.step, phone, [
      launched,
      to(startToken(phone), startOf(1), 1, { tokenAfter: null }),
      tick(3600)
    ])
    assert.isFalse(said.some((one) => one._tag === "UpdateTokenReported"))
    const allowed = { _tag: "Allowed", activityId: waiting.activities[0]!.id, at: seconds(3601) } as const
    const [, more] = Step.play(Handset.step, waiting, [allowed, allowed])
    assert.deepStrictEqual(
      more.map((one) => one._tag),
      ["UpdateTokenReported"]
    )
  })

  it("wait for the network before they are reported", () => {
    const [offline, silence] = Step.play(Handset.step, fresh(), [
      ...started().slice(0, 2),
      { _tag: "WentOffline", at: seconds(2) },
      tick(60)
    ])
    assert.isFalse(silence.some((one) => one._tag === "UpdateTokenReported"))
    const [online, said] = Handset.step(offline, { _tag: "CameOnline", at: seconds(61) })
    assert.deepStrictEqual(
      said.map((one) => one._tag),
      ["UpdateTokenReported"]
    )
    assert.deepStrictEqual(Handset.step(online, { _tag: "CameOnline", at: seconds(62) })[1], [])
  })

  it("are never whole in a log", () => {
    const stranger = "ab".repeat(80)
    const [, said] = Step.play(Handset.step, fresh(), [launched, to(stranger, startOf(1), 1)])
    const lines = said.flatMap((one) => (one._tag === "Logged" ? [one.line] : []))
    assert.strictEqual(lines.length, 1)
    assert.isFalse(lines[0]!.includes(stranger))
    assert.isTrue(lines[0]!.endsWith(Push.hint(stranger)))
  })

  it("of a thousand phones are a thousand tokens", () => {
    const tokens = Array.from(
      { length: 1000 },
      (_, nth) => Registration.launch(Registration.make(`${nth}`), [18, 0])[0]
    )
    assert.strictEqual(new Set(tokens.flatMap(({ device, start }) => [device, start])).size, 2000)
    assert.strictEqual(new Set(tokens.map((one) => Registration.activityId(one, 0))).size, 1000)
  })

  it.prop("follow from the seed alone", [Schema.String], ([seed]) => {
    const once = Registration.make(seed)
    const again = Registration.make(seed)
    assert.deepStrictEqual(Registration.launch(once, [18, 0]), Registration.launch(again, [18, 0]))
    assert.match(Registration.activityId(once, 3), /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/)
  })
})
