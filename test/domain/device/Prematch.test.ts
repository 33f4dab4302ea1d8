import { Ids, Prematch, Status } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed } from "../support/chance.ts"
import { minute, second } from "../support/cricket.ts"

const match = (name: string) => name as Ids.MatchId
const user = (name: string) => name as Ids.UserId
const nobody: Prematch.WasTold = () => false

const soon = (more: Partial<Prematch.Soon> = {}): Prematch.Soon => ({
  matchId: match("1"),
  startsAt: minute(60),
  status: "scheduled",
  followers: [user("a"), user("b")],
  ...more
})

const told = (fixtures: ReadonlyArray<Prematch.Soon>, at = minute(45), wasTold = nobody) =>
  Prematch.due(fixtures, at, wasTold).map(({ matchId, userId }) => `${matchId}/${userId}`)

describe("A prematch alert", () => {
  it.each([
    ["a second before the window", second(30 * 60 - 1), 0],
    ["half an hour before", minute(30), 2],
    ["a second before the start", second(60 * 60 - 1), 2],
    ["at the start", minute(60), 0],
    ["after it", minute(90), 0]
  ] as const)("%s is due to so many", (_, at, count) => {
    assert.strictEqual(told([soon()], at).length, count)
  })

  it.each(Status.Status.literals.map((status) => [status, status === "scheduled" ? 2 : 0] as const))(
    "of a match that is %s is due to %i",
    (status, count) => {
      assert.strictEqual(told([soon({ status })]).length, count)
    }
  )

  it("is due to whoever was not told of this match, those who followed later included", () => {
    const wasTold: Prematch.WasTold = (userId, matchId) => userId === "a" && matchId === "1"
    assert.deepStrictEqual(told([soon(), soon({ matchId: match("2") })], minute(45), wasTold), [
      "1/b",
      "2/a",
      "2/b"
    ])
  })

  it("is due first for what begins first, and once for a match that is listed twice", () => {
    const later = soon({ matchId: match("0"), startsAt: minute(70) })
    assert.deepStrictEqual(told([later, soon({ followers: [user("a"), user("a")] }), later]), [
      "1/a",
      "0/a",
      "0/b"
    ])
  })

  it.prop(
    "comes once for each person and match, however often it is asked and whatever is moved",
    [Seed],
    ([seed]) => {
      const dice = chance(seed)
      const said = new Set<string>()
      const starts = new Map([1, 2, 3].map((n) => [match(`${n}`), dice.below(300)]))
      for (let now = 0; now < 400; now += 1 + dice.below(10)) {
        if (dice.below(10) === 0) starts.set(match(`${1 + dice.below(3)}`), now + dice.below(120))
        const fixtures = [...starts].map(([matchId, start]) =>
          soon({ matchId, startsAt: minute(start), status: dice.below(5) === 0 ? "delayed" : "scheduled" })
        )
        for (const one of Prematch.due(fixtures, minute(now), (u, m) => said.has(`${u}/${m}`))) {
          const key = `${one.userId}/${one.matchId}`
          assert.isFalse(said.has(key))
          assert.isAbove(one.startsAt, minute(now))
          assert.isAtMost(one.startsAt, minute(now + 30))
          said.add(key)
        }
      }
    }
  )
})

describe("A match that is to come", () => {
  const due = (status: Status.Status, at: number) => {
    const { channels, notices, wakes } = Prematch.preparations({ startsAt: minute(1000), status }, minute(at))
    return [...(channels ? ["channels"] : []), ...(notices ? ["notices"] : []), ...(wakes ? ["wakes"] : [])]
  }

  it.each<readonly [string, Status.Status, number, ReadonlyArray<string>]>([
    ["needs nothing more than twelve hours before", "scheduled", 279, []],
    ["gets its channels twelve hours before", "scheduled", 280, ["channels"]],
    ["is told of half an hour before", "scheduled", 970, ["channels", "notices"]],
    ["has its phones woken ten minutes before", "scheduled", 990, ["channels", "notices", "wakes"]],
    ["is prepared although it is delayed", "delayed", 1010, ["channels", "notices", "wakes"]],
    ["needs nothing once it is played", "live", 995, []],
    ["needs nothing when it is put off", "postponed", 995, []]
  ])("%s", (_, status, at, expected) => {
    assert.deepStrictEqual(due(status, at), expected)
  })

  it("is said to be a minute away at least", () => {
    assert.deepStrictEqual(
      [minute(0), second(28 * 60 + 40), second(30 * 60 - 5)].map((at) => Prematch.minutesTo(minute(30), at)),
      [30, 1, 1]
    )
  })

  it("is told again to those whom none of their phones could be told", () => {
    const phone = (deviceId: string, userId: string) => ({
      deviceId: deviceId as Ids.DeviceId,
      userId: user(userId)
    })
    const phones = [phone("1", "a"), phone("2", "a"), phone("3", "b"), phone("4", "c")]
    const unsaid = new Set(["1", "3"].map((name) => name as Ids.DeviceId))
    assert.deepStrictEqual(Prematch.untold(phones, unsaid), [user("b")])
  })
})
