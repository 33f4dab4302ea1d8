import { Activity, Lineage } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { minute } from "../support/cricket.ts"

const active: Activity.Activity = {
  _tag: "Active",
  address: { _tag: "Token", token: "a" },
  instance: null,
  since: minute(0),
  attempts: 1,
  renewal: null
}
const ended = (reason: Activity.EndReason): Activity.Activity => ({ _tag: "Ended", reason, at: minute(10) })

/** What follows for a follower of old, one who asks just now, and one who has come back since. */
const table: ReadonlyArray<
  readonly [name: string, Activity.Activity | null, expected: ReadonlyArray<Lineage.Next>]
> = [
  ["none", null, ["begin", "begin", "begin"]],
  ["one that is wanted", Activity.wanted, ["ask", "ask", "ask"]],
  ["one that lost its address", { _tag: "TokenInvalid", at: minute(10), attempts: 1 }, ["ask", "ask", "ask"]],
  ["one that is there", active, ["leave", "leave", "leave"]],
  ["one that was given up", { _tag: "Failed", at: minute(10) }, ["leave", "try again", "leave"]],
  [
    "one that was given up before its app ran",
    { _tag: "Failed", at: minute(10), ranAt: minute(11) },
    ["ask", "try again", "ask"]
  ],
  ["one of a match that is over", ended("match over"), ["leave", "leave", "leave"]],
  ["one of a day that is over", ended("day over"), ["begin", "begin", "begin"]],
  ["one of a match that was put off", ended("postponed"), ["begin", "begin", "begin"]],
  ["one that ran out", ended("expired"), ["begin", "begin", "begin"]],
  ["one that was renewed", ended("superseded"), ["begin", "begin", "begin"]],
  ["one that its owner unfollowed", ended("unfollowed"), ["leave", "leave", "begin"]],
  ["one whose phone has changed hands", ended("disowned"), ["begin", "begin", "begin"]],
  ["one that its owner swiped away", ended("dismissed"), ["leave", "leave", "begin"]],
  ["one that gave way to another match", ended("yielded"), ["leave", "begin", "begin"]]
]

describe("After an activity", () => {
  it.each(table)("%s", (_, last, expected) => {
    const wishes: ReadonlyArray<Lineage.Wish> = [
      { followedAt: minute(0), insistent: false },
      { followedAt: minute(0), insistent: true },
      { followedAt: minute(11), insistent: false }
    ]
    assert.deepStrictEqual(
      wishes.map((wish) => Lineage.next(last, wish)),
      expected
    )
  })

  it("that was left in the very moment of following, nothing begins", () => {
    const wish = { followedAt: minute(10), insistent: false }
    assert.strictEqual(Lineage.next(ended("dismissed"), wish), "leave")
  })

  it("every reason to end has its answer here", () => {
    const said = table.flatMap(([, last]) => (last?._tag === "Ended" ? [last.reason] : []))
    assert.deepStrictEqual([...said].sort(), [...Activity.EndReason.literals].sort())
  })
})
