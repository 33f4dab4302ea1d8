import { Growth } from "@sightscreen/apns"
import { Instant, Step } from "@sightscreen/decider"
import { assert, describe, it } from "@effect/vitest"

const usual: Growth.Load = {
  at: Instant.fromMillis(0),
  saturated: true,
  opening: false,
  connections: 1,
  most: 4,
  answered: 0,
  lightMillis: 40,
  loadedMillis: 42
}

/** So many tenths of a second of the same load, with answers coming at a rate. */
const look = (
  growth: Growth.Growth,
  from: number,
  tenths: number,
  rate: number,
  load: Partial<Growth.Load> = {}
) => {
  const advice: Array<Growth.Advice> = []
  let now = growth
  for (let nth = 0; nth < tenths; nth++) {
    const millis = from + 100 * nth
    const at = Instant.fromMillis(millis)
    const [next, said] = Growth.step(now, { ...usual, at, answered: (millis * rate) / 1000, ...load })
    now = next
    advice.push(said)
  }
  return { growth: now, advice }
}
const worthSaying = (advice: ReadonlyArray<Growth.Advice>) => advice.filter((it) => it !== "stay")

describe("one connection more", () => {
  it("is added where streams are all taken and the way is long, once at a time", () => {
    assert.deepStrictEqual(worthSaying(look(Growth.none, 0, 6, 25_000).advice), ["add"])
  })

  const cases: ReadonlyArray<readonly [string, Partial<Growth.Load>]> = [
    ["there is room on those there are", { saturated: false }],
    ["one is being opened", { opening: true }],
    ["there are as many as there may be", { connections: 4 }],
    ["the server takes longer the more it is asked", { lightMillis: 5, loadedMillis: 60 }],
    ["answers come so fast that the processor is what is taken", { lightMillis: 1, loadedMillis: 2 }],
    ["nobody knows how long an answer takes without load", { lightMillis: 0 }]
  ]
  for (const [when, load] of cases) {
    it(`is not added when ${when}`, () => {
      assert.deepStrictEqual(worthSaying(look(Growth.none, 0, 50, 25_000, load).advice), [])
    })
  }

  it("is not added for a moment without room", () => {
    let growth = Growth.none
    for (let nth = 0; nth < 50; nth++) {
      const [next, advice] = Growth.step(growth, {
        ...usual,
        at: Instant.fromMillis(nth * 100),
        saturated: nth % 3 !== 0
      })
      growth = next
      assert.strictEqual(advice, "stay")
    }
  })

  it("stays, and has another follow it, where it has brought as much again", () => {
    const first = look(Growth.none, 0, 4, 25_000)
    assert.deepStrictEqual(worthSaying(first.advice), ["add"])
    const second = look(first.growth, 400, 5, 50_000, { connections: 2 })
    assert.deepStrictEqual(worthSaying(second.advice), ["add"])
  })

  it("goes again where it has brought nothing, and is the last for a minute", () => {
    const first = look(Growth.none, 0, 4, 25_000)
    const second = look(first.growth, 400, 5, 25_000, { connections: 2 })
    assert.deepStrictEqual(worthSaying(second.advice), ["remove"])
    const third = look(second.growth, 1000, 580, 25_000)
    assert.deepStrictEqual(worthSaying(third.advice), [])
    const fourth = look(third.growth, 62_000, 5, 25_000)
    assert.deepStrictEqual(worthSaying(fourth.advice), ["add"])
  })

  it("is judged alike however often it is looked at: the same input twice changes nothing", () => {
    const [once] = Step.play(
      (growth: Growth.Growth, load: Growth.Load): Step.Step<Growth.Growth, Growth.Advice> => {
        const [next, advice] = Growth.step(growth, load)
        return [next, [advice]]
      },
      Growth.none,
      [usual, usual, usual]
    )
    assert.deepStrictEqual(once, Growth.step(Growth.none, usual)[0])
  })
})
