import { Checks, FaultKind, Line, type Scenario } from "@sightscreen/simulation"
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { run, short } from "./trueGear.ts"

/** Two runs, one of them in a process that has to get up first. */
const patience = { timeout: 120_000 }

const told = ({ violations }: ReturnType<typeof run>): string =>
  violations.map(({ check, what }) => `${check}: ${what}`).join("\n")

describe("the true gear", () => {
  for (const seed of [1, 2, 3, 5, 8, 13, 21, 34])
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

  it("counts every push by what it was and by what Apple said to it", () => {
    const { pushes } = run(short(6)).summary
    const sum = (counts: Readonly<Record<string, number>>) =>
      Object.values(counts).reduce((all, one) => all + one, 0)
    assert.isAbove(pushes.sent, 0)
    for (const counts of [pushes.byKind, pushes.byPriority, pushes.byVerdict])
      assert.strictEqual(sum(counts), pushes.sent)
  })

  it("keeps a journal that tells the whole run, if asked, and shows no whole token", () => {
    const { entries, summary } = run(short(7), { entries: true, digest: true })
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
  const digest = (scenario: Scenario.Scenario) => run(scenario, { digest: true }).summary.digest

  for (const shuffle of [false, true])
    it(`goes the same way each time, ${shuffle ? "shuffled" : "in the order of things"}`, patience, () => {
      assert.strictEqual(digest(short(9, { shuffle })), digest(short(9, { shuffle })))
    })

  const script = fileURLToPath(new URL("./trueGearDigest.ts", import.meta.url))
  const elsewhere = (node: string) =>
    execFileSync(node, ["--no-warnings", script, "11"], { encoding: "utf8" }).trim().split("\n")
  const here = () => [digest(short(11))]

  it("goes the same way in another process", patience, () => {
    assert.deepStrictEqual(elsewhere(process.execPath), here())
  })

  const other = process.env["OTHER_NODE"]
  it.runIf(other !== undefined && existsSync(other))(
    "goes the same way on another version of Node",
    patience,
    () => {
      assert.deepStrictEqual(elsewhere(other!), here())
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
    (name) => /^apple\.(t|e|u|bad|not|pay|stale)/.test(name) && name !== "apple.tlsFailure",
    (name) => /^apple\.(goAway|reset|slow|lost|internal|service|retry|shutdown|channel)/.test(name),
    (name) => name.startsWith("delivery.") || name.startsWith("network."),
    (name) => name.startsWith("store."),
    (name) => name.startsWith("process.") || name.startsWith("clock."),
    (name) => name.startsWith("phone."),
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
        const scenario = short(100 * nth + seed, { faults: "none", phones: 12 })
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
