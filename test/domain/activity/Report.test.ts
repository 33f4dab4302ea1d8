import { Instant } from "@sightscreen/decider"
import { Activity, Filed, type Ids, Report } from "@sightscreen/domain"
import { assert, describe, it } from "vitest"

const minute = (n: number) => Instant.fromMillis(n * 60_000)
const match = "m" as Ids.MatchId
const her = "her" as Ids.UserId
const his = "his" as Ids.UserId
const token = (name: string): Activity.Address => ({ _tag: "Token", token: name })
const channel: Activity.Address = { _tag: "Channel", channelId: "c" }

const active = (address: Activity.Address, attempts = 1): Activity.Activity => ({
  _tag: "Active",
  address,
  instance: null,
  since: minute(1),
  attempts,
  renewal: null
})
const ended = (reason: Activity.EndReason, at = minute(1)): Activity.Activity => ({
  _tag: "Ended",
  reason,
  at
})

interface Given {
  readonly generation: number
  readonly state: Activity.Activity
  readonly instance?: string
  readonly owner?: Ids.UserId
  readonly of?: string
}

const filed = (...given: ReadonlyArray<Given>): ReadonlyArray<Filed.Filed> =>
  given.map(({ generation, instance = null, of = match, owner = her, state }) => ({
    row: {
      ...Filed.first(
        of as Ids.MatchId,
        {
          deviceId: "phone" as Ids.DeviceId,
          userId: owner,
          schemaVersion: 1,
          language: "en",
          frequentUpdates: true
        },
        generation
      ),
      instance
    },
    state
  }))

const report = (address: Activity.Address, instance: string | null = null): Report.Report => ({
  userId: her,
  matchId: match,
  instance,
  address
})

const whose = (claim: Report.Claim<Filed.Row>): string =>
  claim._tag === "Its"
    ? `its ${claim.row.generation}`
    : `unasked ${claim.generation}, else ${claim.else?.generation ?? "nobody"}`

describe("a report of an activity is of", () => {
  const cases: ReadonlyArray<
    readonly [string, Report.Report, ReadonlyArray<Filed.Filed>, ReadonlyArray<string>, string]
  > = [
    [
      "the one of that name, whatever is newer",
      report(token("a"), "x"),
      filed(
        { generation: 1, state: active(token("b")), instance: "x" },
        { generation: 2, state: Activity.wanted }
      ),
      [],
      "its 1"
    ],
    [
      "the one at that address",
      report(token("a")),
      filed({ generation: 1, state: active(token("a")) }, { generation: 2, state: Activity.wanted }),
      [],
      "its 1"
    ],
    [
      "the newest, of those on one channel",
      report(channel),
      filed({ generation: 1, state: active(channel) }, { generation: 2, state: active(channel) }),
      [],
      "its 2"
    ],
    [
      "the one that had the token, although it has ended",
      report(token("a")),
      filed({ generation: 1, state: ended("unfollowed") }, { generation: 2, state: Activity.wanted }),
      ["m/phone/1"],
      "its 1"
    ],
    [
      "the newest that waits",
      report(token("a")),
      filed({ generation: 1, state: ended("superseded") }, { generation: 2, state: Activity.wanted }),
      [],
      "its 2"
    ],
    [
      "the newest that was given up",
      report(token("a")),
      filed({ generation: 1, state: { _tag: "Failed", at: minute(2) } }),
      [],
      "its 1"
    ],
    [
      "the one that ended with its match, however late",
      report(token("a")),
      filed({ generation: 1, state: ended("match over") }),
      [],
      "its 1"
    ],
    [
      "none that we know, after one that was left: the app has begun one",
      report(token("a")),
      filed({ generation: 1, state: ended("unfollowed") }),
      [],
      "unasked 2, else 1"
    ],
    ["none that we know, where there never was any", report(token("a")), [], [], "unasked 1, else nobody"],
    [
      "none of another person's, whose generations it goes on from",
      report(token("a"), "x"),
      filed({ generation: 3, state: active(token("a")), instance: "x", owner: his }),
      ["m/phone/3"],
      "unasked 4, else nobody"
    ],
    [
      "none of another match",
      report(token("a")),
      filed({ generation: 1, state: active(token("a")), of: "other" }),
      [],
      "unasked 1, else nobody"
    ]
  ]
  for (const [name, given, rows, known, expected] of cases) {
    it(name, () => {
      assert.strictEqual(whose(Report.claim(given, rows, known as ReadonlyArray<Ids.ActivityId>)), expected)
    })
  }
})

describe("a dismissal is of", () => {
  const cases: ReadonlyArray<
    readonly [string, string | null, ReadonlyArray<Filed.Filed>, expected: number | null]
  > = [
    ["the newest, where the app does not say", null, filed({ generation: 1, state: active(channel) }), 1],
    [
      "the one of that name",
      "x",
      filed(
        { generation: 1, state: active(token("a")), instance: "x" },
        { generation: 2, state: Activity.wanted }
      ),
      1
    ],
    ["the newest that has told no name yet", "x", filed({ generation: 1, state: active(token("a")) }), 1],
    [
      "nobody, where the newest has another name",
      "x",
      filed({ generation: 1, state: active(token("a")), instance: "y" }),
      null
    ],
    ["nobody, where it has ended", null, filed({ generation: 1, state: ended("day over") }), null],
    [
      "nobody, where it is another person's",
      null,
      filed({ generation: 1, state: active(channel), owner: his }),
      null
    ],
    ["nobody, where there is none", null, [], null]
  ]
  for (const [name, instance, rows, expected] of cases) {
    it(name, () => {
      const found = Report.dismissed({ userId: her, matchId: match, instance }, rows)
      assert.strictEqual(found?.row.generation ?? null, expected)
    })
  }
})

describe("a token that an activity had before", () => {
  const said = (before: Activity.Activity, address: Activity.Address): ReadonlyArray<Filed.Stepped> => {
    const [{ row }] = filed({ generation: 1, state: before }) as [Filed.Filed]
    const [after, outputs] = Activity.step(before, {
      _tag: "Reported",
      address,
      instance: null,
      at: minute(5)
    })
    return outputs.map((output) => ({ row, before, after, output }))
  }
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<Filed.Stepped>, ReadonlyArray<Report.Struck>]> =
    [
      ["is struck out as rotated", said(active(token("a")), token("b")), [{ token: "a", reason: "rotated" }]],
      [
        "is struck out as superseded where another activity has its place",
        said(active(token("a"), 2), token("b")),
        [{ token: "a", reason: "superseded" }]
      ],
      ["stays where it is the same", said(active(token("a")), token("a")), []],
      ["is none where there was a channel", said(active(channel), token("b")), []],
      ["is none where it is the first", said(Activity.wanted, token("b")), []]
    ]
  for (const [name, given, expected] of cases) {
    it(name, () => assert.deepStrictEqual(Report.forsaken(given), expected))
  }

  it("is ignored when it turns up again, or turned away, or heard", () => {
    const rows = filed({ generation: 1, state: active(token("b")) })
    const ofA = (retiredFor: string | null, some = rows) =>
      Report.ofKnown({ token: "a", retiredFor, activityId: rows[0]!.row.activityId }, some)
    assert.deepStrictEqual(
      [Report.rotated, Report.superseded, null].map((why) => ofA(why)),
      ["ignore", "turn away", "claim"]
    )
    assert.strictEqual(Report.ofKnown(undefined, rows), "claim")
    // Apple has called it dead, and its activity has another by now.
    assert.strictEqual(ofA("ExpiredToken"), "turn away")
    for (const state of [active(token("a")), active(channel), Activity.wanted])
      assert.strictEqual(ofA("ExpiredToken", filed({ generation: 1, state })), "claim")
  })

  it("is struck out with its end, for why it ended", () => {
    const end = (address: Activity.Address, reason: Activity.EndReason): Activity.Output => ({
      _tag: "End",
      address,
      reason
    })
    assert.deepStrictEqual(
      [end(token("a"), "unfollowed"), end(token("a"), "superseded"), end(channel, "unfollowed")].map(
        (output) => Report.ended({ output })
      ),
      [{ token: "a", reason: "activity ended: unfollowed" }, { token: "a", reason: "superseded" }, null]
    )
  })
})

describe("an end is owed", () => {
  const cases: ReadonlyArray<readonly [string, Activity.Activity, Instant.Instant, boolean]> = [
    ["for half an hour", ended("unfollowed", minute(0)), minute(30), true],
    ["no longer", ended("unfollowed", minute(0)), Instant.fromMillis(30 * 60_000 + 1), false],
    ["only for that reason", ended("dismissed", minute(0)), minute(1), false],
    ["by none that lives", active(token("a")), minute(1), false]
  ]
  for (const [name, state, at, expected] of cases) {
    it(name, () => assert.strictEqual(Report.isOwedEnd(state, "unfollowed", at), expected))
  }
})

describe("an activity that has left the screen", () => {
  const before = filed({ generation: 1, state: active(token("b")), instance: "newer" })
  const said = { userId: her, matchId: match, instance: "older" }
  const after = before.map(({ row, state }) => ({
    row,
    state: Activity.step(state, { _tag: "OtherGone", instance: "older", at: minute(2) })[0]
  }))

  it("is remembered by the others of its phone, but by none that has ended, and by no other person's", () => {
    const rows = (...given: ReadonlyArray<Given>) => Report.survivors(said, filed(...given)).length
    const state = active(token("b"))
    assert.deepStrictEqual(
      [
        rows({ generation: 1, state, instance: "newer" }),
        rows({ generation: 1, state: Activity.wanted }),
        rows({ generation: 1, state, instance: "older" }),
        rows({ generation: 1, state: ended("unfollowed") }),
        rows({ generation: 1, state, owner: his })
      ],
      [1, 1, 0, 0, 0]
    )
  })

  it("takes nobody's place by a report that comes late", () => {
    assert.deepStrictEqual(
      [before, after].map((rows) => Report.isGone(said, rows)),
      [false, true]
    )
    assert.isFalse(Report.isGone({ ...said, instance: "newest" }, after))
  })

  it("is remembered while the other is lost, asked for and found", () => {
    const rows = [
      { _tag: "Lost", at: minute(3) },
      { _tag: "Ticked", at: minute(3) },
      { _tag: "Reported", address: token("c"), instance: "newest", at: minute(4) }
    ] as const
    let state = after[0]!.state
    for (const input of rows) {
      state = Activity.step(state, input)[0]
      assert.isTrue(Report.isGone(said, [{ row: after[0]!.row, state }]), input._tag)
    }
  })
})
