import { Instant } from "@sightscreen/decider"
import { Cooldown, type MatchEvent } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { id, minute, second } from "../support/cricket.ts"
import { event, names } from "../support/events.ts"

const noted = (one: MatchEvent.MatchEvent) => Cooldown.note(Cooldown.empty, one, second(0))
const place = (over: number, delivery: number) => ({
  position: { innings: 1, over, delivery, label: `${over}.${delivery}`, seq: over * 6 + delivery - 1 },
  ball: `${over}.${delivery}`
})

describe("Cooldown", () => {
  const windows: Readonly<Partial<Record<MatchEvent.Name, number>>> = {
    consecutive_sixes: 60,
    six: 15,
    four: 15
  }
  for (const name of names) {
    const seconds = windows[name]
    it(`keeps ${name} quiet ${seconds === undefined ? "for good" : `for ${seconds} seconds`}`, () => {
      const one = event(name)
      const cooldown = noted(one)
      const lasting = seconds ?? 24 * 60 * 60
      assert.isTrue(Cooldown.isQuiet(cooldown, one, Instant.plus(second(0), Duration.seconds(lasting - 1))))
      assert.strictEqual(Cooldown.isQuiet(cooldown, one, second(lasting)), seconds === undefined)
    })
  }

  describe("lets through", () => {
    const free: Readonly<
      Record<string, readonly [before: MatchEvent.MatchEvent, after: MatchEvent.MatchEvent]>
    > = {
      "another batter's fifty": [event("fifty"), event("fifty", { batter: id("B") })],
      "his second hundred": [event("hundred"), event("hundred", { runs: 200 })],
      "his fifty in another innings": [
        event("fifty"),
        event("fifty", { position: { ...event("fifty").position, innings: 3 } })
      ],
      "his wicket at another ball": [event("wicket"), event("wicket", place(3, 2))],
      "another wicket with the same ball": [event("wicket"), event("wicket", { batter: id("B") })],
      "a second hat-trick": [event("hattrick"), event("hattrick", place(7, 1))],
      "the next maiden": [event("maiden"), event("maiden", place(2, 6))],
      "the next innings' end": [
        event("innings_end"),
        event("innings_end", { position: { ...event("innings_end").position, innings: 2 } })
      ],
      "a four right after a six": [event("six"), event("four")],
      "another batter's run of sixes": [
        event("consecutive_sixes"),
        event("consecutive_sixes", { batter: id("B") })
      ]
    }
    for (const [name, [before, after]] of Object.entries(free)) {
      it(name, () => {
        assert.isFalse(Cooldown.isQuiet(noted(before), after, second(1)))
      })
    }
  })

  it("keeps every six quiet after a six, whoever hits it", () => {
    assert.isTrue(
      Cooldown.isQuiet(noted(event("six")), event("six", { batter: id("B"), ...place(1, 1) }), second(5))
    )
  })

  it("counts a bowler's further wickets as the fire he is on", () => {
    assert.isTrue(
      Cooldown.isQuiet(noted(event("bowler_on_fire")), event("bowler_on_fire", { wickets: 4 }), minute(5))
    )
  })

  it("forgets what has run out when it notes something new", () => {
    const later = Cooldown.note(noted(event("six")), event("four"), second(15))
    assert.deepStrictEqual(later, Cooldown.note(Cooldown.empty, event("four"), second(15)))
  })

  it("frees what can truly happen again when it is taken back, and nothing else", () => {
    const freed = names.filter((name) => {
      const one = event(name)
      return !Cooldown.isQuiet(Cooldown.release(noted(one), one), one, second(1))
    })
    assert.deepStrictEqual(freed, ["wicket", "hattrick", "on_hattrick", "maiden"])
  })

  it("frees nothing for an event that never led", () => {
    const cooldown = noted(event("fifty"))
    assert.strictEqual(Cooldown.release(cooldown, event("wicket")), cooldown)
  })
})
