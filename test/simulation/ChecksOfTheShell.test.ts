import { Instant } from "@sightscreen/decider"
import { Checks, type Entry } from "@sightscreen/simulation"
import { assert, describe, it } from "vitest"

const at = Instant.fromMillis
const minute = 60_000

const terms: Checks.Terms = {
  matchId: "the-match",
  begins: at(0),
  healAt: at(100 * minute),
  overAt: at(200 * minute),
  phones: 2,
  mostUnderWay: 100,
  clockErrorMillis: 0
}

const phone = "phone-00001"
const token = "ab".repeat(80)
const later = "cd".repeat(80)

const attempted = (more: Partial<Entry.Attempted> = {}): Entry.Attempted => ({
  _tag: "Attempted",
  at: at(minute),
  process: 1,
  pushId: "push-1",
  attempt: 1,
  recorded: false,
  route: "token",
  address: token,
  deviceId: phone,
  holds: "update",
  environment: "sandbox",
  topic: "com.sightscreen.ios.push-type.liveactivity",
  pushType: "liveactivity",
  event: "update",
  stamp: 5,
  priority: 5,
  alert: null,
  bytes: 900,
  body: "b1",
  collapseId: null,
  bearerIssuedAt: 1,
  underWay: 1,
  taken: true,
  heard: 200,
  reason: null,
  retryAfter: null,
  ...more
})

const bulletin = (stamp: number, millis: number, alert: string | null = null): Entry.BulletinIssued => ({
  _tag: "BulletinIssued",
  at: at(millis),
  process: 1,
  matchId: "the-match",
  stamp,
  sequence: stamp,
  score: "87/6",
  overs: "14.2",
  event: null,
  retracts: false,
  alert,
  ends: null
})

const given = (address: string, activityId = "A"): Entry.PhoneSaid => ({
  _tag: "PhoneSaid",
  at: at(0),
  deviceId: phone,
  output: { _tag: "UpdateTokenReported", activityId, matchId: "the-match", token: address }
})

/** A report that is acknowledged. */
const reported = (
  asks: Entry.Asking,
  millis: number,
  about: string | null = null,
  userId = "user-1"
): ReadonlyArray<Entry.Entry> => {
  const report = `${phone}/${millis}`
  return [
    { _tag: "ReportAsked", at: at(millis), report, deviceId: phone, userId, asks, about },
    { _tag: "ReportAcknowledged", at: at(millis), report, process: 1, attempts: 1 }
  ]
}

const view = (more: Partial<Checks.View> = {}): Checks.View => ({
  when: "end",
  at: at(300 * minute),
  phones: [],
  channels: [],
  tables: { devices: [], tokens: [], activities: [], follows: [], matches: 0, pending: 0, ledger: {} },
  ...more
})

/** What a check has against a run. */
const against = (
  name: string,
  entries: ReadonlyArray<Entry.Entry>,
  look: Checks.View | null = null
): ReadonlyArray<string> => {
  const watch = Checks.watch(terms)
  for (const entry of entries) watch.hear(entry)
  if (look !== null) watch.look(look)
  return watch.violations().flatMap(({ check, what }) => (check === name ? [what] : []))
}

const keeps = (name: string, entries: ReadonlyArray<Entry.Entry>, look: Checks.View | null = null) =>
  assert.deepStrictEqual(against(name, entries, look), [])
const breaks = (
  name: string,
  what: RegExp,
  entries: ReadonlyArray<Entry.Entry>,
  look: Checks.View | null = null
) => assert.match(against(name, entries, look).join("\n"), what)

describe("alerts-told", () => {
  const before = attempted({ stamp: 5, at: at(minute) })
  const after = attempted({ pushId: "push-3", stamp: 7, at: at(3 * minute) })
  const alert = bulletin(6, 2 * minute, "WICKET")
  const sent = attempted({ pushId: "push-2", stamp: 6, alert: "WICKET", at: at(2 * minute + 500) })

  it("misses an alert that is passed over for newer state", () => {
    keeps("alerts-told", [before, alert, sent, after])
    breaks("alerts-told", /never the alert of 6/, [before, alert, after])
  })

  it("expects none that is too old, none for who came after it, and none while Apple is in trouble", () => {
    keeps("alerts-told", [before, alert, { ...after, at: at(13 * minute) }])
    keeps("alerts-told", [alert, after])
    const trouble = attempted({
      pushId: "push-9",
      address: later,
      taken: false,
      heard: 503,
      at: at(2 * minute)
    })
    keeps("alerts-told", [before, alert, trouble, after])
  })

  it("expects what Apple could not take to be tried again", () => {
    const failed = Array.from({ length: 10 }, (_, nth) =>
      attempted({ pushId: `push-${nth}`, alert: "WICKET", taken: false, heard: 500 })
    )
    breaks(
      "alerts-told",
      /10 alerts by token that Apple could not take were never sent again/,
      failed,
      view()
    )
    const again = attempted({ pushId: "push-1", alert: "WICKET", attempt: 2 })
    keeps("alerts-told", [...failed, again], view())
    // What is tried again by token says nothing of channels.
    const published = failed.map((one) => ({ ...one, route: "channel" as const }))
    breaks("alerts-told", /10 alerts by channel/, [...published, again], view())
  })
})

describe("starts-measured", () => {
  const starts = (count: number) =>
    Array.from({ length: count }, (_, nth) =>
      attempted({ event: "start", pushId: `start-${nth}`, holds: "start", at: at((nth + 1) * 5 * minute) })
    )

  it("allows three starts that bring nothing, and no fourth", () => {
    keeps("starts-measured", starts(3))
    breaks("starts-measured", /4 starts went to .+, and none was answered/, starts(4))
    keeps("starts-measured", [...starts(3), ...starts(3)])
  })

  it("counts from the last word of the phone on", () => {
    const [one, two, three, four] = starts(4)
    const word = (asks: Entry.Asking, about: string) => [
      one!,
      two!,
      three!,
      ...reported(asks, 17 * minute, about),
      four!
    ]
    keeps("starts-measured", word("update token", later))
    keeps("starts-measured", word("start token", later))
    keeps("starts-measured", word("dismissed", "A"))
    keeps("starts-measured", [one!, two!, three!, ...reported("sign out", 17 * minute), four!])
    const told = (does: Entry.PhoneTold["does"]): Entry.PhoneTold => ({
      _tag: "PhoneTold",
      at: at(17 * minute),
      deviceId: phone,
      does
    })
    keeps("starts-measured", [one!, two!, three!, told("taps"), four!])
    breaks("starts-measured", /4 starts went to/, [one!, two!, three!, told("swipes"), four!])
    // It has the token still that three starts went to in vain.
    breaks("starts-measured", /4 starts went to/, word("start token", token))
  })
})

describe("off-the-screen", () => {
  const shown = [given(token), ...reported("update token", minute, token)]
  const end = (millis: number) => attempted({ event: "end", at: at(millis) })

  for (const [asks, userId] of [
    ["sign out", "user-1"],
    ["unfollow", "user-1"],
    ["register", "user-2"]
  ] as const)
    it(`expects an end after "${asks}"`, () => {
      const said = [...shown, ...reported(asks, 10 * minute, null, userId)]
      breaks("off-the-screen", /had not been ended/, said, view())
      breaks("off-the-screen", /had not been ended/, [...said, end(40 * minute)])
      breaks("off-the-screen", /an update went to/, [...said, attempted({ at: at(15 * minute) })])
      keeps("off-the-screen", [...said, attempted({ at: at(11 * minute) }), end(12 * minute)], view())
    })

  it("expects none where the activity has gone by itself, or where its owner has only come again", () => {
    const gone: Entry.PhoneSaid = {
      _tag: "PhoneSaid",
      at: at(11 * minute),
      deviceId: phone,
      output: { _tag: "ActivityDismissed", activityId: "A", matchId: "the-match", by: "person" }
    }
    keeps("off-the-screen", [...shown, ...reported("sign out", 10 * minute), gone], view())
    keeps("off-the-screen", [...shown, ...reported("register", 10 * minute)], view())
  })

  it("wants nothing started where nobody is signed in", () => {
    const start = attempted({ event: "start", holds: "start", address: later, at: at(15 * minute) })
    const out = reported("sign out", 10 * minute)
    breaks("off-the-screen", /a start went to .+, which nobody was signed in on/, [...out, start])
    keeps("off-the-screen", [...out, ...reported("register", 14 * minute), start])
    keeps("off-the-screen", [...out, { ...start, at: at(11 * minute) }])
  })

  it("is not content with an end that Apple could not take", () => {
    const failed = attempted({ event: "end", at: at(11 * minute), taken: false, heard: 503 })
    breaks(
      "off-the-screen",
      /had not been ended/,
      [...shown, ...reported("unfollow", 10 * minute), failed],
      view()
    )
  })
})

describe("latecomers-told", () => {
  const start = attempted({ event: "start", holds: "start", address: later, stamp: 5, at: at(minute) })
  const late = [start, bulletin(6, 2 * minute), given(token), ...reported("update token", 3 * minute, token)]

  it("expects the newest state for a token that comes after it", () => {
    breaks("latecomers-told", /was behind when it was reported/, [...late, bulletin(7, 4 * minute)])
    const told = attempted({ stamp: 6, at: at(3 * minute + 2000) })
    keeps("latecomers-told", [...late, told, bulletin(7, 4 * minute)])
  })

  it("knows that it may be sent before the phone hears that it was heard", () => {
    const [asked, heard] = reported("update token", 3 * minute, token)
    const told = attempted({ stamp: 6, at: at(3 * minute) })
    keeps("latecomers-told", [
      start,
      bulletin(6, 2 * minute),
      given(token),
      asked!,
      told,
      { ...heard!, at: at(3 * minute + 500) },
      bulletin(7, 4 * minute)
    ])
  })

  it("expects nothing for who has it, and nothing while something goes wrong", () => {
    keeps("latecomers-told", [
      start,
      given(token),
      ...reported("update token", 3 * minute, token),
      bulletin(7, 4 * minute)
    ])
    const fell: Entry.Entry = { _tag: "ProcessCrashed", at: at(3 * minute), process: 1, where: null }
    keeps("latecomers-told", [...late, fell, bulletin(7, 4 * minute)])
  })
})

describe("latecomers-told, of whom Apple would not take a push for,", () => {
  const failed = attempted({ heard: 503, taken: false, reason: "ServiceUnavailable", at: at(minute) })
  const heardLater = bulletin(7, 6 * minute)

  it("expects that they are tried again", () => {
    breaks("latecomers-told", /missed an update, and nothing was sent to it for 300 s/, [failed, heardLater])
    const again = attempted({ at: at(2 * minute) })
    keeps("latecomers-told", [failed, again, heardLater])
    // Each that fails is worth another.
    breaks("latecomers-told", /missed an update/, [failed, { ...failed, at: at(1.5 * minute) }, heardLater])
  })

  it("expects nothing where all wait for something else, or the phone has had another word", () => {
    const held = attempted({ address: later, alert: "WICKET", heard: 503, taken: false, at: at(3 * minute) })
    keeps("latecomers-told", [failed, held, heardLater])
    const fell: Entry.Entry = { _tag: "ProcessCrashed", at: at(2 * minute), process: 1, where: null }
    keeps("latecomers-told", [failed, fell, heardLater])
    keeps("latecomers-told", [failed, ...reported("dismissed", 2 * minute, "A"), heardLater])
    const probe = { ...failed, pushId: "" }
    keeps("latecomers-told", [attempted({ at: at(0.5 * minute) }), probe, heardLater])
  })
})

describe("ledger-heeded", () => {
  const again = attempted({ alert: "WICKET", recorded: true, at: at(30 * minute) })

  it("wants no alert sent that the ledger has", () => {
    breaks("ledger-heeded", /the alert of 5 went to .+ again/, [again])
    keeps("ledger-heeded", [{ ...again, recorded: false }])
    keeps("ledger-heeded", [{ ...again, alert: null }])
  })

  it("wants nothing of who cannot read it", () => {
    const blind: Entry.Entry = {
      _tag: "FaultBefell",
      at: at(29 * minute),
      kind: "store.refused",
      what: "deliveries.knows 3"
    }
    keeps("ledger-heeded", [blind, again])
  })
})

describe("tidied-up", () => {
  const tables = view().tables

  it("finds tokens in use that their phone has replaced, whatever order that is heard in", () => {
    const both = [given(token), given(later)]
    const inUse = (...tokens: ReadonlyArray<string>) =>
      view({
        tables: { ...tables, tokens: tokens.map((one) => ({ token: one, deviceId: phone, alive: true })) }
      })
    const [first, second] = [
      reported("update token", minute, token),
      reported("update token", 2 * minute, later)
    ]
    breaks(
      "tidied-up",
      /is in use, and its phone has replaced it/,
      [...both, ...first, ...second],
      inUse(token, later)
    )
    keeps("tidied-up", [...both, ...second, ...first], inUse(later))
    keeps("tidied-up", [...both, ...first], inUse(token))
  })

  it("wants an end published again for those who missed it", () => {
    const end = (millis: number, heard: number = 200) =>
      attempted({ route: "channel", address: "channel-1", event: "end", at: at(millis), heard })
    breaks("tidied-up", /the end was published once on channel-1/, [end(200 * minute)], view())
    keeps("tidied-up", [end(200 * minute), end(205 * minute)], view())
    keeps("tidied-up", [end(200 * minute), end(205 * minute, 404)], view())
    keeps("tidied-up", [end(250 * minute)], view())
  })

  it("finds channels and failed activities that outlive their match", () => {
    const channels = [{ channelId: "channel-1", known: true, createdAt: at(0) }]
    breaks("tidied-up", /channel-1 is still there/, [], view({ channels }))
    const activities = [{ activityId: "a/1", deviceId: phone, status: "failed" }]
    breaks("tidied-up", /a\/1 has failed/, [], view({ tables: { ...tables, activities } }))
    keeps("tidied-up", [], view({ when: "settled", channels, tables: { ...tables, activities } }))
  })
})

describe("few-bearers", () => {
  const minted: Entry.Entry = { _tag: "BearerMinted", at: at(0), process: 1, keyId: "KEY", issuedAt: 1000 }
  const old = attempted({ at: at(58 * minute) })
  const tooMany = attempted({
    at: at(45 * minute),
    taken: false,
    heard: 429,
    reason: "TooManyProviderTokenUpdates"
  })

  it("allows an older token where Apple has wanted no new one, for its hour", () => {
    breaks("few-bearers", /a bearer token of 58 minutes was shown/, [minted, old])
    keeps("few-bearers", [minted, tooMany, old])
    breaks("few-bearers", /a bearer token of 61 minutes/, [minted, tooMany, { ...old, at: at(61 * minute) }])
    breaks("few-bearers", /a bearer token of 66 minutes/, [minted, tooMany, { ...old, at: at(66 * minute) }])
  })
})
