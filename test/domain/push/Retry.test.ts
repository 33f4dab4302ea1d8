import { Instant } from "@sightscreen/decider"
import { Retry } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { chance } from "../support/chance.ts"

describe("Patience", () => {
  const seconds = (kind: Retry.Kind) => Retry.delays[kind].map(Duration.toSeconds)

  it.each([
    ["start", 0, 0],
    ["update", 0, 0],
    ["wake", 0, 0],
    ["alert", 6, 112.5],
    ["notice", 6, 112.5],
    ["errand", 6, 112.5],
    ["end", 5, 111]
  ] as const)("with a push of kind %s is %i tries more in %d seconds", (kind, tries, total) => {
    assert.strictEqual(Retry.delays[kind].length, tries)
    assert.strictEqual(
      seconds(kind).reduce((sum, one) => sum + one, 0),
      total
    )
  })

  it("with an end is five tries in two minutes", () => {
    assert.deepStrictEqual(seconds("end"), [1, 5, 15, 30, 60])
  })

  it("grows with every try", () => {
    for (const kind of Object.keys(Retry.delays) as ReadonlyArray<Retry.Kind>) {
      const waits = seconds(kind)
      waits.forEach((wait, index) => index > 0 && assert.isAbove(wait, waits[index - 1]!))
    }
  })

  it("is with a kind of token that can have the push", () => {
    assert.deepStrictEqual(Retry.tokenKind, {
      start: "start",
      update: "update",
      alert: "update",
      end: "update",
      wake: "alert",
      errand: "alert",
      notice: "alert"
    })
  })
})

describe("Another try", () => {
  const second = (n: number) => Instant.fromMillis(1_700_000_000_000 + Math.round(n * 1000))
  const kinds = Object.keys(Retry.delays) as ReadonlyArray<Retry.Kind>
  const until = second(100_000)

  it.each([
    ["anywhere within the delay", { chance: 0.5, notBefore: null }, 1],
    ["at once, by luck", { chance: 0, notBefore: null }, 0],
    ["not sooner than Apple asks", { chance: 0, notBefore: second(30) }, 30],
    ["anywhere within the delay after that", { chance: 0.5, notBefore: second(30) }, 31],
    ["without regard to a time that has passed", { chance: 0, notBefore: second(-5) }, 0],
    ["after a quarter of an hour, should Apple ask for days", { chance: 0, notBefore: second(90_000) }, 900]
  ] as const)("is made %s", (_, refused, expected) => {
    assert.strictEqual(Retry.next("notice", 1, { at: second(0), until, ...refused }), second(expected))
  })

  it("of an alert is not made where it would hold up the match for more than a minute", () => {
    const refused = { at: second(0), until, chance: 0 }
    assert.strictEqual(Retry.next("alert", 0, { ...refused, notBefore: second(60) }), second(60))
    assert.isNull(Retry.next("alert", 0, { ...refused, notBefore: second(61) }))
    assert.isFalse(Retry.waitsFor("update", second(1), refused))
  })

  it("is not made of what is never sent again, nor when all tries are used up, nor when it would be of no use", () => {
    const refused = { at: second(0), until, notBefore: null, chance: 0 }
    assert.isNull(Retry.next("update", 0, refused))
    assert.isNull(Retry.next("alert", Retry.delays.alert.length, refused))
    assert.isNull(Retry.next("alert", 0, { ...refused, until: second(20), notBefore: second(20) }))
    assert.isNull(Retry.next("alert", 0, { ...refused, until: second(0.4) }))
    assert.isNotNull(Retry.next("alert", 0, { ...refused, until: second(20.5), notBefore: second(20) }))
  })

  it("comes in its time, whatever Apple asks and luck brings", () => {
    const dice = chance(7)
    const next = () => dice.below(1_000_000) / 1_000_000
    for (let turn = 0; turn < 5000; turn++) {
      const kind = dice.pick(kinds)
      const refused = {
        at: second(next() * 100),
        until: second(next() * 2000),
        notBefore: next() < 0.3 ? null : second(next() * 3000),
        chance: next()
      }
      const tries = dice.below(8)
      const due = Retry.next(kind, tries, refused)
      if (due === null) continue
      assert.isAtLeast(due, refused.at)
      assert.isAtMost(due, refused.until)
      const asked = Math.min(refused.notBefore ?? 0, Instant.plus(refused.at, Retry.longestRest))
      assert.isAtLeast(due, asked)
      assert.isAtMost(due - Math.max(asked, refused.at), Duration.toMillis(Retry.delays[kind][tries]!) + 1)
    }
  })
})
