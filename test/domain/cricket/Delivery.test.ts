import { Delivery } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { id, over } from "../support/cricket.ts"

const ball = (text: string) => over("Batter", "Bowler", text)[0]!

describe("Delivery", () => {
  describe("counts runs where they belong", () => {
    const cases: ReadonlyArray<
      readonly [text: string, total: number, conceded: number, legal: boolean, faced: boolean]
    > = [
      [".", 0, 0, true, true],
      ["4", 4, 4, true, true],
      ["wd", 1, 1, false, false],
      ["5wd", 5, 5, false, false],
      ["nb", 1, 1, false, true],
      ["nb4", 5, 5, false, true],
      // Byes off a no-ball are not the bowler's; the no-ball is.
      ["nb/2b", 3, 1, false, true],
      ["2b", 2, 0, true, true],
      ["1lb", 1, 0, true, true],
      ["1+5p", 6, 1, true, true],
      ["wd/st", 1, 1, false, false],
      ["nb/ro", 1, 1, false, true]
    ]
    for (const [text, total, conceded, legal, faced] of cases) {
      it(`${text}: ${total} to the side, ${conceded} off the bowler`, () => {
        const one = ball(text)
        assert.deepStrictEqual(
          [Delivery.total(one), Delivery.conceded(one), Delivery.isLegal(one), Delivery.isFaced(one)],
          [total, conceded, legal, faced]
        )
      })
    }
  })

  it.each([
    ["4", true, false],
    ["6", false, true],
    ["4r", false, false],
    ["6r", false, false],
    ["nb6", false, true],
    ["5wd", false, false]
  ] as const)("%s is a four: %s, a six: %s", (text, four, six) => {
    assert.deepStrictEqual([Delivery.isFour(ball(text)), Delivery.isSix(ball(text))], [four, six])
  })

  it("credits the bowler with what he did himself", () => {
    const credited = Object.entries(Delivery.meaning).flatMap(([manner, { credited }]) =>
      credited ? [manner] : []
    )
    assert.deepStrictEqual(credited, [
      "bowled",
      "caught",
      "caught and bowled",
      "lbw",
      "stumped",
      "hit wicket"
    ])
  })

  it("takes a wicket for every manner but retired hurt and retired not out", () => {
    const none = Object.entries(Delivery.meaning).flatMap(([manner, { counts }]) => (counts ? [] : [manner]))
    assert.deepStrictEqual(none, ["retired hurt", "retired not out"])
  })

  describe("is the same ball", () => {
    const one = { ...ball("1/c"), id: "7" }
    const [caught] = one.dismissals

    it("whatever object says so", () => {
      assert.isTrue(Delivery.same(one, structuredClone(one)))
    })

    it("whenever it is said to have been bowled", () => {
      assert.isTrue(Delivery.same(one, { ...one, at: 1 as NonNullable<typeof one.at> }))
    })

    const different: Readonly<Record<string, Partial<Delivery.Delivery>>> = {
      "another name": { id: "8" },
      "another over": { over: 1 },
      "another place": { nth: 2 },
      "other runs": { bat: 2 },
      "a wide": { wides: 1 },
      "a no-ball": { noBalls: 1 },
      byes: { byes: 1 },
      "leg byes": { legByes: 1 },
      "a penalty": { penalty: 5 },
      "a boundary": { boundary: true },
      "another batter": { batter: id("Other") },
      "another partner": { nonStriker: id("Other") },
      "another bowler": { bowler: id("Other") },
      "no wicket": { dismissals: [] },
      "another manner": { dismissals: [{ ...caught!, manner: "lbw" }] },
      "somebody else out": { dismissals: [{ ...caught!, batter: id("Other") }] },
      "another catcher": { dismissals: [{ ...caught!, fielders: ["Catcher"] }] }
    }
    for (const [name, change] of Object.entries(different)) {
      it(`not with ${name}`, () => {
        assert.isFalse(Delivery.same(one, { ...one, ...change }))
      })
    }
  })
})
