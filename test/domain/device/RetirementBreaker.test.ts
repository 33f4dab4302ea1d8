import { Step } from "@sightscreen/decider"
import { RetirementBreaker } from "@sightscreen/domain"
import { Duration, Schema } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed } from "../support/chance.ts"
import { second } from "../support/cricket.ts"

const judged = (at: number, sent: number, wouldRetire: number): RetirementBreaker.Input => ({
  _tag: "Judged",
  sent,
  wouldRetire,
  at: second(at)
})
const codec = Schema.toCodecJson(RetirementBreaker.RetirementBreaker)
const tick = (at: number): RetirementBreaker.Input => ({ _tag: "Ticked", at: second(at) })
const play = (...inputs: ReadonlyArray<RetirementBreaker.Input>) =>
  Step.play(RetirementBreaker.step, RetirementBreaker.closed, inputs)

const cases: ReadonlyArray<
  readonly [fact: string, inputs: ReadonlyArray<RetirementBreaker.Input>, said: ReadonlyArray<string>]
> = [
  ["lets the usual losses of a day go", [judged(0, 10_000, 200)], ["Retire"]],
  ["lets a few go, however few were sent", [judged(0, 19, 19)], ["Retire"]],
  ["opens at twenty, if they are more than 2 % of all sends", [judged(0, 999, 20)], ["Alarm", "Withhold"]],
  ["stays closed at 2 % exactly", [judged(0, 1000, 20)], ["Retire"]],
  ["adds up small batches", [judged(0, 19, 19), judged(60, 1, 1)], ["Retire", "Alarm", "Withhold"]],
  ["forgets what is five minutes old", [judged(0, 19, 19), judged(310, 1, 1)], ["Retire", "Retire"]],
  ["says nothing of a batch without losses", [judged(0, 500, 0)], []],
  [
    "calls once, and withholds as long as it goes on",
    [judged(0, 50, 50), judged(100, 50, 50), judged(200, 50, 50), judged(400, 50, 50), judged(600, 50, 50)],
    ["Alarm", "Withhold", "Withhold", "Withhold", "Withhold", "Withhold"]
  ],
  [
    "closes when the window is clean",
    [judged(0, 50, 50), tick(299), tick(300)],
    ["Alarm", "Withhold", "Recovered"]
  ],
  [
    "closes when enough good sends have come",
    [judged(0, 50, 50), judged(10, 2450, 0)],
    ["Alarm", "Withhold", "Recovered"]
  ],
  [
    "calls again when it opens again",
    [judged(0, 50, 50), tick(400), judged(500, 50, 50)],
    ["Alarm", "Withhold", "Recovered", "Alarm", "Withhold"]
  ]
]

describe("The breaker of retirement", () => {
  it.each(cases)("%s", (_, inputs, said) => {
    assert.deepStrictEqual(
      play(...inputs)[1].map(({ _tag }) => _tag),
      said
    )
  })

  it("says what it has seen, and how long it was open", () => {
    const [, said] = play(judged(0, 1000, 5), judged(10, 1000, 95), tick(310))
    assert.deepStrictEqual(said, [
      { _tag: "Retire", count: 5 },
      { _tag: "Alarm", wouldRetire: 100, sent: 2000 },
      { _tag: "Withhold", count: 95 },
      { _tag: "Recovered", openFor: Duration.seconds(300) }
    ])
  })

  it.prop(
    "retires no mass in any five minutes, forgets nothing too early, and stays small",
    [Seed],
    ([seed]) => {
      const dice = chance(seed)
      const batches: Array<{ at: number; sent: number; wouldRetire: number; retired: number }> = []
      let state = RetirementBreaker.closed
      let alarms = 0
      let recoveries = 0
      let now = 0
      for (let n = 0; n < 200; n++) {
        now += dice.below(30)
        const sent = dice.below(200)
        const wouldRetire = Math.min(sent, dice.below(3) === 0 ? dice.below(60) : dice.below(3))
        const [next, said] = RetirementBreaker.step(state, judged(now, sent, wouldRetire))
        let retired = 0
        let answered = 0
        for (const one of said) {
          if (one._tag === "Alarm") alarms += 1
          if (one._tag === "Recovered") recoveries += 1
          if (one._tag === "Retire") retired += one.count
          if (one._tag === "Retire" || one._tag === "Withhold") answered += one.count
        }
        assert.strictEqual(answered, wouldRetire)
        batches.push({ at: now, sent, wouldRetire, retired })
        // The window's grain is ten seconds, so it is held against every batch of the last 290.
        const lately = batches.filter(({ at }) => at > now - 290)
        const sum = (what: "sent" | "wouldRetire" | "retired") =>
          lately.reduce((all, one) => all + one[what], 0)
        if (retired > 0) {
          const { sent, wouldRetire } = RetirementBreaker.totals(next)
          assert.isAtLeast(sent, sum("sent"))
          assert.isAtLeast(wouldRetire, sum("wouldRetire"))
          assert.isTrue(wouldRetire < 20 || wouldRetire <= 0.02 * sent)
        }
        assert.strictEqual(alarms - recoveries, RetirementBreaker.isOpen(next) ? 1 : 0)
        assert.isAtMost(next.buckets.length, RetirementBreaker.maxBuckets)
        state = next
      }
      const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(codec)(state)))
      assert.deepStrictEqual(Schema.decodeUnknownSync(codec)(json), state)
      assert.isFalse(RetirementBreaker.isOpen(RetirementBreaker.step(state, tick(now + 300))[0]))
    }
  )

  it("retires at most nineteen of a phone book that is refused as a whole", () => {
    const inputs = Array.from({ length: 5000 }, (_, n) => judged(n, 1, 1))
    const retired = play(...inputs)[1].flatMap((one) => (one._tag === "Retire" ? [one.count] : []))
    assert.strictEqual(
      retired.reduce((sum, count) => sum + count, 0),
      19
    )
  })
})
