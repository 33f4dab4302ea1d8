import { assert, describe, it } from "@effect/vitest"
import { Instant } from "@sightscreen/decider"
import { Attempt, type PushOutcome } from "@sightscreen/domain"
import { Duration } from "effect"

const at = Instant.fromMillis(1_700_000_000_000)
const until = Instant.plus(at, Duration.minutes(10))
const down: PushOutcome.Outcome = { _tag: "AppleDown", reason: "ServiceUnavailable" }
const moment = { kind: "alert", until, at, chance: 0.5 } as const

const failed = (to: string, tries = 1): Attempt.Waiting<string> => ({
  to,
  last: down,
  tries,
  due: at,
  owes: true
})
const names = (all: ReadonlyArray<Attempt.Waiting<string>>) => all.map(({ to }) => to)

describe("a retry", () => {
  it("is to be paid for, unless Apple was down for all", () => {
    const sort = (isDown: boolean) =>
      Attempt.sort({ ...moment, isDown }, [Attempt.waiting("phone")], [down]).again.map(({ owes }) => owes)
    assert.deepStrictEqual(sort(false), [true])
    assert.deepStrictEqual(sort(true), [false])
  })

  it("that cannot be paid for has its turn later, and what is sent for the first time is not held up", () => {
    const ready = [failed("rich"), Attempt.waiting("new"), failed("poor")]
    assert.strictEqual(Attempt.owing(ready), 2)
    const { later, sent, settled } = Attempt.afford(moment, ready, 1)
    assert.deepStrictEqual([names(sent), names(later), names(settled)], [["rich", "new"], ["poor"], []])
    assert.isTrue(sent.every(({ owes }) => !owes))
    assert.deepStrictEqual(
      later.map(({ due, owes, tries }) => [due, owes, tries]),
      [[Instant.plus(at, Duration.seconds(1)), true, 2]]
    )
  })

  it("that can never be paid for is given up when its tries are used up", () => {
    let waiting: ReadonlyArray<Attempt.Waiting<string>> = [failed("poor")]
    let time = at
    for (let rounds = 0; waiting.length > 0; rounds++) {
      assert.isBelow(rounds, 20)
      const { later } = Attempt.afford({ ...moment, at: time }, waiting, 0)
      time = Attempt.firstDue(later, time)
      waiting = later
    }
    assert.isAbove(time, at)
    assert.isBelow(time, until)
  })
})
