import { Retry } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "@effect/vitest"

describe("Patience", () => {
  const seconds = (kind: Retry.Kind) => Retry.delays[kind].map(Duration.toSeconds)

  it.each([
    ["start", 0, 0],
    ["update", 0, 0],
    ["wake", 0, 0],
    ["alert", 6, 112.5],
    ["notice", 6, 112.5],
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
      notice: "alert"
    })
  })
})
