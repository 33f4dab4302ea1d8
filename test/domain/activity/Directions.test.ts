import { Instant } from "@sightscreen/decider"
import { Activity, Directions, Filed, type Ids } from "@sightscreen/domain"
import { assert, describe, it } from "vitest"

const at = Instant.fromMillis(1_000_000)
const match = "m" as Ids.MatchId
const token: Activity.Address = { _tag: "Token", token: "aa" }
const channel: Activity.Address = { _tag: "Channel", channelId: "c" }
const row = Filed.first(
  match,
  {
    deviceId: "phone" as Ids.DeviceId,
    userId: "her" as Ids.UserId,
    schemaVersion: 1,
    language: "hi",
    frequentUpdates: false
  },
  1
)
const active: Activity.Activity = {
  _tag: "Active",
  address: token,
  instance: null,
  since: at,
  attempts: 1,
  renewal: null
}

/** The fields that are not empty, in short. */
const told = (
  output: Activity.Output,
  isOver = false,
  before: Activity.Activity = active,
  of: Filed.Row = row
) => {
  const said = Directions.of([{ row: of, before, after: before, output }], match, isOver, at)
  return Object.entries(said).flatMap(([name, some]) =>
    (some as ReadonlyArray<unknown>).length === 0
      ? []
      : [
          name === "refresh"
            ? `${name} ${said.refresh[0]!.cohort}`
            : name === "republish"
              ? `${name} ${said.republish[0]!}`
              : name
        ]
  )
}

describe("what an activity says becomes", () => {
  const end = (address: Activity.Address, reason: Activity.EndReason): Activity.Output => ({
    _tag: "End",
    address,
    reason
  })
  const cases: ReadonlyArray<readonly [string, ReturnType<typeof told>, ReadonlyArray<string>]> = [
    ["a wake, where something is beyond reach", told({ _tag: "Recall" }), ["recall"]],
    [
      "the newest state, for a token",
      told({ _tag: "Refresh", address: token }),
      ["refresh token/1/hi/normal"]
    ],
    [
      "another publish, for a channel",
      told({ _tag: "Refresh", address: channel }),
      ["republish channel/1/hi/normal"]
    ],
    [
      "an answer to its ladder as well, where it has just come alive",
      told({ _tag: "Refresh", address: token }, false, Activity.wanted),
      ["refresh token/1/hi/normal", "alive"]
    ],
    ["an end at once", told(end(token, "unfollowed")), ["remove"]],
    ["an end at once although the match is over", told(end(token, "unfollowed"), true), ["remove"]],
    ["an end at once before the match is over", told(end(token, "match over")), ["remove"]],
    ["the end with the last score", told(end(token, "match over"), true), ["refresh token/1/hi/normal"]],
    ["an errand of the app, on a channel", told(end(channel, "unfollowed")), ["recall"]],
    [
      "an end, and an answer to its ladder, where its phone speaks of it after its end",
      told(end(token, "unfollowed"), false, { _tag: "Ended", reason: "unfollowed", at }),
      ["remove", "ladder"]
    ],
    ["nothing, on a channel that its successor may share", told(end(channel, "superseded")), []],
    [
      "the end once more, on a channel",
      told(end(channel, "day over"), true),
      ["republish channel/1/hi/normal"]
    ],
    ["a word to its ladder", told({ _tag: "Unanswered", attempt: 2 }), ["ladder"]],
    ["the last word to its ladder", told({ _tag: "GaveUp" }), ["ladder"]],
    ["a start", told({ _tag: "Start", attempt: 1 }), ["start"]],
    ["a successor", told({ _tag: "Renew" }), ["renew"]],
    ["nothing here, where its owner leaves", told({ _tag: "Unfollow" }), []]
  ]
  for (const [name, found, expected] of cases) it(name, () => assert.deepStrictEqual(found, expected))

  it("nothing more for a token that it has replaced, whatever was yet to be told there", () => {
    const address: Activity.Address = { _tag: "Token", token: "bb" }
    const after = { ...active, address }
    const { leave, refresh } = Directions.of(
      [{ row, before: active, after, output: { _tag: "Refresh", address } }],
      match,
      false,
      at
    )
    assert.deepStrictEqual([leave, refresh.map((one) => one.token)], [["aa"], ["bb"]])
  })

  it("a word of that attempt, and of that match", () => {
    const { ladder } = Directions.of(
      [
        { row, before: active, after: active, output: { _tag: "Unanswered", attempt: 2 } },
        { row, before: active, after: active, output: { _tag: "GaveUp" } }
      ],
      match,
      false,
      at
    )
    assert.deepStrictEqual(ladder, [
      { deviceId: row.deviceId, input: { _tag: "StartUnanswered", matchId: match, attempt: 2, at } },
      { deviceId: row.deviceId, input: { _tag: "AttemptsExhausted", matchId: match, at } }
    ])
  })
})

describe("a file", () => {
  it("knows whose place an activity takes", () => {
    assert.deepStrictEqual(
      ["m/phone/1", "m/phone/2", "a/b/phone/10"].map((id) => Filed.predecessorOf(id as Ids.ActivityId)),
      [null, "m/phone/1", "a/b/phone/9"]
    )
  })

  it("says of an activity what can be asked without its state", () => {
    const columns = (after: Activity.Activity, instance: string | null = null) =>
      Object.values(Filed.columns({ instance, activeSince: null }, after, "token/1/en/frequent"))
    assert.deepStrictEqual(columns(active), ["active", "aa", null, "token/1/en/frequent", null, at])
    assert.deepStrictEqual(columns({ ...active, address: channel, instance: "x" }), [
      "active",
      null,
      "c",
      "channel/1/en/frequent",
      "x",
      at
    ])
    assert.deepStrictEqual(columns({ _tag: "Ended", reason: "unfollowed", at }, "x"), [
      "ended",
      null,
      null,
      "token/1/en/frequent",
      "x",
      null
    ])
  })

  it("tells one of no cohort that is known like everybody", () => {
    assert.strictEqual(Filed.cohortAt({ cohort: null }, token), "token/1/en/frequent")
    assert.strictEqual(Filed.cohortAt({ cohort: "token/1/hi/normal" }, channel), "channel/1/hi/normal")
    assert.strictEqual(Filed.cohortAt({ cohort: "of another version" }, channel), "of another version")
  })
})
