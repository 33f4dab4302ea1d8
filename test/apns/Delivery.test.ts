import { Delivery, type Gate, type ModelChannels } from "@sightscreen/apns"
import { Instant, Step } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { bundleId, token } from "./support.ts"

const start = 1_700_000_000_000
const at = (seconds: number) => Instant.fromMillis(start + seconds * 1000)
const other = "uk.example.other"

const push = (
  seconds: number,
  apnsId: string,
  headers: Readonly<Record<string, string>> = {},
  more: Partial<Gate.Accepted> = {}
): Gate.Accepted => ({
  _tag: "Accepted",
  at: at(seconds),
  token: token(1),
  environment: "production",
  apnsId,
  pushType: "alert",
  headers: { "apns-priority": "10", ...headers },
  body: new Uint8Array(),
  payload: {},
  ...more
})
const until = (seconds: number) => ({ "apns-expiration": String(at(seconds) / 1000) })
const once = { "apns-expiration": "0" }
const calm = { "apns-priority": "5" }
const asleep = { "apns-priority": "1" }

const attached: ReadonlyArray<Delivery.Input> = [
  { _tag: "Attached", token: token(1), device: "phone", bundleId },
  { _tag: "Attached", token: token(2), device: "phone", bundleId: other },
  { _tag: "Attached", token: token(3), device: "tablet", bundleId }
]
const device = (_tag: "Connected" | "Disconnected" | "Woke" | "Slept", seconds: number): Delivery.Input => ({
  _tag,
  at: at(seconds),
  device: "phone"
})
const tick = (seconds: number): Delivery.Input => ({ _tag: "Ticked", at: at(seconds) })

const play = (rules: Delivery.Rules, ...inputs: ReadonlyArray<Delivery.Input>) =>
  Step.play(Delivery.step, Delivery.make(rules), [...attached, ...inputs])

const idOf = (output: Delivery.Output): string =>
  "push" in output ? output.push.apnsId : `${output.device}/${output.publish.requestId}`

/** What happened, as `seconds id` or `seconds id why`; of a publish, the id is `device/id`. */
const story = (rules: Delivery.Rules, ...inputs: ReadonlyArray<Delivery.Input>) =>
  play(rules, ...inputs)[1].map((output) => {
    const when = `${(output.at - start) / 1000} ${idOf(output)}`
    return "why" in output ? `${when} ${output.why}` : when
  })

const plain = Delivery.rules()

const fates: ReadonlyArray<
  readonly [what: string, inputs: ReadonlyArray<Delivery.Input>, happened: ReadonlyArray<string>]
> = [
  ["delivers at once what is urgent", [push(1, "a")], ["1 a"]],
  ["holds what is not, and delivers it with the next burst", [push(1, "a", calm), tick(60)], ["5 a"]],
  ["drops what nobody has a token for", [push(1, "a", {}, { token: token(9) })], ["1 a unregistered"]],
  [
    "keeps one push for an app, the latest, until the device is back",
    [device("Disconnected", 0), push(1, "a"), push(2, "b"), device("Connected", 60)],
    ["2 a overwritten", "60 b"]
  ],
  [
    "keeps one for each app",
    [device("Disconnected", 0), push(1, "a"), push(2, "b", {}, { token: token(2) }), device("Connected", 60)],
    ["60 a", "60 b"]
  ],
  [
    "keeps nothing past its expiration",
    [device("Disconnected", 0), push(1, "a", until(30)), device("Connected", 60)],
    ["30 a expired"]
  ],
  [
    "keeps nothing longer than 30 days",
    [device("Disconnected", 0), push(0, "a", until(90 * 86_400)), device("Connected", 31 * 86_400)],
    ["2592000 a expired"]
  ],
  [
    "makes a single attempt where told to",
    [push(0, "a", once), device("Disconnected", 1), push(2, "b", once), device("Connected", 3)],
    ["0 a", "2 b not-kept"]
  ],
  [
    "does not keep over an outage what was to be tried once, though it waited for a burst",
    [push(1, "a", { ...calm, ...once }), device("Disconnected", 2), device("Connected", 3), tick(60)],
    ["2 a not-kept"]
  ],
  [
    "never wakes a device for priority 1",
    [device("Slept", 0), push(1, "a", asleep), tick(60), device("Woke", 70)],
    ["70 a"]
  ],
  [
    "drops a waiting push with its app",
    [device("Disconnected", 0), push(1, "a"), { _tag: "Detached", at: at(2), token: token(1) }],
    ["2 a unregistered"]
  ],
  [
    "shows nothing for an app that must not show anything, and wakes it all the same",
    [
      { _tag: "Allowed", at: at(0), device: "phone", bundleId, allowed: false },
      push(1, "a"),
      push(1, "b", {}, { pushType: "background" })
    ],
    ["1 a disabled", "1 b"]
  ]
]

describe("Delivery", () => {
  for (const [what, inputs, happened] of fates) {
    it(what, () => assert.deepStrictEqual(story(plain, ...inputs), happened))
  }

  it("lets the next push wait alone until the last is acknowledged", () => {
    const slow = Delivery.rules({ ackMillis: 2000 })
    assert.deepStrictEqual(story(slow, push(0, "a"), push(1, "b"), push(1.5, "c"), tick(10)), [
      "0 a",
      "1.5 b overwritten",
      "2 c"
    ])
  })

  it("says which push on the screen another replaces", () => {
    const same = { "apns-collapse-id": "match/1" }
    const [, outputs] = play(plain, push(0, "a", same), push(1, "b", same), push(2, "c"))
    const replaced = outputs.map((output) => (output._tag === "Delivered" ? output.replaces : undefined))
    assert.deepStrictEqual(replaced, [null, "a", null])
  })

  it("takes time, during which an outage may take a push back", () => {
    const far = Delivery.rules({ latencyMillis: 500 })
    assert.deepStrictEqual(
      story(far, push(0, "a"), device("Disconnected", 0.1), device("Connected", 5), tick(10)),
      ["5.5 a"]
    )
  })

  it("delivers out of order now and then, and the same way again", () => {
    const rules = { ...Delivery.rough, ackMillis: 0, late: { chance: 0.3, millis: 2000 } }
    const pushes = Array.from({ length: 50 }, (_, n) => push(n / 2, String(n).padStart(2, "0")))
    const told = story(rules, ...pushes, tick(60))
    const ids = told.map((line) => line.split(" ")[1]!)
    assert.strictEqual(ids.length, 50)
    assert.notDeepEqual(ids, [...ids].sort())
    assert.deepStrictEqual(story(rules, ...pushes, tick(60)), told)
  })

  it("keeps the older of two once in a while", () => {
    const rules = Delivery.rules({ keepOlderChance: 0.2 })
    const offline = [device("Disconnected", 0), push(1, "a"), push(2, "b"), device("Connected", 3)]
    const kept = Array.from({ length: 100 }, (_, seed) => {
      const [, outputs] = Step.play(Delivery.step, Delivery.make(rules, seed), [...attached, ...offline])
      return outputs.find((output) => output._tag === "Delivered")!.push.apnsId
    })
    const older = kept.filter((id) => id === "a").length
    assert.isAbove(older, 5)
    assert.isBelow(older, 40)
  })

  it("counts as Apple's metrics do", () => {
    const [{ counts }] = play(
      plain,
      push(0, "a"),
      push(1, "b", calm),
      device("Disconnected", 6),
      push(7, "c"),
      push(8, "d", once),
      push(9, "e")
    )
    assert.deepStrictEqual(counts, {
      received: 5,
      delivered: 2,
      storedOffline: 2,
      storedPower: 1,
      discarded: { expired: 0, unregistered: 0, disabled: 0, overwritten: 1, "not-kept": 1 }
    })
  })

  const Sent = Schema.Struct({
    token: Schema.Literals([1, 2, 3, 9]),
    "apns-priority": Schema.Literals(["1", "5", "10"]),
    "apns-expiration": Schema.Literals(["0", String(start / 1000 + 20), String(start / 1000 + 3600)])
  })
  const Befell = Schema.Literals(["Connected", "Disconnected", "Woke", "Slept", "Ticked", "Detached"])
  const Wait = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 8000 })))
  const Days = Schema.Array(Schema.Tuple([Wait, Schema.Union([Sent, Sent, Befell])])).pipe(
    Schema.check(Schema.isMinLength(20))
  )

  it.prop("loses no push without saying why, whatever happens", [Days, Schema.Int], ([happenings, seed]) => {
    let now = 0
    const inputs = happenings.map(([wait, it], n): Delivery.Input => {
      now += wait
      const moment = Instant.fromMillis(start + now)
      if (typeof it !== "string") {
        const { token: to, ...headers } = it
        return { ...push(0, String(n), headers, { token: token(to) }), at: moment }
      }
      if (it === "Ticked") return { _tag: it, at: moment }
      return it === "Detached"
        ? { _tag: it, at: moment, token: token(1) }
        : { _tag: it, at: moment, device: "phone" }
    })
    const [end, outputs] = Step.play(Delivery.step, Delivery.make(Delivery.rough, seed), [
      ...attached,
      ...inputs
    ])
    const { delivered, discarded, received } = end.counts
    const dropped = Object.values(discarded).reduce((sum, n) => sum + n, 0)
    assert.strictEqual(received, delivered + dropped + Delivery.pending(end))
    assert.strictEqual(outputs.length, delivered + dropped)
    assert.strictEqual(new Set(outputs.map(idOf)).size, outputs.length)
    for (const output of outputs) {
      assert("push" in output)
      assert.isAtLeast(output.at, output.push.at)
      assert.isAtMost(output.at, start + now)
    }
  })

  it("says when to look again, and never in vain", () => {
    const [waiting] = play(plain, push(1, "a", calm))
    assert.strictEqual(Delivery.nextDue(waiting), at(5))
    const [settled] = Delivery.step(waiting, tick(5))
    assert.isNull(Delivery.nextDue(settled))
    const [offline] = play(plain, device("Disconnected", 0), push(1, "a", until(30)))
    assert.strictEqual(Delivery.nextDue(offline), at(30))
  })
})

const channelId = "c2NvcmVz"

/** On a channel that stores, unless `until` is null. */
const publish = (
  seconds: number,
  requestId: string,
  until: number | null = null,
  headers: Readonly<Record<string, string>> = { "apns-priority": "10" }
): ModelChannels.Published => ({
  _tag: "Published",
  at: at(seconds),
  channelId,
  bundleId,
  environment: "production",
  policy: until === null ? 0 : 1,
  until: until === null ? null : at(until),
  requestId,
  uniqueId: requestId,
  headers,
  body: new Uint8Array(),
  payload: {}
})

const follows = (who: string, channel = channelId): Delivery.Input => ({
  _tag: "Subscribed",
  device: who,
  channelId: channel
})
const leaves = (seconds: number, who: string): Delivery.Input => ({
  _tag: "Unsubscribed",
  at: at(seconds),
  device: who,
  channelId
})
const both = [follows("phone"), follows("tablet")]

const publishes: ReadonlyArray<
  readonly [what: string, inputs: ReadonlyArray<Delivery.Input>, happened: ReadonlyArray<string>]
> = [
  [
    "reaches who follows its channel, and nobody else",
    [follows("phone"), follows("tablet", "b3RoZXI="), publish(1, "a")],
    ["1 phone/a"]
  ],
  ["reaches nobody where nobody follows", [publish(1, "a")], []],
  ["is for those who follow at that moment", [publish(1, "a", 60), follows("phone"), tick(2)], []],
  [
    "is missed by who is offline, on a channel that stores nothing",
    [...both, device("Disconnected", 0), publish(1, "a"), device("Connected", 2), tick(60)],
    ["1 phone/a offline", "1 tablet/a"]
  ],
  [
    "is kept for who is offline, on a channel that stores: the latest alone",
    [
      follows("phone"),
      device("Disconnected", 0),
      publish(1, "a", 60),
      publish(2, "b", 60),
      device("Connected", 30)
    ],
    ["2 phone/a overwritten", "30 phone/b"]
  ],
  [
    "is kept for no longer than it is worth something",
    [follows("phone"), device("Disconnected", 0), publish(1, "a", 20), device("Connected", 30)],
    ["20 phone/a expired"]
  ],
  [
    "waits for its burst, and a newer one takes its place",
    [follows("phone"), publish(1, "a", null, calm), publish(2, "b", null, calm), tick(5)],
    ["2 phone/a overwritten", "5 phone/b"]
  ],
  [
    "is lost with the connection, when a channel stores nothing and it waited for its burst",
    [
      follows("phone"),
      publish(1, "a", null, calm),
      device("Disconnected", 2),
      device("Connected", 3),
      tick(9)
    ],
    ["2 phone/a not-kept"]
  ],
  [
    "is not kept for who no longer follows",
    [
      follows("phone"),
      device("Disconnected", 0),
      publish(1, "a", 60),
      leaves(2, "phone"),
      device("Connected", 3)
    ],
    ["2 phone/a unsubscribed"]
  ],
  [
    "takes no push's place, and none takes its",
    [follows("phone"), device("Disconnected", 0), publish(1, "a", 60), push(2, "b"), device("Connected", 3)],
    ["3 b", "3 phone/a"]
  ],
  [
    "does not wake a device at priority 1",
    [follows("phone"), device("Slept", 0), publish(1, "a", 60, asleep), device("Woke", 9)],
    ["9 phone/a"]
  ]
]

describe("a publish", () => {
  for (const [what, inputs, happened] of publishes) {
    it(what, () => assert.deepStrictEqual(story(plain, ...inputs).sort(), [...happened].sort()))
  }

  const Happening = Schema.Tuple([
    Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 8000 }))),
    Schema.Literals(["stored", "unstored", "calm", "Connected", "Disconnected", "follow", "leave", "Ticked"])
  ])
  const Days = Schema.Array(Happening).pipe(Schema.check(Schema.isMinLength(20)))

  it.prop(
    "reaches, misses or awaits each who followed when it was made, once, whatever happens",
    [Days, Schema.Int],
    ([happenings, seed]) => {
      let now = 0
      const inputs = happenings.map(([wait, what], n): Delivery.Input => {
        now += wait
        const seconds = now / 1000
        switch (what) {
          case "stored":
            return publish(seconds, String(n), seconds + 20)
          case "unstored":
            return publish(seconds, String(n))
          case "calm":
            return publish(seconds, String(n), seconds + 3600, calm)
          case "follow":
            return follows("phone")
          case "leave":
            return leaves(seconds, "phone")
          case "Ticked":
            return tick(seconds)
          default:
            return device(what, seconds)
        }
      })
      const [end, outputs] = Step.play(Delivery.step, Delivery.make(Delivery.rough, seed), [
        ...attached,
        ...both,
        ...inputs
      ])
      const { addressed, missed, reached } = end.broadcasts
      const lost = Object.values(missed).reduce((sum, n) => sum + n, 0)
      assert.strictEqual(addressed, reached + lost + Delivery.pending(end))
      assert.strictEqual(outputs.length, reached + lost)
      assert.strictEqual(new Set(outputs.map(idOf)).size, outputs.length)
      for (const output of outputs) {
        assert("publish" in output)
        assert.isAtLeast(output.at, output.publish.at)
        assert.isAtMost(output.at, start + now)
      }
    }
  )

  it("is due no later than it happens", () => {
    const [waiting] = play(plain, ...both, publish(1, "a", null, calm))
    assert.strictEqual(Delivery.noEarlier(waiting), at(5))
    assert.strictEqual(Delivery.nextDue(waiting), at(5))
    const [settled] = Delivery.step(waiting, tick(5))
    assert.isNull(Delivery.noEarlier(settled))
  })

  it("costs a crowd little: 2000 devices, and what each is owed, in well under a second", () => {
    const crowd = Array.from({ length: 2000 }, (_, n) => follows(`phone ${n}`))
    const from = performance.now()
    const [end] = Step.play(Delivery.step, Delivery.make(Delivery.rough), [
      ...crowd,
      ...Array.from({ length: 10 }, (_, n) => publish(n, String(n), 60)),
      tick(60)
    ])
    assert.strictEqual(end.broadcasts.addressed, 20_000)
    assert.strictEqual(Delivery.pending(end), 0)
    assert.isBelow(performance.now() - from, 5000)
  })
})
