import { Instant } from "@sightscreen/decider"
import { Checks, type Entry } from "@sightscreen/simulation"
import { assert, describe, it } from "vitest"

const at = Instant.fromMillis

const terms: Checks.Terms = {
  matchId: "the-match",
  begins: at(0),
  healAt: at(1_000_000),
  overAt: at(9_000_000),
  phones: 2,
  mostUnderWay: 100,
  clockErrorMillis: 0
}

const token = "ab".repeat(80)
const other = "cd".repeat(80)

const attempted = (more: Partial<Entry.Attempted> = {}): Entry.Attempted => ({
  _tag: "Attempted",
  at: at(5000),
  process: 1,
  pushId: "push-1",
  attempt: 1,
  recorded: false,
  route: "token",
  address: token,
  deviceId: "phone-00001",
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

const bulletin = (more: Partial<Entry.BulletinIssued> = {}): Entry.BulletinIssued => ({
  _tag: "BulletinIssued",
  at: at(5000),
  process: 1,
  matchId: "the-match",
  stamp: 5,
  sequence: 1,
  score: "87/6",
  overs: "14.2",
  event: null,
  retracts: false,
  alert: null,
  ends: null,
  ...more
})

const answered = (
  more: Partial<Extract<Entry.FeedAnswered["answer"], { readonly _tag: "Snapshot" }>> = {}
): Entry.FeedAnswered => ({
  _tag: "FeedAnswered",
  at: at(4000),
  process: 1,
  matchId: "the-match",
  answer: { _tag: "Snapshot", status: "live", score: "87/6", overs: "14.2", innings: 1, balls: 86, ...more }
})

const said = (output: Entry.PhoneSaid["output"], millis = 6000): Entry.PhoneSaid => ({
  _tag: "PhoneSaid",
  at: at(millis),
  deviceId: "phone-00001",
  output
})

const shown = (score: string, overs: string) =>
  said({
    _tag: "Shown",
    activityId: "A",
    matchId: "the-match",
    content: { expanded: { score, overs } },
    timestamp: 5,
    stale: false
  })

const alerted = (timestamp: number) =>
  said({
    _tag: "AlertShown",
    activityId: "A",
    matchId: "the-match",
    title: "WICKET",
    body: "",
    timestamp,
    at: at(6000)
  })

const asked = (
  asks: Entry.Asking,
  about: string | null = null,
  report = "phone-00001/1"
): Entry.ReportAsked => ({
  _tag: "ReportAsked",
  at: at(1000),
  report,
  deviceId: "phone-00001",
  userId: "user-1",
  asks,
  about
})

const done = (report = "phone-00001/1", millis = 2000): Entry.ReportAcknowledged => ({
  _tag: "ReportAcknowledged",
  at: at(millis),
  report,
  process: 1,
  attempts: 1
})

const minted = (millis: number): Entry.BearerMinted => ({
  _tag: "BearerMinted",
  at: at(millis),
  process: 1,
  keyId: "KEY",
  issuedAt: millis
})

const view = (more: Partial<Checks.View> = {}): Checks.View => ({
  when: "end",
  at: at(10_000_000),
  phones: [],
  channels: [],
  tables: { devices: [], tokens: [], activities: [], follows: [], matches: 0, pending: 0, ledger: {} },
  ...more
})

const phone = (more: Partial<Checks.PhoneView> = {}): Checks.PhoneView => ({
  deviceId: "phone-00001",
  userId: "user-1",
  online: true,
  forceQuit: false,
  fate: { _tag: "Right" },
  activities: [],
  doubled: 0,
  undecodable: 0,
  untold: 0,
  ...more
})

const activity = (more: Partial<Checks.ActivityView> = {}): Checks.ActivityView => ({
  activityId: "A",
  live: true,
  route: "token",
  address: token,
  told: true,
  stamp: 5,
  ...more
})

/** Two activities on one phone, of which the server knows the older one's token. */
const two: ReadonlyArray<Entry.Entry> = [
  shown("87/6", "14.2"),
  said({ _tag: "UpdateTokenReported", activityId: "A", matchId: "the-match", token }),
  asked("update token", token),
  done(),
  said(
    {
      _tag: "Shown",
      activityId: "B",
      matchId: "the-match",
      content: { expanded: { score: "87/6", overs: "14.2" } },
      timestamp: 5,
      stale: false
    },
    10_000
  )
]

const started = (millis: number): Entry.Attempted =>
  attempted({ at: at(millis), event: "start", holds: "start", pushId: `start-${millis}` })

const dead = (minute: number): Entry.Attempted =>
  attempted({ at: at(minutes(minute)), taken: false, heard: 410, reason: "Unregistered" })

/** A first word of Apple about the usual token, and so many about others that are dead. */
const massDeath = (words: number): ReadonlyArray<Entry.Attempted> => [
  dead(0),
  ...Array.from({ length: words }, (_, nth) => ({
    ...dead(0),
    holds: "dead" as const,
    address: `${nth}`.padStart(64, "0")
  }))
]

const outdated: Entry.FaultBefell = {
  _tag: "FaultBefell",
  at: at(1),
  kind: "apple.staleGone",
  what: "push-1/1"
}

const minutes = (count: number) => count * 60_000

/** For each check: what it lets pass, and what it does not. */
const cases: ReadonlyArray<{
  readonly check: string
  readonly what: string
  readonly right: ReadonlyArray<Entry.Entry | Checks.View>
  readonly wrong: ReadonlyArray<Entry.Entry | Checks.View>
}> = [
  {
    check: "one-activity",
    what: "two activities of a match on one phone",
    right: [
      ...two,
      attempted({ at: at(30_000), event: "end" }),
      view({ at: at(200_000), phones: [phone()] })
    ],
    wrong: [...two, view({ at: at(200_000), phones: [phone()] })]
  },
  {
    check: "one-activity",
    what: "a start after one that Apple has taken, and that no phone had the time to answer",
    right: [
      asked("start token", other),
      started(0),
      started(90_000),
      asked("start token", token, "phone-00001/2"),
      started(100_000)
    ],
    wrong: [
      asked("start token", other),
      started(0),
      asked("start token", other, "phone-00001/2"),
      started(20_000)
    ]
  },
  {
    check: "stamps-rise",
    what: "an alert that has the stamp of the state before it",
    right: [attempted(), attempted({ pushId: "push-2", stamp: 6, alert: "WICKET" })],
    wrong: [attempted(), attempted({ pushId: "push-2", alert: "WICKET" })]
  },
  {
    check: "stamps-rise",
    what: "a stamp below the one before",
    right: [
      attempted(),
      attempted({ pushId: "push-2", stamp: 6 }),
      attempted({ pushId: "push-2", stamp: 6, attempt: 2 })
    ],
    wrong: [attempted({ stamp: 6 }), attempted({ pushId: "push-2", stamp: 5 })]
  },
  {
    check: "stamps-rise",
    what: "an update after an end",
    right: [attempted({ event: "end" }), attempted({ pushId: "push-2", event: "end", stamp: 7 })],
    wrong: [attempted({ event: "end" }), attempted({ pushId: "push-2", stamp: 7 })]
  },
  {
    check: "right-holder",
    what: "a push to a token that no phone has had",
    right: [attempted({ holds: "dead" })],
    wrong: [attempted({ holds: "unknown" })]
  },
  {
    check: "right-holder",
    what: "a start to a token that was replaced long ago",
    right: [
      asked("start token", token),
      done(),
      attempted({ at: at(minutes(9)), event: "start", holds: "start" })
    ],
    wrong: [
      asked("start token", token),
      done(),
      asked("start token", other, "phone-00001/2"),
      done("phone-00001/2"),
      attempted({ at: at(minutes(9)), event: "start", holds: "start" })
    ]
  },
  {
    check: "right-holder",
    what: "a start to an update token",
    right: [attempted({ event: "start", holds: "start" })],
    wrong: [attempted({ event: "start", holds: "update" })]
  },
  {
    check: "nothing-lost",
    what: "a registration that was acknowledged and is not there",
    right: [
      asked("register"),
      done(),
      view({ tables: { ...view().tables, devices: [{ deviceId: "phone-00001", userId: "user-1" }] } })
    ],
    wrong: [asked("register"), done(), view()]
  },
  {
    check: "nothing-lost",
    what: "a second acknowledgement",
    right: [asked("follow"), done()],
    wrong: [asked("follow"), done(), done()]
  },
  {
    check: "alert-once",
    what: "the same alert twice",
    right: [alerted(5), alerted(6)],
    wrong: [alerted(5), alerted(5)]
  },
  {
    check: "alert-once",
    what: "an event that buzzes with another stamp, and was not taken back",
    right: [
      bulletin({ event: "wicket/1", alert: "WICKET" }),
      {
        _tag: "EventDropped",
        at: at(1),
        process: 1,
        matchId: "the-match",
        event: "wicket/1",
        why: "retracted: so"
      },
      bulletin({ event: "wicket/1", alert: "WICKET", stamp: 9 })
    ],
    wrong: [
      bulletin({ event: "wicket/1", alert: "WICKET" }),
      bulletin({ event: "wicket/1", alert: "WICKET", stamp: 9 })
    ]
  },
  {
    check: "readable",
    what: "too many bytes",
    right: [attempted({ bytes: 4096 })],
    wrong: [attempted({ bytes: 4097 })]
  },
  {
    check: "readable",
    what: "a push that an app cannot read",
    right: [
      {
        _tag: "Delivered",
        at: at(1),
        pushId: "p",
        deviceId: "d",
        route: "token",
        address: token,
        fate: "ignored"
      }
    ],
    wrong: [
      {
        _tag: "Delivered",
        at: at(1),
        pushId: "p",
        deviceId: "d",
        route: "token",
        address: token,
        fate: "undecodable"
      }
    ]
  },
  {
    check: "few-bearers",
    what: "bearer tokens in quick succession",
    right: [minted(0), minted(minutes(20))],
    wrong: [minted(0), minted(minutes(19))]
  },
  {
    check: "few-bearers",
    what: "an old bearer token",
    right: [minted(1000), attempted({ at: at(minutes(55)) })],
    wrong: [minted(1000), attempted({ at: at(minutes(56)) })]
  },
  {
    check: "bounded",
    what: "too much under way",
    right: [attempted({ underWay: 100 })],
    wrong: [attempted({ underWay: 101 })]
  },
  {
    check: "few-retries",
    what: "more retries than were paid for",
    right: Array.from({ length: 20 }, () => attempted({ attempt: 2 })),
    wrong: Array.from({ length: 40 }, () => attempted({ attempt: 2 }))
  },
  {
    check: "few-retries",
    what: "many requests while Apple is down",
    right: [
      ...Array.from({ length: 30 }, () => attempted({ heard: 503 })),
      ...Array.from({ length: 30 }, (_, nth) => attempted({ heard: 503, at: at(30_000 + nth * 500) }))
    ],
    wrong: [
      ...Array.from({ length: 30 }, () => attempted({ heard: 503 })),
      ...Array.from({ length: 30 }, () => attempted({ heard: 503, at: at(30_000) }))
    ]
  },
  {
    check: "few-retries",
    what: "a retry before Apple wants it",
    right: [attempted({ retryAfter: 2 }), attempted({ attempt: 2, at: at(7000) })],
    wrong: [attempted({ retryAfter: 2 }), attempted({ attempt: 2, at: at(6999) })]
  },
  {
    check: "retired-for-cause",
    what: "a token that Apple has said nothing against",
    right: [
      attempted({ heard: 410 }),
      { _tag: "TokenRetired", at: at(1), process: 1, token, why: "Unregistered" }
    ],
    wrong: [
      attempted({ heard: 410, address: other }),
      { _tag: "TokenRetired", at: at(1), process: 1, token, why: "Unregistered" }
    ]
  },
  {
    check: "retired-for-cause",
    what: "a token for a single 410 that is older than its registration",
    right: [
      attempted({ heard: 410 }),
      { _tag: "TokenRetired", at: at(1), process: 1, token, why: "Unregistered" }
    ],
    wrong: [
      outdated,
      attempted({ heard: 410 }),
      { _tag: "TokenRetired", at: at(1), process: 1, token, why: "Unregistered" }
    ]
  },
  {
    check: "right-holder",
    what: "a push to a token that Apple has called dead twice",
    right: [dead(0), dead(1), attempted({ at: at(minutes(2)) })],
    wrong: [dead(0), dead(1), attempted({ at: at(minutes(9)) })]
  },
  {
    check: "right-holder",
    what: "a push to a token that Apple has called dead twice, but for twenty that die at once",
    right: [...massDeath(20), dead(1), attempted({ at: at(minutes(9)) })],
    wrong: [...massDeath(19), dead(1), attempted({ at: at(minutes(9)) })]
  },
  {
    check: "retired-for-cause",
    what: "a token for a single 400",
    right: [
      attempted({ heard: 400, reason: "BadDeviceToken" }),
      attempted({ heard: 400, reason: "BadDeviceToken" }),
      { _tag: "TokenRetired", at: at(1), process: 1, token, why: "BadDeviceToken" }
    ],
    wrong: [
      attempted({ heard: 400, reason: "BadDeviceToken" }),
      { _tag: "TokenRetired", at: at(1), process: 1, token, why: "BadDeviceToken" }
    ]
  },
  {
    check: "true-score",
    what: "a score that was never given",
    right: [answered(), bulletin(), shown("87/6", "14.2")],
    wrong: [answered(), shown("88/6", "14.2")]
  },
  {
    check: "true-score",
    what: "a bulletin nobody read",
    right: [answered(), bulletin()],
    wrong: [bulletin()]
  },
  {
    check: "same-bytes",
    what: "one push with two bodies",
    right: [attempted(), attempted({ attempt: 2 })],
    wrong: [attempted(), attempted({ attempt: 2, body: "b2" })]
  },
  {
    check: "same-bytes",
    what: "one push to two addresses",
    right: [attempted(), attempted({ pushId: "push-2", address: other })],
    wrong: [attempted(), attempted({ address: other })]
  },
  {
    check: "same-bytes",
    what: "two bulletins of one stamp",
    right: [bulletin(), bulletin({ process: 2 })],
    wrong: [bulletin(), bulletin({ process: 2, score: "88/6" })]
  },
  {
    check: "converges",
    what: "a screen that is behind after all has healed",
    right: [
      bulletin({ at: at(1_000_000) }),
      view({ when: "settled", at: at(1_100_000), phones: [phone({ fate: null, activities: [activity()] })] })
    ],
    wrong: [
      bulletin({ at: at(1_000_000), stamp: 6 }),
      view({ when: "settled", at: at(1_100_000), phones: [phone({ fate: null, activities: [activity()] })] })
    ]
  },
  {
    check: "converges",
    what: "a wrong end",
    right: [view({ phones: [phone({ fate: { _tag: "Explained", why: "offline" } })] })],
    wrong: [view({ phones: [phone({ fate: { _tag: "Wrong", shows: "nothing" } })] })]
  },
  {
    check: "converges",
    what: "an activity that nobody has ended",
    right: [view({ phones: [phone({ activities: [activity({ live: false })] })] })],
    wrong: [view({ phones: [phone({ activities: [activity()] })] })]
  },
  {
    check: "all-settled",
    what: "an activity that was left",
    right: [
      view({
        tables: { ...view().tables, activities: [{ activityId: "a", deviceId: "d", status: "ended" }] }
      })
    ],
    wrong: [
      view({
        tables: { ...view().tables, activities: [{ activityId: "a", deviceId: "d", status: "active" }] }
      })
    ]
  },
  {
    check: "no-orphans",
    what: "a channel that was forgotten",
    right: [view({ at: at(1e9) })],
    wrong: [view({ at: at(1e9), channels: [{ channelId: "c", known: false, createdAt: at(0) }] })]
  },
  {
    check: "no-orphans",
    what: "a channel whose match is over, and that is still there",
    right: [view({ at: at(1e9) })],
    wrong: [view({ at: at(1e9), channels: [{ channelId: "c", known: true, createdAt: at(1e9 - 1000) }] })]
  },
  {
    check: "no-orphans",
    what: "a match that nobody tells",
    right: [
      { _tag: "ProcessStarted", at: at(1_500_000), process: 1 },
      { ...answered(), at: at(1_515_000) }
    ],
    wrong: [
      { _tag: "ProcessStarted", at: at(1_500_000), process: 1 },
      { ...answered(), at: at(1_600_000) }
    ]
  }
]

const judge = (check: string, things: ReadonlyArray<Entry.Entry | Checks.View>): number => {
  const watch = Checks.watch(terms)
  for (const one of things) {
    if ("_tag" in one) watch.hear(one)
    else watch.look(one)
  }
  return watch.counts().find(({ name }) => name === check)!.violations
}

describe("the checks", () => {
  for (const { check, right, what, wrong } of cases)
    it(`${check} finds ${what}`, () => {
      assert.strictEqual(judge(check, right), 0)
      assert.isAbove(judge(check, wrong), 0)
    })

  it("are twenty-one, each with a claim and a case here or among those that watch the shell", () => {
    const elsewhere = [
      "alerts-told",
      "latecomers-told",
      "starts-measured",
      "off-the-screen",
      "ledger-heeded",
      "tidied-up"
    ]
    assert.strictEqual(Checks.claims.length, 21)
    assert.deepStrictEqual(
      [...new Set([...cases.map(({ check }) => check), ...elsewhere])].sort(),
      Checks.claims.map(({ name }) => name).sort()
    )
  })

  it("say where and when, and keep a hundred", () => {
    const watch = Checks.watch(terms)
    for (let nth = 0; nth < 150; nth++) watch.hear(attempted({ bytes: 5000 }))
    assert.strictEqual(watch.violations().length, 100)
    assert.deepStrictEqual(watch.violations()[7], {
      check: "readable",
      at: at(5000),
      entry: 7,
      what: "push-1 has 5000 bytes"
    })
    assert.strictEqual(watch.counts().find(({ name }) => name === "readable")!.violations, 150)
  })
})
