import { Step } from "@sightscreen/decider"
import { type Ids, Reconcile } from "@sightscreen/domain"
import { Schema } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed } from "../support/chance.ts"
import { minute } from "../support/cricket.ts"

const sweep = (at: number, listed: string, ours: string): Reconcile.Sweep => ({
  at: minute(at),
  listed: [...listed],
  ours: [...ours]
})
const play = (...sweeps: ReadonlyArray<Reconcile.Sweep>) =>
  Step.play(Reconcile.step, Reconcile.none, sweeps)[1].map(({ _tag, channelId }) => `${_tag} ${channelId}`)

const cases: ReadonlyArray<
  readonly [fact: string, sweeps: ReadonlyArray<Reconcile.Sweep>, said: ReadonlyArray<string>]
> = [
  ["finds nothing where both sides agree", [sweep(0, "ab", "ba"), sweep(9, "ab", "ba")], []],
  ["only notes what it sees for the first time", [sweep(0, "ax", "ab")], []],
  ["deletes what nobody knows in two sweeps", [sweep(0, "ax", "a"), sweep(5, "ax", "a")], ["DeleteOrphan x"]],
  [
    "lets two sweeps that follow each other at once count as one",
    [sweep(0, "ax", "a"), sweep(4, "ax", "a")],
    []
  ],
  ["leaves a channel that was just being made", [sweep(0, "ax", "a"), sweep(5, "ax", "ax")], []],
  [
    "starts anew with what was in order meanwhile",
    [sweep(0, "x", ""), sweep(5, "x", "x"), sweep(10, "x", "")],
    []
  ],
  [
    "says again what is still there",
    [sweep(0, "x", ""), sweep(5, "x", ""), sweep(10, "x", "")],
    ["DeleteOrphan x", "DeleteOrphan x"]
  ],
  ["tells what Apple has lost", [sweep(0, "a", "ab"), sweep(5, "a", "ab")], ["Lost b"]],
  [
    "believes no list that is empty for once",
    [sweep(0, "ab", "ab"), sweep(5, "", "ab"), sweep(10, "ab", "ab")],
    []
  ]
]

describe("Reconciling channels", () => {
  it.each(cases)("%s", (_, sweeps, said) => {
    assert.deepStrictEqual(play(...sweeps), said)
  })

  it.prop(
    "accuses nothing that was in order at the last sweep, and remembers only what is not",
    [Seed],
    ([seed]) => {
      const dice = chance(seed)
      const some = () => [..."abcdefgh"].filter(() => dice.below(2) === 0)
      let state = Reconcile.none
      let before: Reconcile.Sweep | null = null
      for (let n = 0, now = 0; n < 40; n++, now += dice.below(8)) {
        const next: Reconcile.Sweep = { at: minute(now), listed: some(), ours: some() }
        const [after, said] = Reconcile.step(state, next)
        for (const { _tag, channelId } of said) {
          const isOrphan = _tag === "DeleteOrphan"
          for (const one of [before!, next]) {
            assert.strictEqual([...one.listed].includes(channelId), isOrphan)
            assert.strictEqual([...one.ours].includes(channelId), !isOrphan)
          }
        }
        assert.isAtMost(after.unknown.length + after.missing.length, 8)
        const codec = Schema.toCodecJson(Reconcile.Sweeps)
        assert.deepStrictEqual(
          Schema.decodeUnknownSync(codec)(JSON.parse(JSON.stringify(Schema.encodeSync(codec)(after)))),
          after
        )
        state = after
        before = next
      }
    }
  )
})

describe("Room for channels", () => {
  it.each([
    [0, 0, 10_000],
    [9_990, 4, 6],
    [9_999, 4, 0],
    [10_001, 0, 0]
  ] as const)("with %i listed and %i asked for is %i", (listed, asked, room) => {
    assert.strictEqual(Reconcile.room(listed, asked), room)
  })

  const request = (
    name: string,
    start: number,
    followers: number,
    cohort = "channel/1"
  ): Reconcile.Request => ({
    matchId: name as Ids.MatchId,
    cohort,
    startsAt: minute(start),
    followers
  })
  const requests = [
    request("late", 90, 9000),
    request("big", 60, 500),
    request("small", 60, 5),
    request("big", 60, 500, "channel/2"),
    request("early", 30, 1)
  ]
  const names = (some: ReadonlyArray<Reconcile.Request>) =>
    some.map(({ cohort, matchId }) => `${matchId}/${cohort.at(-1)}`)
  const inTurn = ["early/1", "big/1", "big/2", "small/1", "late/1"]

  it.each([0, 1, 3, 5, 9])("for %i goes to what begins first, then to what has more followers", (room) => {
    const { served, waiting } = Reconcile.served(requests, room)
    assert.deepStrictEqual(names(served), inTurn.slice(0, room))
    assert.deepStrictEqual(names(waiting), inTurn.slice(room))
  })

  it("goes the same way, in whatever order it is asked for", () => {
    assert.deepStrictEqual(Reconcile.served(requests.toReversed(), 3), Reconcile.served(requests, 3))
  })
})
