import { FaultKind, FaultPlan, Fault, Scenario } from "@sightscreen/simulation"
import { Result } from "effect"
import { assert, describe, it } from "vitest"

const drawn = (seed: number, options: Partial<Scenario.Options> = {}) =>
  Scenario.draw(seed, { faults: "storm", phones: 12, ...options })

const planOf = (scenario: Scenario.Scenario) =>
  FaultPlan.make(scenario, Fault.make(scenario.seed, scenario.faults, scenario.healAt))

describe("a scenario", () => {
  it("follows from its seed", () => {
    assert.deepStrictEqual(drawn(7), drawn(7))
    assert.notDeepEqual(drawn(7), drawn(8))
  })

  it("is the same after it was written down and read again", () => {
    for (const seed of [1, 2, 3]) {
      const scenario = drawn(seed)
      assert.deepStrictEqual(Result.getOrThrow(Scenario.decode(Scenario.encode(scenario))), scenario)
    }
  })

  for (const [what, text] of [
    ["no JSON", "{"],
    ["something else", "[]"],
    [
      "a fault that there is not",
      Scenario.encode(drawn(1)).replace(/"kind": "[^"]+"/, '"kind": "apple.sulks"')
    ],
    ["a rate above 1", Scenario.encode(drawn(1)).replace(/"rate": [^,]+/, '"rate": 3')],
    ["another version", Scenario.encode(drawn(1)).replace('"version": 1', '"version": 2')]
  ] as const)
    it(`is not read from ${what}, and says so`, () => {
      const read = Scenario.decode(text)
      assert.isTrue(Result.isFailure(read))
      if (Result.isFailure(read)) assert.match(read.failure, /^it is not a scenario: /)
    })

  it("has a part of all faults in a storm, every kind now and then, and none where none are wanted", () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 60; seed++) {
      const { faults } = drawn(seed, { phones: 1 })
      assert.isBelow(faults.length, FaultKind.names.length)
      for (const { kind } of faults) seen.add(kind)
    }
    assert.strictEqual(seen.size, FaultKind.names.length)
    assert.deepStrictEqual(drawn(1, { faults: "none" }).faults, [])
  })

  it("has rates within those of each kind, and less on a calm day", () => {
    for (let seed = 0; seed < 20; seed++)
      for (const mood of ["storm", "calm"] as const)
        for (const { kind, rate } of drawn(seed, { faults: mood, phones: 1 }).faults) {
          const [least, most] = FaultKind.of(kind).rates
          const part = mood === "calm" ? 0.1 : 1
          assert.isAtLeast(rate, least * part * 0.99)
          assert.isAtMost(rate, most * part * 1.01)
        }
  })

  it("draws only what a gear can make happen", () => {
    for (let seed = 0; seed < 20; seed++)
      for (const { kind } of drawn(seed, { gear: "fast", phones: 1 }).faults)
        assert.include(FaultKind.of(kind).gears, "fast")
  })

  it("has its trouble as bad as it gets, from beginning to end, where it is to be fierce", () => {
    const kinds = ["apple.outage", "phone.offline"] as const
    const { faults, healAt } = drawn(4, { faults: kinds, fierce: true })
    assert.deepStrictEqual(
      faults,
      kinds.map((kind) => ({ kind, rate: FaultKind.of(kind).rates[1], from: 0, until: healAt }))
    )
  })

  it("knows at least 44 kinds of trouble", () => {
    assert.isAtLeast(FaultKind.names.length, 44)
  })
})

describe("moods", () => {
  it("are words, or names with commas", () => {
    assert.deepStrictEqual(Scenario.moodOf("storm"), Result.succeed("storm"))
    assert.deepStrictEqual(
      Scenario.moodOf("apple.goAway, store.conflict"),
      Result.succeed(["apple.goAway", "store.conflict"])
    )
    assert.deepStrictEqual(Result.getOrThrow(Scenario.moodOf("clock.*")), ["clock.forward", "clock.backward"])
  })

  it("that there are not are told with those that there are", () => {
    const read = Scenario.moodOf("apple.sulks")
    if (Result.isSuccess(read)) assert.fail("there is no such fault")
    else assert.match(read.failure, /"apple\.sulks".*apple\.goAway/)
  })
})

describe("a plan", () => {
  const kinds = FaultKind.names.filter((name) => name.startsWith("phone."))
  const whole = {
    ...drawn(3, { faults: kinds, phones: 30 }),
    faults: kinds.map((kind) => ({ kind, rate: 0.1, from: 0, until: 1e9 }))
  }

  it("keeps what it has when phones or faults are taken away", () => {
    const all = planOf(whole)
    const fewer = planOf({ ...whole, phones: whole.phones.filter(({ number }) => number % 2 === 0) })
    assert.deepStrictEqual(
      fewer.acts.filter(({ because }) => because !== null),
      all.acts.filter(({ because, phone }) => because !== null && phone % 2 === 0)
    )
    assert.deepStrictEqual(
      fewer.phones,
      all.phones.filter(({ number }) => number % 2 === 0)
    )
    const calmer = planOf({ ...whole, faults: whole.faults.filter(({ kind }) => kind === "phone.offline") })
    assert.deepStrictEqual(
      calmer.acts.filter(({ because }) => because !== null),
      all.acts.filter(({ because }) => because === "phone.offline")
    )
  })

  it("has nothing begin after the world has healed", () => {
    for (const { at, because } of planOf(whole).acts) if (because !== null) assert.isBelow(at, whole.healAt)
  })

  it("makes phones odd, at about its rate", () => {
    const { phones } = planOf({
      ...whole,
      faults: [{ kind: "phone.noRoom", rate: 0.5, from: 0, until: 1e9 }]
    })
    const odd = phones.filter(({ most }) => most === 0).length
    assert.isAbove(odd, 5)
    assert.isBelow(odd, 25)
  })

  it("has clocks ahead and behind, and outages that end", () => {
    const faults = (["apple.outage", "clock.forward", "clock.backward"] as const).map((kind) => ({
      kind,
      rate: 1,
      from: 0,
      until: 1e9
    }))
    const { windows } = planOf({ ...whole, faults })
    for (const { by, from, until } of windows("clock.forward")) {
      assert.isAbove(by, 0)
      assert.isAbove(until, from)
    }
    for (const { by } of windows("clock.backward")) assert.isBelow(by, 0)
    assert.strictEqual(windows("apple.outage").length, Math.ceil(whole.healAt / FaultKind.slotMillis))
    assert.deepStrictEqual(windows("process.pause"), [])
  })
})

describe("faults", () => {
  const fault = (more: Partial<Fault.Fault> = {}): Fault.Fault => ({
    kind: "apple.goAway",
    rate: 0.5,
    from: 1000,
    until: 2000,
    ...more
  })

  it("befall within their time, until the world has healed", () => {
    const faults = Fault.make(1, [fault({ rate: 1 })], 1500)
    const on = (at: number) => faults.befalls("apple.goAway", at, null, "it")
    assert.deepStrictEqual([999, 1000, 1499, 1500].map(on), [false, true, true, false])
    assert.deepStrictEqual(faults.counts(), { "apple.goAway": 2 })
  })

  it("befall those whom they are for", () => {
    const faults = Fault.make(1, [fault({ rate: 1, phones: [2] })], 1e9)
    assert.deepStrictEqual(
      [1, 2, null].map((phone) => faults.befalls("apple.goAway", 1500, phone, "it")),
      [false, true, false]
    )
  })

  it("decide about a name alone: neither order nor other faults change it", () => {
    const names = Array.from({ length: 200 }, (_, nth) => `push ${nth}`)
    const hit = (faults: Fault.Faults, some: ReadonlyArray<string>) =>
      some.filter((name) => faults.befalls("apple.goAway", 1500, null, name))
    const alone = hit(Fault.make(5, [fault()], 1e9), names)
    const others = hit(
      Fault.make(5, [fault({ kind: "apple.silence", rate: 0.9 }), fault()], 1e9),
      names.toReversed()
    )
    assert.deepStrictEqual(others.toReversed(), alone)
    assert.isAbove(alone.length, 60)
    assert.isBelow(alone.length, 140)
  })
})
