import { FaultKind } from "@sightscreen/simulation"
import { Result } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { all, plant } from "../../apps/simulator/src/mutants/index.ts"
import { simulator } from "./command.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

describe("the bugs that can be planted", () => {
  it("are forty at least, each with a name of its own and a word on what is wrong", () => {
    assert.isAtLeast(all.length, 40)
    assert.strictEqual(new Set(all.map(({ name }) => name)).size, all.length)
    for (const { name, says } of all) assert.isTrue(/^[a-z0-9-]+$/.test(name) && says.length > 10, name)
  })

  it("have their place in the code, which they change", () => {
    for (const mutant of all) {
      const source = readFileSync(root + mutant.file, "utf8")
      const wrong = plant(mutant, source)
      assert.isTrue(Result.isSuccess(wrong), Result.isFailure(wrong) ? wrong.failure : "")
      if (Result.isSuccess(wrong)) assert.notStrictEqual(wrong.success, source)
    }
  })

  it("are looked for in trouble that their gear can make happen", () => {
    for (const { gear, name, world } of all)
      for (const kind of world?.faults ?? []) assert.include(FaultKind.of(kind).gears, gear, name)
  })

  it("do not fit where their place is missing or there twice", () => {
    const mutant = { name: "x", says: "", file: "", find: "one", becomes: "two", gear: "fast" } as const
    assert.deepStrictEqual(plant(mutant, "a one b"), Result.succeed("a two b"))
    for (const source of ["", "one one"]) assert.isTrue(Result.isFailure(plant(mutant, source)))
  })

  it("are listed, and one that there is not is named", async () => {
    const listed = await simulator("mutants", "--list", "--json")
    assert.strictEqual(listed.code, 0)
    assert.strictEqual(JSON.parse(listed.out).length, all.length)
    const missing = await simulator("mutants", "no-such-bug")
    assert.strictEqual(missing.code, 1)
    assert.match(missing.err, /no-such-bug: there is no such bug/)
  })
})
