import { PersistentMap } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"

const Change = Schema.Struct({
  /** Which of the versions so far it is made from, counted round. */
  of: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 })),
  key: Schema.Literals(["a", "b", "c", "d"]),
  value: Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })))
})

const sorted = (entries: Iterable<readonly [string, number]>) =>
  [...entries].sort(([one], [other]) => (one < other ? -1 : 1))

describe("PersistentMap", () => {
  it.prop(
    "leaves every version as it was, whichever is changed or looked at",
    { changes: Schema.Array(Change) },
    ({ changes }) => {
      const versions = [PersistentMap.empty<string, number>()]
      const truths: Array<ReadonlyMap<string, number>> = [new Map()]
      for (const { key, of, value } of changes) {
        const nth = of % versions.length
        const before = versions[nth]!
        versions.push(value === null ? before.remove(key) : before.set(key, value))
        const truth = new Map(truths[nth]!)
        if (value === null) truth.delete(key)
        else truth.set(key, value)
        truths.push(truth)
      }
      versions.forEach((version, nth) => {
        const truth = truths[nth]!
        assert.deepStrictEqual(sorted(version.entries()), sorted(truth))
        assert.strictEqual(version.size, truth.size)
        for (const key of ["a", "b", "c", "d"]) assert.strictEqual(version.get(key), truth.get(key))
      })
    }
  )

  it("is the very same where nothing is changed", () => {
    const one = PersistentMap.empty<string, number>().set("a", 1)
    assert.strictEqual(one.set("a", 1), one)
    assert.strictEqual(one.remove("b"), one)
  })

  it("may be changed while it is gone through", () => {
    let map = PersistentMap.empty<string, number>().set("a", 1).set("b", 2)
    const seen: Array<string> = []
    for (const [key] of map.entries()) {
      seen.push(key)
      map = map.remove(key).set(`${key}${key}`, 0)
    }
    assert.deepStrictEqual(seen, ["a", "b"])
    assert.deepStrictEqual(
      map.entries().map(([key]) => key),
      ["aa", "bb"]
    )
  })
})
