import { Instant, Step } from "@sightscreen/decider"
import { Breaker, RetryBudget } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { chance, Seed } from "../support/chance.ts"

const at = (seconds: number) => Instant.fromMillis(1_700_000_000_000 + seconds * 1000)
const judged = (answered: number, failed: number, seconds: number, luck = 0.99): Breaker.Input => ({
  _tag: "Judged",
  answered,
  failed,
  at: at(seconds),
  chance: luck
})
const creditSpent = (seconds: number): Breaker.Input => ({
  _tag: "CreditSpent",
  at: at(seconds),
  chance: 0.99
})
const asking = (input: Breaker.Input, seconds: number): Breaker.Input =>
  input._tag === "Judged" ? { ...input, notBefore: at(seconds) } : input
const play = (...inputs: ReadonlyArray<Breaker.Input>) => Step.play(Breaker.step, Breaker.closed, inputs)

describe("The breaker", () => {
  it.each([
    ["a few failures", [judged(0, 19, 0)], "All"],
    ["failures among answers", [judged(1, 500, 0)], "All"],
    ["as many as are no accident", [judged(0, 20, 1)], "Wait"],
    ["as many in several batches", [judged(0, 10, 0), judged(0, 10, 1)], "Wait"],
    ["an answer between them", [judged(0, 10, 0), judged(1, 0, 0), judged(0, 10, 0)], "All"],
    ["batches that brought nothing", [judged(0, 0, 0)], "All"],
    ["a few over as long as is no accident", [judged(0, 1, -4), judged(0, 1, 1)], "Wait"],
    ["a few over less", [judged(0, 1, -3), judged(0, 1, 1)], "All"],
    ["an answer among a few over long", [judged(0, 1, -4), judged(1, 0, 0), judged(0, 1, 1)], "All"],
    ["a failure that no retry can be paid for", [judged(0, 1, 1), creditSpent(1)], "Wait"],
    ["want of credit alone", [judged(1, 1, 1), creditSpent(1)], "All"]
  ] as const)("after %s is open or not", (_, inputs, admitted) => {
    assert.strictEqual(Breaker.admit(play(...inputs)[0], at(1.2))._tag, admitted)
  })

  it("lets one push out to see, and no other before its answer", () => {
    const [open, said] = play(judged(0, 20, 0, 0))
    assert.deepStrictEqual(said, [{ _tag: "Opened", until: at(0.5) }])
    assert.deepStrictEqual(Breaker.admit(open, at(0.4)), { _tag: "Wait", until: at(0.5) })
    assert.strictEqual(Breaker.admit(open, at(0.5))._tag, "One")
    const [probing] = Breaker.step(open, { _tag: "Probed", at: at(0.5) })
    assert.strictEqual(Breaker.admit(probing, at(3))._tag, "Wait")
    const [closed, news] = Breaker.step(probing, judged(1, 0, 4))
    assert.deepStrictEqual([Breaker.admit(closed, at(4))._tag, news], ["All", [{ _tag: "Closed" }]])
  })

  it("is probed again when an answer never came", () => {
    const [open] = play(judged(0, 20, 0, 0))
    const [probing] = Breaker.step(open, { _tag: "Probed", at: at(1) })
    assert.strictEqual(Breaker.admit(probing, Instant.plus(at(1), Breaker.patience))._tag, "One")
  })

  it("rests longer each time in vain, up to half a minute", () => {
    let self = play(judged(0, 20, 0))[0]
    const rests: Array<number> = []
    for (let seconds = 0; seconds < 600; seconds++) {
      const admission = Breaker.admit(self, at(seconds))
      if (admission._tag !== "One") continue
      self = Breaker.step(self, { _tag: "Probed", at: at(seconds) })[0]
      self = Breaker.step(self, judged(0, 1, seconds))[0]
      if (self._tag === "Open") rests.push(Math.round((self.until - at(seconds)) / 1000))
    }
    assert.deepStrictEqual(rests.slice(0, 6), [2, 4, 8, 16, 30, 30])
  })

  it("looks with one push at a time, also after one that never had an answer", () => {
    const [open] = play(judged(0, 20, 0, 0))
    const [looking] = Breaker.step(open, { _tag: "Probed", at: at(1) })
    assert.strictEqual(Breaker.admit(looking, at(21))._tag, "One")
    const [again] = Breaker.step(looking, { _tag: "Probed", at: at(21) })
    assert.deepStrictEqual(Breaker.admit(again, at(21)), { _tag: "Wait", until: at(41) })
  })

  it("rests for as long as Apple asks, and no longer than is believed", () => {
    const asked = (seconds: number): Breaker.Input => asking(judged(0, 20, 0, 0), seconds)
    assert.deepStrictEqual(Breaker.admit(play(asked(60))[0], at(1)), { _tag: "Wait", until: at(60.5) })
    assert.deepStrictEqual(Breaker.admit(play(asked(90_000))[0], at(1)), { _tag: "Wait", until: at(900.5) })
    // A batch that was under way asks for longer; a look in vain does so too.
    const [later] = play(asked(60), asking(judged(0, 3, 1), 70))
    assert.deepStrictEqual(Breaker.admit(later, at(2)), { _tag: "Wait", until: at(70) })
    const [again] = play(judged(0, 20, 0, 0), { _tag: "Probed", at: at(1) }, asking(judged(0, 1, 2, 0), 32))
    assert.deepStrictEqual(Breaker.admit(again, at(3)), { _tag: "Wait", until: at(33) })
  })

  it("hears nothing new from batches that were under way when it opened", () => {
    const [open] = play(judged(0, 20, 0))
    assert.strictEqual(Breaker.step(open, judged(0, 500, 1))[0], open)
  })

  it.prop(
    "asks a host that is down a few dozen times in ten minutes, however much is to be sent",
    [Seed],
    ([seed]) => {
      const dice = chance(seed)
      let self = Breaker.closed
      let attempts = 0
      for (let millis = 0; millis < 600_000; millis += 250) {
        const now = Instant.plus(at(0), Duration.millis(millis))
        const admission = Breaker.admit(self, now)
        if (admission._tag === "Wait") continue
        const batch = admission._tag === "One" ? 1 : 10
        attempts += batch
        if (admission._tag === "One") self = Breaker.step(self, { _tag: "Probed", at: now })[0]
        self = Breaker.step(self, {
          _tag: "Judged",
          answered: 0,
          failed: batch,
          at: now,
          chance: dice.below(1000) / 1000
        })[0]
      }
      assert.isAtMost(attempts, 70)
    }
  )
})

describe("The budget for retries", () => {
  it("grants what sends have paid for, and no more", () => {
    const [left, granted] = RetryBudget.spend(RetryBudget.sent({ credit: 0 }, 95), 30)
    assert.deepStrictEqual([granted, Math.round(left.credit * 10)], [9, -4])
    assert.strictEqual(RetryBudget.spend(left, 30)[1], 0)
  })

  it("saves up for so long only", () => {
    assert.strictEqual(RetryBudget.sent(RetryBudget.initial, 1_000_000).credit, RetryBudget.most)
  })

  it.prop("keeps attempts below 1.1 for each push when all of them fail", [Seed], ([seed]) => {
    const dice = chance(seed)
    let budget = RetryBudget.initial
    let sends = 0
    let retries = 0
    let counted = 0
    for (let round = 0; round < 200; round++) {
      const count = dice.below(2000)
      sends += count
      budget = RetryBudget.sent(budget, count)
      // Those that were granted before are among what is sent now.
      budget = RetryBudget.sent(budget, retries - counted)
      counted = retries
      const [left, granted] = RetryBudget.spend(budget, dice.below(4000))
      budget = left
      retries += granted
    }
    assert.isAtMost(retries, sends * RetryBudget.ratio + RetryBudget.initial.credit + 1e-6)
  })
})
