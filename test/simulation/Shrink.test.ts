import { Scenario, Shrink } from "@sightscreen/simulation"
import { assert, describe, it } from "vitest"

const drawn = (seed: number): Scenario.Scenario =>
  Scenario.draw(seed, { faults: "storm", phones: 20, match: { _tag: "Bundled", name: "final" } })

const shrink = (
  from: Scenario.Scenario,
  fails: (scenario: Scenario.Scenario) => boolean,
  most = 2000,
  isEnough?: () => boolean
) => Shrink.shrink(from, { fails, most, deliveries: 240, ...(isEnough === undefined ? {} : { isEnough }) })

const balls = ({ match }: Scenario.Scenario): number => match.deliveries ?? 240

describe("a scenario that fails", () => {
  it("is cut down to what it fails of", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const from = drawn(seed)
      const fault = from.faults[Math.floor(from.faults.length / 2)]!
      const needed = (scenario: Scenario.Scenario) =>
        scenario.faults.some(({ kind }) => kind === fault.kind) &&
        scenario.phones.some(({ number }) => number === 7) &&
        scenario.happenings.some(({ does, phone }) => phone === 7 && does === "follows") &&
        balls(scenario) >= 17
      const { done, scenario } = shrink(from, needed)
      assert.isTrue(done)
      assert.deepStrictEqual(
        scenario.faults.map(({ kind }) => kind),
        [fault.kind]
      )
      assert.deepStrictEqual(
        scenario.phones.map(({ number }) => number),
        [7]
      )
      assert.deepStrictEqual(
        scenario.happenings.map(({ does, phone }) => [phone, does]),
        [[7, "follows"]]
      )
      assert.isAtLeast(balls(scenario), 17)
      assert.isBelow(balls(scenario), 60)
      assert.isFalse(scenario.shuffle)
      assert.isBelow(Shrink.size(scenario), Shrink.size(from) + 240)
    }
  })

  it("fails at every step of the way, and gets no larger", () => {
    let size = Number.POSITIVE_INFINITY
    const fails = (scenario: Scenario.Scenario) => scenario.phones.length >= 3 && scenario.faults.length >= 2
    Shrink.shrink(drawn(9), {
      fails,
      most: 2000,
      deliveries: 240,
      onSmaller: (scenario) => {
        assert.isTrue(fails(scenario))
        const now = scenario.faults.length + scenario.phones.length + scenario.happenings.length
        assert.isAtMost(now, size)
        size = now
      }
    })
    assert.isBelow(size, 10)
  })

  it("loses what its phones did with them", () => {
    const { scenario } = shrink(drawn(3), ({ phones }) => phones.length >= 2)
    const left = new Set(scenario.phones.map(({ number }) => number))
    assert.strictEqual(left.size, 2)
    for (const { phone } of scenario.happenings) assert.isTrue(left.has(phone))
  })

  it("has the time in which a fault is on cut as well", () => {
    const from = drawn(4)
    const at = 3_600_000
    const fault = { kind: "apple.outage", rate: 0.2, from: 0, until: 10_000_000 } as const
    const { scenario } = shrink({ ...from, faults: [fault] }, ({ faults }) =>
      faults.some((one) => one.from <= at && at < one.until)
    )
    const [left] = scenario.faults
    assert.isTrue(left !== undefined && left.from <= at && at < left.until && left.until - left.from <= 2000)
  })

  it("stays as it is where nothing can be done without, and is given up on when that is enough", () => {
    const from = { ...drawn(5), shuffle: false }
    const whole = JSON.stringify(from)
    const same = shrink(from, (scenario) => JSON.stringify(scenario) === whole)
    assert.strictEqual(JSON.stringify(same.scenario), whole)
    assert.isTrue(same.done)
    const needed = ({ phones }: Scenario.Scenario) => phones.length >= 3
    assert.strictEqual(shrink(from, needed, 5).tried, 5)
    assert.isFalse(shrink(from, needed, 5).done)
    let asked = 0
    assert.strictEqual(
      shrink(
        from,
        () => true,
        2000,
        () => ++asked > 3
      ).tried,
      3
    )
  })
})
