import { Instant } from "@sightscreen/decider"
import { ActiveMatch, Activity, Asking, Filed, type Ids, Muster } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "vitest"

const minute = (n: number) => Instant.fromMillis(n * 60_000)
const match = "m" as Ids.MatchId
const phone = (name: string, owner = "her"): Filed.Phone => ({
  deviceId: name as Ids.DeviceId,
  userId: owner as Ids.UserId,
  schemaVersion: 1,
  language: "en",
  frequentUpdates: true
})
const filed = (state: Activity.Activity, name = "phone", owner = "her"): Filed.Filed => ({
  row: Filed.first(match, phone(name, owner), 1),
  state
})
const pending = (attempts: number): Activity.Activity => ({ _tag: "Pending", attempts, askedAt: minute(0) })
const active: Activity.Activity = {
  _tag: "Active",
  address: { _tag: "Token", token: "aa" },
  instance: null,
  since: minute(0),
  attempts: 1,
  renewal: null
}

describe("activities that are told the time", () => {
  const time = (at: Instant.Instant, slack: Duration.Duration = Duration.zero) =>
    Asking.time(ActiveMatch.begin(match, true), slack, at)

  it("are parted into those that would be asked for and those that do something else", () => {
    const { asking, others } = Asking.sort(
      [
        filed(Activity.wanted, "new"),
        filed(pending(1), "late"),
        filed(pending(3), "in vain"),
        filed(active, "old"),
        filed({ ...active, since: minute(470) }, "young"),
        filed({ _tag: "Failed", at: minute(0) }, "given up")
      ],
      time(minute(470))
    )
    assert.deepStrictEqual(
      asking.map(({ attempt, row }) => [row.deviceId, attempt]),
      [
        ["new", 1],
        ["late", 2]
      ]
    )
    assert.deepStrictEqual(
      others.map(({ row }) => row.deviceId),
      ["in vain", "old"]
    )
  })

  it("wait longer where reports take longer", () => {
    const asked = (slack: Duration.Duration) =>
      Asking.sort([filed(pending(1))], time(minute(2), slack)).asking.length
    assert.deepStrictEqual([asked(Duration.zero), asked(Duration.minutes(1))], [1, 0])
  })

  const shown: ReadonlyArray<readonly [string, Activity.Activity, "Token" | "Channel", boolean]> = [
    ["that were asked for by channel may be shown already", pending(1), "Channel", true],
    ["that were asked for by token are not", pending(1), "Token", false],
    ["that were never asked for are not", Activity.wanted, "Channel", false],
    [
      "that cannot be reached are asked for anew",
      { _tag: "TokenInvalid", at: minute(0), attempts: 1 },
      "Channel",
      false
    ]
  ]
  for (const [name, state, listens, expected] of shown)
    it(name, () => assert.strictEqual(Asking.mayBeShown(state, listens), expected))

  const owed: ReadonlyArray<readonly [string, Activity.Activity, boolean]> = [
    [
      "whose successor is yet to be started are owed it",
      { ...active, renewal: { at: minute(1), startedAt: null } },
      true
    ],
    [
      "whose successor is on its way are not",
      { ...active, renewal: { at: minute(1), startedAt: minute(2) } },
      false
    ],
    ["that are not old are not", active, false],
    ["that have ended are not", { _tag: "Ended", reason: "unfollowed", at: minute(1) }, false]
  ]
  for (const [name, state, expected] of owed)
    it(name, () => assert.strictEqual(Asking.isOwedSuccessor(state), expected))

  it("have starts that no other step has", () => {
    assert.strictEqual(Asking.startCause("m/phone/1" as Ids.ActivityId, 3), "m/phone/1/start/3")
  })
})

describe("phones of people who follow", () => {
  const muster = (insistent: boolean, ...all: ReadonlyArray<Filed.Filed>) => {
    const last = new Map<string, Filed.Filed>(all.map((one) => [one.row.deviceId, one]))
    const { ask, begin, disown, tryAgain } = Muster.of({
      phones: ["a", "b", "c", "d", "e", "f"].map((name) => phone(name)),
      last: (deviceId) => last.get(deviceId) ?? null,
      followedAt: () => minute(10),
      insistent
    })
    return {
      begin: begin.map((one) => `${one.phone.deviceId}/${one.generation}`),
      ask: ask.map(({ deviceId }): string => deviceId),
      tryAgain: tryAgain.map(({ deviceId }): string => deviceId),
      disown: disown.map(({ deviceId }): string => deviceId)
    }
  }
  const all = [
    filed(Activity.wanted, "b"),
    filed({ _tag: "Failed", at: minute(0) }, "c"),
    filed(active, "d", "him"),
    filed({ _tag: "Ended", reason: "unfollowed", at: minute(5) }, "e"),
    filed({ _tag: "Ended", reason: "dismissed", at: minute(15) }, "f")
  ]

  it("get what they lack: a first one, their turn, one of their own, one for who came back", () => {
    assert.deepStrictEqual(muster(false, ...all), {
      begin: ["a/1", "d/2", "e/2"],
      ask: ["b"],
      tryAgain: [],
      disown: ["d"]
    })
  })

  it("have what was given up tried again when somebody asks", () => {
    assert.deepStrictEqual(muster(true, ...all).tryAgain, ["c"])
  })

  it("are not troubled by what another person has left behind", () => {
    const over = filed({ _tag: "Ended", reason: "dismissed", at: minute(15) }, "a", "him")
    assert.deepStrictEqual([muster(false, over).begin[0], muster(false, over).disown], ["a/2", []])
  })
})
