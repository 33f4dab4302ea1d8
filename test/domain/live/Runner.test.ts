import { Instant } from "@sightscreen/decider"
import { ActiveMatch, Ending, type Ids, Runner, Status } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "vitest"
import { Recorded } from "@sightscreen/feed"
import { tape } from "../../feed/archive.ts"
import { watch } from "../support/story.ts"

const second = (n: number) => Instant.fromMillis(1_000_000_000 + n * 1000)
const match = ActiveMatch.begin("m" as Ids.MatchId, true)

describe("whoever tells a match", () => {
  it("saves what was said at once, and shows life every half minute", () => {
    const said: ReadonlyArray<ActiveMatch.Output> = [{ _tag: "Vanished", at: second(1) }]
    assert.deepStrictEqual(
      [
        Runner.isSaved(said, second(0), second(1)),
        Runner.isSaved([], second(0), second(29)),
        Runner.isSaved([], second(0), second(30))
      ],
      [true, false, true]
    )
  })

  const watched: ReadonlyArray<readonly [string, Runner.Seen | undefined, number, number, string]> = [
    ["takes up one that nobody was seen to tell", undefined, 5, 0, "TakeUp"],
    ["leaves one that goes on elsewhere", { version: 4, since: second(0) }, 5, 200, "Leave 5 since 200"],
    [
      "leaves one that was left alone only just now",
      { version: 5, since: second(0) },
      5,
      89,
      "Leave 5 since 0"
    ],
    [
      "takes up one that was left alone for a minute and a half",
      { version: 5, since: second(0) },
      5,
      90,
      "TakeUp"
    ]
  ]
  for (const [name, seen, version, at, expected] of watched) {
    it(name, () => {
      const found = Runner.watch(seen, version, second(at))
      assert.strictEqual(
        found._tag === "TakeUp"
          ? found._tag
          : `Leave ${found.seen.version} since ${(found.seen.since - second(0)) / 1000}`,
        expected
      )
    })
  }

  it("does not begin what is over or put off, whatever a list says", () => {
    const closed = Status.Status.literals.filter((status) => !Runner.mayBegin(status))
    assert.sameMembers(closed, [...Status.Status.literals.filter(Status.isOver), "postponed"])
    assert.isTrue(Runner.mayBegin(null))
  })

  it("brings it to its end: why, until when, and whether people still follow it", () => {
    const of = (ended: Ending.Ends | null, issuedAt: Instant.Instant | null = second(10)) => {
      const state = { ...match, ended, issuedAt } as ActiveMatch.ActiveMatch
      const minutes = Duration.toMinutes(Instant.since(Runner.dismissAt(state, second(70)), second(10)))
      return [Runner.reasonOf(state), minutes, Runner.endsFollows(state)]
    }
    assert.deepStrictEqual(of("over"), ["match over", 15, true])
    assert.deepStrictEqual(of("postponed"), ["postponed", 15, false])
    assert.deepStrictEqual(of("over", null), ["match over", 16, true])
  })

  it("hurries while a match has not been read once, and the feed knows it", () => {
    const lost = { ...match, absent: { since: second(0), polls: 9, gone: true } }
    assert.deepStrictEqual([match, lost].map(Runner.isUnread), [true, false])
    assert.deepStrictEqual(
      [match, lost].map((one) => Runner.waits(one, false)),
      [true, false]
    )
  })

  it("hurries once more, until those who follow it have been seen to", () => {
    const told = watch(Recorded.ballByBall(tape("rain"))[0]!).state
    assert.deepStrictEqual([Runner.waits(told, false), Runner.waits(told, true)], [true, false])
  })
})

describe("play", () => {
  it("rests between innings and while it is interrupted", () => {
    const resting = Status.Status.literals.filter((status) =>
      ActiveMatch.isResting({
        ...match,
        match: { status, innings: [{}] }
      } as unknown as ActiveMatch.ActiveMatch)
    )
    const stopped = Status.Status.literals.filter((status) => Status.interruption(status, true) !== "none")
    assert.sameMembers(resting, [...new Set([...stopped, "innings break"])])
    assert.isFalse(ActiveMatch.isResting(match))
  })
})
