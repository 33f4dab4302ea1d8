import { Phone as Phones, FastGear, type Run, Scenario, TrueGear } from "@sightscreen/simulation"
import { assert, describe, it } from "vitest"
import { draw, tape } from "./tapes.ts"

/** What a person would remember of the evening. */
const remembered = ({ end, entries }: Run.Run) => {
  const alerts = new Map<string, Array<string>>()
  const screens = new Map<string, string>()
  for (const entry of entries) {
    if (entry._tag !== "PhoneSaid") continue
    const { deviceId, output } = entry
    if (output._tag === "AlertShown") {
      const known = alerts.get(deviceId)
      if (known === undefined) alerts.set(deviceId, [output.title])
      else known.push(output.title)
    }
    if (output._tag === "Shown") screens.set(deviceId, JSON.stringify(output.content["expanded"]))
  }
  return end.phones.map(({ deviceId, fate }) => ({
    deviceId,
    fate: fate?._tag,
    alerts: alerts.get(deviceId) ?? [],
    screen: screens.get(deviceId) ?? "nothing"
  }))
}

describe("both gears", () => {
  for (const seed of [1, 2, 3])
    it(`leave people with the same screens and the same alerts where nothing goes wrong (seed ${seed})`, () => {
      const drawn = draw(seed, "rain", "none", 10, { deliveries: 60 })
      // Who comes in the middle of things is told what stands just then, which hangs on seconds.
      const early = drawn.happenings.filter(
        ({ at, does }) => at < 240_000 && (does === "launches" || does === "follows")
      )
      const scenario: Scenario.Scenario = { ...drawn, happenings: early, healAt: 600_000, shuffle: false }
      const fast = remembered(FastGear.run(scenario, tape("rain"), { entries: true }))
      const slow = remembered(TrueGear.run(scenario, tape("rain"), { entries: true }))
      assert.deepStrictEqual(fast, slow)
      assert.isAbove(fast.filter(({ fate }) => fate === "Right").length, 2)
      assert.isAbove(fast.flatMap(({ alerts }) => alerts).length, 10)
    })

  it("know phones by the same names", () => {
    const { phones } = draw(1, "rain", "none", 3)
    assert.deepStrictEqual(
      phones.map(({ number }) => Phones.deviceIdOf(number)),
      ["phone-00001", "phone-00002", "phone-00003"]
    )
  })
})
