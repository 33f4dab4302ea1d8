import { Instant } from "@sightscreen/decider"
import { Budget } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed } from "../support/chance.ts"
import { names } from "../support/events.ts"
import { minute, second } from "../support/cricket.ts"

const purposes: ReadonlyArray<Budget.Purpose> = [...names, "correction", "end"]

/** What each of these is worth, one a second. */
const spendAll = (wanted: ReadonlyArray<Budget.Purpose>, from = second(0)) => {
  let ledger = Budget.empty
  const got = wanted.map((purpose, index) => {
    const [next, priority] = Budget.spend(ledger, purpose, Instant.fromMillis(from + index * 1000))
    ledger = next
    return priority
  })
  return { ledger, got }
}
const many = <A>(count: number, one: A): ReadonlyArray<A> => Array.from({ length: count }, () => one)
const tens = (got: ReadonlyArray<Record<Budget.Level, Budget.Priority>>, level: Budget.Level) =>
  got.filter((one) => one[level] === 10).length

describe("An hour's budget", () => {
  it.each([
    ["normal", 7, 12],
    ["frequent", 90, 120]
  ] as const)("with %s updates lets %s maidens through, and %s wickets", (level, maidens, wickets) => {
    assert.deepStrictEqual(
      [tens(spendAll(many(200, "maiden")).got, level), tens(spendAll(many(200, "wicket")).got, level)],
      [maidens, wickets]
    )
  })

  it("keeps room for wickets when everything else has used its share", () => {
    const { got } = spendAll([...many(30, "correction" as const), ...many(6, "wicket" as const)])
    assert.deepStrictEqual(
      got.slice(30).map(({ normal }) => normal),
      [10, 10, 10, 10, 10, 5]
    )
  })

  it("is a smaller one where people have switched frequent updates off, and each is kept by itself", () => {
    const { got } = spendAll(many(20, "wicket"))
    assert.deepStrictEqual(got[15], { normal: 5, frequent: 10 })
    assert.deepStrictEqual([Budget.levelOf(false), Budget.levelOf(true)], ["normal", "frequent"])
  })

  it.each(purposes)("knows whether %s may use the last of it", (purpose) => {
    const essential = ["end", "match_end", "innings_end", "hundred", "fifty", "wicket", "hattrick"]
    const { ledger } = spendAll(many(11, "wicket"))
    const [, priority] = Budget.spend(ledger, purpose, second(60))
    assert.strictEqual(priority.normal, essential.includes(purpose) ? 10 : 5)
  })

  it("is never too small for an end", () => {
    const { ledger } = spendAll(many(300, "wicket"))
    assert.deepStrictEqual(Budget.spend(ledger, "end", minute(6))[1], { normal: 10, frequent: 10 })
  })

  it("is free again an hour after it was used, and not before", () => {
    const { ledger } = spendAll(many(12, "wicket"))
    const at = (seconds: number) => Budget.spend(ledger, "wicket", second(seconds))[1].normal
    assert.deepStrictEqual([at(3599), at(3600)], [5, 10])
  })

  it("counts what was used before the clock was set back", () => {
    const { ledger } = spendAll(many(12, "wicket"), minute(30))
    assert.strictEqual(Budget.spend(ledger, "wicket", second(0))[1].normal, 5)
  })

  it.prop("is never exceeded, in any hour, whatever is asked of it", [Seed], ([seed]) => {
    const dice = chance(seed)
    let ledger = Budget.empty
    let now = 0
    const used: Record<Budget.Level, Array<number>> = { normal: [], frequent: [] }
    for (let index = 0; index < 400; index++) {
      now += dice.pick([0, 1000, 20_000, 90_000, 900_000])
      const purpose = dice.pick(purposes)
      const [next, priority] = Budget.spend(ledger, purpose, Instant.fromMillis(now))
      ledger = next
      for (const level of Budget.Level.literals)
        if (priority[level] === 10 && purpose !== "end") used[level].push(now)
    }
    for (const level of Budget.Level.literals) {
      for (const from of used[level]) {
        const hour = used[level].filter((one) => one >= from && one - from < 3_600_000).length
        assert.isAtMost(hour, Budget.planned[level])
      }
    }
  })

  it.prop("holds no more than the plan and the ends of an hour", [Seed], ([seed]) => {
    const dice = chance(seed)
    let ledger = Budget.empty
    for (let index = 0; index < 500; index++) {
      const purpose = dice.pick(purposes.filter((one) => one !== "end"))
      ledger = Budget.spend(ledger, purpose, Instant.fromMillis(index * dice.pick([1000, 60_000])))[0]
      assert.isAtMost(ledger.normal.length, Budget.planned.normal)
      assert.isAtMost(ledger.frequent.length, Budget.planned.frequent)
    }
  })
})
