import { Checks, FaultKind, Line } from "@sightscreen/simulation"
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { digestsOf } from "./digests.ts"
import { run, short } from "./trueGear.ts"

/** Two runs, one of them in a process that has to get up first. */
const patience = { timeout: 120_000 }

const told = ({ violations }: ReturnType<typeof run>): string =>
  violations.map(({ check, what }) => `${check}: ${what}`).join("\n")

describe("the true gear", () => {
  for (const seed of [1, 2, 3, 5])
    it(`holds what every run has to hold, in the storm of seed ${seed}`, () => {
      const it = run(short(seed))
      assert.strictEqual(told(it), "")
      assert.strictEqual(it.summary.verdict, "pass")
    })

  it("brings everybody who can be reached to the end when nothing goes wrong", () => {
    const { summary } = run(short(4, { faults: "none" }))
    const { explained, showingFinalState, total } = summary.phones
    assert.strictEqual(showingFinalState + explained, total)
    assert.isAbove(showingFinalState, total / 2)
    assert.deepStrictEqual(summary.faults, {})
    assert.deepStrictEqual(
      summary.checks.map(({ name }) => name),
      Checks.claims.map(({ name }) => name)
    )
  })

  it("keeps a journal that tells the whole run, if asked, shows no whole token, and counts every push in it", () => {
    const { entries, summary } = run(short(7), { entries: true, digest: true })
    const { pushes } = summary
    const sum = (counts: Readonly<Record<string, number>>) =>
      Object.values(counts).reduce((all, one) => all + one, 0)
    assert.isAbove(pushes.sent, 0)
    assert.strictEqual(pushes.sent, entries.filter(({ _tag }) => _tag === "Attempted").length)
    for (const counts of [pushes.byKind, pushes.byPriority, pushes.byVerdict])
      assert.strictEqual(sum(counts), pushes.sent)
    const tags = new Set(entries.map(({ _tag }) => _tag))
    for (const tag of [
      "FeedAnswered",
      "BulletinIssued",
      "ReportAsked",
      "ReportAcknowledged",
      "ProcessStarted",
      "BearerMinted",
      "Attempted",
      "Managed",
      "Delivered",
      "PhoneTold",
      "PhoneSaid",
      "FaultBefell",
      "Healed"
    ] as const)
      assert.include([...tags], tag)
    let last = 0
    for (const entry of entries) {
      assert.isAtLeast(entry.at, last)
      last = entry.at
      assert.notMatch(Line.of(entry), /[0-9a-f]{60}/)
    }
    assert.match(summary.digest!, /^[0-9a-f]{16}$/)
  })
})

describe("a seed", () => {
  const here = digestsOf(9)
  const script = fileURLToPath(new URL("./digests.ts", import.meta.url))
  const elsewhere = (node: string) =>
    execFileSync(node, ["--no-warnings", script, "9"], { encoding: "utf8" }).trim().split("\n")

  it("goes the same way each time, in whatever order things meet", patience, () => {
    for (const line of here) assert.match(line, /^(true|fast) 9 [0-9a-f]{16}$/)
    assert.deepStrictEqual(digestsOf(9), here)
    const inOrder = run(short(9, { shuffle: false }), { digest: true }).summary.digest
    assert.notInclude(here[0], inOrder!)
  })

  it("goes the same way in another process", patience, () => {
    assert.deepStrictEqual(elsewhere(process.execPath), here)
  })

  const other = process.env["OTHER_NODE"]
  it.runIf(other !== undefined && existsSync(other))(
    "goes the same way on another version of Node",
    patience,
    () => {
      assert.deepStrictEqual(elsewhere(other!), here)
    }
  )
})

describe("every kind of trouble", () => {
  const rateOf = (name: FaultKind.Name): number => {
    const { per } = FaultKind.of(name)
    return per === "slot" || per === "phone" ? 0.6 : name === "process.crash" ? 0.002 : 0.05
  }
  /** Those that would hide others have runs of their own. */
  const groups: ReadonlyArray<(name: FaultKind.Name) => boolean> = [
    (name) => /^apple\.(outage|silence|lateAnswer|connectRefused|tlsFailure|refusedStream)/.test(name),
    (name) =>
      /^apple\.(t|e|u|bad|not|pay|stale|goAway|reset|slow|lost|internal|service|retry|shutdown|channel)/.test(
        name
      ) && name !== "apple.tlsFailure",
    (name) => /^(delivery|network|store)\./.test(name),
    (name) => /^(process|clock|phone)\./.test(name),
    (name) => /^feed\.(late|corrected|deleted|repeated|reordered|renamed|over|player|totals)/.test(name),
    (name) =>
      /^feed\.(stale|truncated|swapped|impossible|missing|slow|hang|server|html|forbidden)/.test(name),
    (name) => /^feed\.(rate|stuck|vanished|called)/.test(name)
  ]
  const fired = new Map<string, number>()

  groups.forEach((isIn, nth) => {
    it(`befalls, those of group ${nth + 1}`, () => {
      const kinds = FaultKind.inGear("true").filter(isIn)
      for (let seed = 1; seed <= 6; seed++) {
        const missing = kinds.filter((kind) => (fired.get(kind) ?? 0) === 0)
        if (missing.length === 0) return
        const scenario = short(100 * nth + seed, { faults: "none", phones: 8, deliveries: 40 })
        const faults = missing.map((kind) => ({ kind, rate: rateOf(kind), from: 0, until: scenario.healAt }))
        const { summary } = run({ ...scenario, faults })
        for (const [kind, count] of Object.entries(summary.faults))
          fired.set(kind, (fired.get(kind) ?? 0) + count)
      }
      assert.deepStrictEqual(
        kinds.filter((kind) => (fired.get(kind) ?? 0) === 0),
        []
      )
    })
  })

  it("is in one of the groups", () => {
    assert.deepStrictEqual(
      FaultKind.inGear("true").filter((name) => groups.filter((isIn) => isIn(name)).length !== 1),
      []
    )
  })
})
