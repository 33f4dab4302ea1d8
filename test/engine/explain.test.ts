import { it } from "@effect/vitest"
import type { ModelTransport } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Explain } from "@sightscreen/engine"
import { Crowd, World } from "@sightscreen/simulation"
import { Decisions, type Deliveries } from "@sightscreen/store"
import { Context, Duration, Effect, Layer, Stream } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const later = (after: Duration.Duration, seconds: number) => Duration.sum(after, Duration.seconds(seconds))

/** Every phone's answers for the whole match, as its database has them. */
const explained = (world: World.World) =>
  Effect.gen(function* () {
    const explain = yield* Explain.Explain
    const match = yield* explain.match(Kit.matchId)
    const phones = yield* Stream.runCollect(explain.phones(Kit.matchId))
    const all = yield* Effect.forEach(phones, ({ deviceId }) => explain.phone(match, deviceId))
    return { match, all }
  }).pipe(Effect.provide(Explain.Explain.layer.pipe(Layer.provide(Layer.succeedContext(world.store)))))

interface Story {
  readonly seed: string
  readonly fault: ModelTransport.Fault
  /** Around which alert Apple is out of order, and for how many seconds. */
  readonly outage: readonly [around: Duration.Duration, seconds: number]
}

const faults: Readonly<Record<string, ModelTransport.Fault>> = {
  "answers 503": { _tag: "Refuse", status: 503, reason: "ServiceUnavailable" },
  "is not reached": { _tag: "Unreachable" },
  "takes pushes and answers nothing": { _tag: "Mute" }
}

/**
 * Eight phones, every other one of them by channel. Two of each come late, two of each go by a swipe, one of each has a
 * start token that died unnoticed, one of each is only slow.
 */
const aMatch = Effect.fnUntraced(function* ({ fault, outage: [around, seconds], seed }: Story) {
  const crowd = Crowd.make(8, seed, [18, 0], (_, nth) => (nth % 2 === 0 ? { os: [17, 4] } : {}))
  const world = yield* Kit.atNoon({
    crowd,
    tokenAfter: (deviceId) => Duration.seconds(deviceId === "phone-7" ? 40 : 2)
  })
  yield* world.start
  const phones = Kit.ids(crowd)
  const join = Effect.fnUntraced(function* (...which: ReadonlyArray<number>) {
    for (const nth of which) {
      yield* world.launch(phones[nth]!)
      yield* world.follow(phones[nth]!, Kit.matchId)
    }
  })
  yield* join(0, 1, 4, 5, 6, 7)
  yield* Kit.until("10 seconds")
  for (const nth of [4, 5])
    yield* world.touch(phones[nth]!, { _tag: "StartTokenChanged", reported: false, at: Kit.noon })
  const swipe = Effect.gen(function* () {
    for (const nth of [0, 1]) {
      const [activity] = Kit.live(world, phones[nth]!)
      if (activity === undefined) continue
      const at = Instant.fromMillis(yield* Effect.clockWith((clock) => clock.currentTimeMillis))
      yield* world.touch(phones[nth]!, { _tag: "Dismissed", activityId: activity.id, at })
    }
  })
  const plan: ReadonlyArray<readonly [after: Duration.Duration, what: Effect.Effect<unknown>]> = [
    [later(Kit.fire, 4), join(2, 3)],
    [later(Kit.fifty, 31), swipe],
    [later(around, -7), world.apple.inject(fault)],
    [later(around, seconds - 7), world.apple.inject({ _tag: "Heal" })]
  ]
  for (const [after, what] of plan.toSorted(([a], [b]) => Duration.toMillis(a) - Duration.toMillis(b))) {
    yield* Kit.until(after)
    yield* what
  }
  yield* Kit.until(later(Kit.over, 15 * 60))
  return world
})

const delivering: ReadonlySet<string> = new Set(["Sent", "Started", "Published"])

/** Apple may have taken what it did not answer. */
const isUnknown = (answer: Explain.Answer): boolean =>
  answer._tag === "Refused" && answer.push.verdict === "Unanswered"

/** The answers and what happened in the world, as its journal has it, are one story. */
const checkAgreement = (
  world: World.World,
  match: Explain.Match,
  { bulletins, deviceId, timeline }: Explain.Explanation
): void => {
  assert.deepStrictEqual(
    bulletins.map(({ bulletin }) => bulletin.stamp),
    match.bulletins.map(({ stamp }) => stamp),
    `${deviceId}: one answer for each bulletin`
  )
  const taken = Kit.accepted(world)
  const beside = new Set(timeline.flatMap(({ facts, kind }) => (kind === "push" ? [facts["push"]] : [])))
  const told = new Set(timeline.flatMap(({ facts }) => (facts["pushes"] as ReadonlyArray<string>) ?? []))
  const mine = taken.filter((one) => one.deviceId === deviceId)
  for (const { pushId } of mine)
    assert.isTrue(told.has(pushId) || beside.has(pushId), `${deviceId}: nothing is said of ${pushId}`)

  const answers = new Map(bulletins.map(({ answer, bulletin }) => [bulletin.stamp as number, answer]))
  for (const [stamp, answer] of answers) {
    const what = `${deviceId} ${stamp}: ${answer._tag}`
    assert.notStrictEqual(answer._tag, "Waiting", what)
    const sent = mine.filter(
      (one) => one.stamp === stamp && (one.event === "start" || !beside.has(one.pushId)) && isState(one.event)
    )
    switch (answer._tag) {
      case "Sent":
      case "Started":
        assert.include(
          sent.map(({ pushId }) => pushId),
          answer.push.pushId,
          what
        )
        break
      case "Overtaken":
        assert.isTrue(
          taken.some(({ pushId }) => pushId === answer.push.pushId),
          what
        )
        break
      case "Published":
        assert.isTrue(
          taken.some(({ pushId, route }) => route === "channel" && pushId === answer.push.pushId),
          what
        )
        break
      default:
        if (!isUnknown(answer)) assert.deepStrictEqual(sent, [], what)
    }
  }

  const shown = new Set<number>()
  for (const one of world.journal) {
    if (one._tag !== "Said" || one.deviceId !== deviceId) continue
    const { output } = one
    if (output._tag !== "Shown" && output._tag !== "AlertShown") continue
    const answer = answers.get(output.timestamp)
    // What took it off the screen is no bulletin.
    if (answer === undefined) continue
    shown.add(output.timestamp)
    assert.isTrue(
      delivering.has(answer._tag) || isUnknown(answer),
      `${deviceId} was shown ${output.timestamp}, and the answer is ${answer._tag}`
    )
  }
  // Everybody is online, so who listens hears. What was swiped away was not there for a moment before its server knew.
  for (const [stamp, answer] of answers) {
    const heard =
      answer._tag === "Published" ||
      answer._tag === "Sent" ||
      (answer._tag === "Started" && answer.shownAt !== null)
    if (heard) assert.isTrue(shown.has(stamp), `${deviceId} was not shown ${stamp}: ${answer._tag}`)
    if (answer._tag === "Overtaken") assert.isFalse(shown.has(stamp), `${deviceId} was shown ${stamp}`)
  }
}

const isState = (event: string): boolean => event === "start" || event === "update" || event === "end"

describe("every bulletin has one answer for every phone, and the world agrees with it", () => {
  for (const [what, fault] of Object.entries(faults)) {
    it.effect(`while Apple ${what}`, () =>
      Effect.gen(function* () {
        const seen = new Map<string, number>()
        for (const [nth, around] of [Kit.fire, Kit.wicket, Kit.over].entries()) {
          yield* Effect.gen(function* () {
            const world = yield* aMatch({ seed: `${what}/${nth}`, fault, outage: [around, 20 + 25 * nth] })
            const { all, match } = yield* explained(world)
            assert.strictEqual(all.length, 8)
            assert.isAbove(match.bulletins.length, 40)
            for (const one of all) {
              checkAgreement(world, match, one)
              for (const { answer } of one.bulletins) seen.set(answer._tag, (seen.get(answer._tag) ?? 0) + 1)
            }
          }).pipe(Effect.scoped)
        }
        if (process.env["DUMP"]) console.log([...seen])
        const expected = ["Early", "Gone", "Pending", "Published", "Refused", "Sent", "Started"]
        assert.deepStrictEqual(
          expected.filter((tag) => !seen.has(tag)),
          [],
          "these were never the answer"
        )
      })
    )
  }
})

const phone = Ids.DeviceId.make("phone")
const activityId = Ids.ActivityId.make("world-final/phone/1")
const at = (seconds: number) => Instant.plus(Kit.noon, Duration.seconds(seconds))
const stamp = (seconds: number) => Instant.toSeconds(at(seconds))

/** One bulletin a minute after noon, and what else was recorded. */
interface Case {
  readonly steps?: Explain.Known["steps"]
  readonly pushes?: ReadonlyArray<Deliveries.Delivery>
  readonly publishes?: ReadonlyArray<Deliveries.Delivery>
  readonly alert?: boolean
}

const push = (
  kind: string,
  of: number,
  sent: number,
  more: Partial<Deliveries.Delivery> = {}
): Deliveries.Delivery => ({
  pushId: `${kind}/${of}/${sent}` as Ids.PushId,
  matchId: Kit.matchId,
  activityId: kind === "publish" ? null : activityId,
  deviceId: kind === "publish" ? null : phone,
  cause: kind === "start" ? `${activityId}/start/0` : `${Kit.matchId}/${stamp(of)}/token/1/en/normal`,
  cohort: kind === "publish" ? "channel/1/en/normal" : "token/1/en/normal",
  tokenTail: kind === "publish" ? "chan==" : "a1b2c3",
  kind,
  stamp: stamp(of),
  priority: 5,
  alert: false,
  sentAt: at(sent),
  verdict: "Accepted",
  reason: null,
  ...more
})

type Step = Explain.Known["steps"][number]
const asked = (seconds: number): Step => ({
  _tag: "Activity",
  at: at(seconds),
  activityId,
  body: { from: "Pending", to: "Pending", heard: "Ticked", outputs: [{ said: "Start", attempt: 1 }] }
})
const reported = (seconds: number, by: "Token" | "Channel" = "Token"): Step => ({
  _tag: "Activity",
  at: at(seconds),
  activityId,
  body: {
    from: "Pending",
    to: "Active",
    heard: "Reported",
    by,
    address: by === "Token" ? "a1b2c3" : "chan=="
  }
})
const went = (
  seconds: number,
  to: "Ended" | "Failed" | "TokenInvalid",
  ended?: "dismissed" | "match over"
): Step => ({
  _tag: "Activity",
  at: at(seconds),
  activityId,
  body: { from: "Active", to, heard: "Ticked", ...(ended === undefined ? {} : { ended }) }
})
const held = (seconds: number, why: "no start token" | "start budget spent"): Step => ({
  _tag: "Ladder",
  at: at(seconds),
  matchId: Kit.matchId,
  body: { heard: "StartWanted", outputs: [{ said: "StartHeld", why }] }
})
const allowed = (seconds: number): Step => ({
  _tag: "Ladder",
  at: at(seconds),
  matchId: Kit.matchId,
  body: { heard: "StartWanted", outputs: [{ said: "StartAllowed", match: Kit.matchId }] }
})

const active = [asked(1), reported(3)]
const listening = [asked(1), reported(3, "Channel")]
const down = { verdict: "AppleDown", reason: "ServiceUnavailable" }

const cases: Readonly<Record<string, readonly [given: Case, answer: string, words: RegExp]>> = {
  "a push that Apple took": [
    { steps: active, pushes: [push("update", 60, 60)] },
    "Sent",
    /^sent by token …a1b2c3 at 15:07:40, Apple accepted/
  ],
  "the newest state for a phone that was behind": [
    { steps: active, pushes: [push("update", 60, 70, { cause: `x/${stamp(60)}/token/standing` })] },
    "Sent",
    /without a buzz, for the phone had missed some/
  ],
  "a push that Apple took at the second try": [
    { steps: active, pushes: [push("update", 60, 60, down), push("update", 60, 66)] },
    "Sent",
    /at 15:07:46/
  ],
  "a start that had it": [
    { steps: [asked(60), reported(62)], pushes: [push("start", 60, 60)] },
    "Started",
    /started with it at 15:07:40, Apple accepted; the phone said so at 15:07:42$/
  ],
  "a start by a token that no phone has any more": [
    {
      steps: [asked(60), asked(150), reported(152)],
      pushes: [push("start", 60, 60), push("start", 90, 150)]
    },
    "Started",
    /the phone never said that it shows it$/
  ],
  "a start that Apple refused": [
    { steps: [asked(60)], pushes: [push("start", 60, 60, { verdict: "TokenDead", reason: "Unregistered" })] },
    "Refused",
    /^sent as a start at 15:07:40, and Apple called the token dead \(Unregistered\)$/
  ],
  "a push that Apple refused, made up for later": [
    { steps: active, pushes: [push("update", 60, 60, down), push("update", 75, 75)] },
    "Refused",
    new RegExp(`Apple had trouble \\(ServiceUnavailable\\); .* at 15:07:55 with bulletin ${stamp(75)}$`)
  ],
  "a publish on a channel that was joined": [
    { steps: listening, publishes: [push("publish", 60, 60)] },
    "Published",
    /whether it was online then nobody tells$/
  ],
  "a publish between a start by channel and its phone's word": [
    {
      steps: [asked(55), reported(65, "Channel")],
      pushes: [push("start", 30, 55, { cohort: "channel/1/en/normal" })],
      publishes: [push("publish", 60, 60)]
    },
    "Published",
    /it said so at 15:07:45/
  ],
  "a publish that Apple refused": [
    { steps: listening, publishes: [push("publish", 60, 60, down)] },
    "Refused",
    /^published at 15:07:40, and Apple had trouble/
  ],
  "a publish on somebody else's channel": [
    {
      steps: listening,
      publishes: [push("publish", 60, 60, { tokenTail: "other=" }), push("publish", 75, 75)]
    },
    "Replaced",
    /a newer state replaced it/
  ],
  "older news for a phone that was started with newer state": [
    {
      steps: [asked(70), reported(72)],
      pushes: [push("start", 75, 70), push("alert", 60, 73)]
    },
    "Overtaken",
    /the phone ignores it, for it had had bulletin/
  ],
  "a state that was replaced before its turn": [
    { steps: active, pushes: [push("update", 75, 75)] },
    "Replaced",
    /^not sent on its own: a newer state replaced it before its turn; it was brought up to date/
  ],
  "an alert that was too old when its turn came": [
    { steps: active, pushes: [push("update", 700, 700)], alert: true },
    "Replaced",
    /^not sent on its own: it was too old to buzz when its turn came/
  ],
  "an activity that was pending": [
    { steps: [asked(55), reported(64)], pushes: [push("update", 75, 75)] },
    "Pending",
    /asked for at 15:07:35, not yet reported\); it was brought up to date at 15:07:55/
  ],
  "no start token": [
    { steps: [held(10, "no start token")] },
    "Held",
    /no start since 15:06:50: the phone has reported no start token$/
  ],
  "a second start without budget": [
    { steps: [allowed(1), asked(1), held(50, "start budget spent")] },
    "Held",
    /start budget spent \(3 unanswered in 24 h, or 10 in an hour\)$/
  ],
  "a start that was held until it was allowed": [
    { steps: [held(10, "no start token"), allowed(50), asked(50)] },
    "Pending",
    /asked for at 15:07:30/
  ],
  "a phone that came later": [
    { steps: [asked(100), reported(103)], pushes: [push("start", 90, 100)] },
    "Early",
    new RegExp(`not asked for before 15:08:20; it was started at 15:08:20 with bulletin ${stamp(90)}$`)
  ],
  "a phone that was never asked": [{}, "Early", /its activity was not asked for then$/],
  "a token that had died": [
    { steps: [...active, went(50, "TokenInvalid")] },
    "Unreachable",
    /out of reach since 15:07:30$/
  ],
  "an activity that was given up": [
    { steps: [asked(1), went(50, "Failed")] },
    "GivenUp",
    /given up at 15:07:30/
  ],
  "an activity that was swiped away": [
    { steps: [...active, went(50, "Ended", "dismissed")] },
    "Gone",
    /ended at 15:07:30 because its owner swiped it away$/
  ],
  "an activity that was swiped away before its turn came": [
    {
      steps: [...active, went(61, "Ended", "dismissed")],
      pushes: [push("update", 75, 75, { cause: "x/removal" })]
    },
    "Gone",
    /ended at 15:07:41/
  ],
  "a bulletin that was decided a moment ago": [{ steps: active }, "Waiting", /waits for its turn/]
}

describe("the answer", () => {
  for (const [what, [given, expected, words]] of Object.entries(cases)) {
    it(`to ${what}`, () => {
      const { bulletins, timeline } = Explain.explain(
        {
          matchId: Kit.matchId,
          records: [],
          publishes: given.publishes ?? [],
          bulletins: [
            {
              matchId: Kit.matchId,
              stamp: stamp(60),
              at: at(60),
              alert: given.alert ?? false,
              title: null,
              event: null,
              key: null,
              ball: null,
              score: "IND 87/3",
              overs: "14.2",
              wanted: 5,
              priority: { normal: 5, frequent: 5 },
              used: { normal: 0, frequent: 0 },
              ends: null
            }
          ]
        },
        phone,
        {
          steps: given.steps ?? [],
          pushes: given.pushes ?? [],
          cohort: "token/1/en/normal",
          osVersion: null,
          about: {}
        }
      )
      assert.deepStrictEqual(
        bulletins.map(({ answer }) => answer._tag),
        [expected]
      )
      const told = timeline.find(({ kind }) => kind === "bulletin")
      const text = told?.text.replace(/^.*?\): /, "").replace(/ \(at priority 5\)$/, "") ?? ""
      assert.match(text, words)
    })
  }
})

describe("what happens to an event", () => {
  const named = (event: "wicket" | "four") => ({ event, key: `${event}/1`, ball: "14.2" })
  const noticed = (event: "wicket" | "four", fate: "headline" | "cooldown" | "deferred", reason: string) =>
    ({ _tag: "Noticed", at: at(60), body: { ...named(event), fate, reason } }) as const
  const told = (seconds: number, event: "wicket" | null): Explain.Bulletin => ({
    matchId: Kit.matchId,
    stamp: stamp(seconds),
    at: at(seconds),
    alert: event !== null,
    title: null,
    event,
    key: event === null ? null : named(event).key,
    ball: null,
    score: "IND 87/3",
    overs: "14.2",
    wanted: 10,
    priority: { normal: 5, frequent: 10 },
    used: { normal: 12, frequent: 13 },
    ends: null
  })
  const story = (records: Explain.Match["records"], ...bulletins: ReadonlyArray<Explain.Bulletin>) =>
    Explain.story({ matchId: Kit.matchId, records, bulletins, publishes: [] }, { event: "wicket" })
      .concat(Explain.story({ matchId: Kit.matchId, records, bulletins, publishes: [] }, { event: "four" }))
      .flatMap(({ kind, text }) => (kind === "event" ? [text] : []))

  it("is told: confirmed, held back, dropped, cooled down, or still to come", () => {
    const wait = { _tag: "Held", at: at(60), body: named("wicket") } as const
    const lead = noticed("wicket", "headline", "leads")
    assert.deepStrictEqual(story([lead, wait], told(62.5, "wicket")), [
      `14.2 wicket: noticed, waited 2.5 s for a confirming reading, told as bulletin ${stamp(62.5)} ` +
        "at priority 5, for want of budget (12 of 12 of this hour used, 5 kept for wickets and the end); " +
        "with frequent updates at priority 10 (13 of 120 of this hour used)"
    ])
    const dropped = {
      _tag: "Dropped",
      at: at(64),
      body: { ...named("wicket"), why: "the feed took it back" }
    } as const
    assert.deepStrictEqual(story([lead, wait, dropped]), [
      "14.2 wicket: noticed, waited 4 s for a confirming reading, and dropped: the feed took it back"
    ])
    assert.deepStrictEqual(story([lead, wait]), ["14.2 wicket: noticed, waits for a confirming reading"])
    assert.deepStrictEqual(story([noticed("four", "headline", "leads")], told(54, null), told(69, null)), [
      "14.2 four: noticed; held back, for quiet changes keep their distance (the last one was 6 s before); " +
        `went out 9 s later with bulletin ${stamp(69)}`
    ])
    assert.deepStrictEqual(story([noticed("four", "cooldown", "told too recently")]), [
      "14.2 four: noticed, and not told: told too recently"
    ])
    assert.deepStrictEqual(story([noticed("wicket", "deferred", "behind fifty")]), [
      "14.2 wicket: noticed behind fifty, and had to wait; its turn never came"
    ])
  })
})

describe("the book", () => {
  it.effect("has a line for a start that is held, and not one for each time it is asked about", () =>
    Effect.gen(function* () {
      const crowd = Crowd.make(1, "held", [17, 4], () => ({ startToken: "never" }))
      const world = yield* Kit.atNoon({ crowd })
      yield* world.start
      yield* world.launch("phone-1")
      yield* world.follow("phone-1", Kit.matchId)
      yield* Kit.toTheEnd
      const page = { limit: 1000, after: null }
      const decisions = Context.get(world.store, Decisions.Decisions)
      const all = yield* decisions.ofDevice(Ids.DeviceId.make("phone-1"), null, page)
      assert.strictEqual(all.filter(({ body }) => JSON.stringify(body).includes("StartHeld")).length, 2)
      const { match, all: phones } = yield* explained(world)
      for (const one of phones) {
        checkAgreement(world, match, one)
        assert.isTrue(
          one.bulletins
            .slice(1)
            .every(({ answer }) => answer._tag === "Held" && answer.why === "no start token")
        )
      }
      assert.strictEqual(phones.length, 1)
    }).pipe(Effect.scoped)
  )
})
