import { Instant, Step } from "@sightscreen/decider"
import { ActiveMatch, Order } from "@sightscreen/domain"
import { Timeline } from "@sightscreen/feed"
import { Duration } from "effect"
import { assert, describe, it } from "vitest"
import { matchId, timeline } from "../../engine/kit.ts"

const at = (position: number): Instant.Instant => timeline.times[position] ?? timeline.info.startsAt

const reading = (position: number): ActiveMatch.Input => ({
  _tag: "SnapshotRead",
  snapshot: Timeline.snapshot(timeline, position, at(position))
})

const readings = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => reading(from + n))

const ordered = (number: number, order: Order.Order, position: number): ActiveMatch.Input => ({
  _tag: "Ordered",
  order,
  number,
  at: Instant.plus(at(position), Duration.seconds(1))
})

const play = (inputs: ReadonlyArray<ActiveMatch.Input>, from = ActiveMatch.begin(matchId, true)) =>
  Step.play(ActiveMatch.step, from, inputs)

const bulletins = (outputs: ReadonlyArray<ActiveMatch.Output>) =>
  outputs.flatMap((output) => (output._tag === "BulletinIssued" ? [output.bulletin] : []))

const last = timeline.times.length - 1
const score = (state: ActiveMatch.ActiveMatch) => state.content?.expanded.score

describe("an operator's order", () => {
  it("pauses a match: nothing is told, and what happened meanwhile is shown and does not buzz", () => {
    const [paused, said] = play([...readings(0, 5), ordered(1, { _tag: "Pause" }, 5)])
    assert.isFalse(ActiveMatch.isTold(paused))
    assert.isNull(ActiveMatch.nextDue(paused))
    assert.deepStrictEqual(
      said.flatMap((one) => (one._tag === "Obeyed" ? [one.order._tag] : [])),
      ["Pause"]
    )
    const [meanwhile, silence] = play(readings(6, 40), paused)
    assert.deepStrictEqual(bulletins(silence), [])
    const [resumed, told] = play([ordered(2, { _tag: "Resume" }, 40)], meanwhile)
    const [only, ...others] = bulletins(told)
    assert.deepStrictEqual(others, [])
    assert.isNull(only?.alert ?? null)
    const [never] = play(readings(0, 40))
    assert.strictEqual(score(resumed), score(never))
    assert.isTrue(ActiveMatch.isTold(resumed))
  })

  it("is heard once, whatever comes twice or late", () => {
    const [state] = play([...readings(0, 5), ordered(7, { _tag: "Pause" }, 5)])
    assert.deepStrictEqual(play([ordered(7, { _tag: "Resume" }, 5), ordered(6, { _tag: "End" }, 5)], state), [
      state,
      []
    ])
  })

  it("puts a score right, and the feed's changes are added to it until it is lifted", () => {
    const [before] = play(readings(0, 10))
    const runs = before.match?.innings[0]?.runs ?? 0
    const correct: Order.Order = { _tag: "Correct", innings: 1, runs: runs + 7, wickets: 2 }
    const [right, said] = play([ordered(1, correct, 10)], before)
    assert.strictEqual(score(right), `${runs + 7}/2`)
    assert.lengthOf(bulletins(said), 1)
    assert.isNull(bulletins(said)[0]?.alert ?? null)
    const [later] = play(readings(11, 14), right)
    const [plain] = play(readings(0, 14))
    const gained = (plain.match?.innings[0]?.runs ?? 0) - runs
    assert.strictEqual(score(later), `${runs + 7 + gained}/2`)
    const [lifted] = play([ordered(2, { _tag: "Uncorrect" }, 14)], later)
    assert.strictEqual(score(lifted), score(plain))
  })

  it("about an innings that there is none of changes nothing", () => {
    const [before] = play(readings(0, 5))
    const correct: Order.Order = { _tag: "Correct", innings: 3, runs: 1, wickets: 0 }
    const [after, said] = play([ordered(1, correct, 5)], before)
    assert.deepStrictEqual(said, [])
    assert.strictEqual(score(after), score(before))
  })

  it("ends every activity with what is on the screen", () => {
    const [ended, said] = play([...readings(0, 10), ordered(1, { _tag: "End" }, 10)])
    assert.strictEqual(ended.ended, "over")
    assert.strictEqual(bulletins(said).at(-1)?.ends, "over")
    assert.deepStrictEqual(play([reading(11)], ended), [ended, []])
  })

  it("ends what was never seen without a word", () => {
    const [ended, said] = play([ordered(1, { _tag: "End" }, 0)])
    assert.strictEqual(ended.ended, "postponed")
    assert.deepStrictEqual(bulletins(said), [])
  })

  it("lets a match end that was over while it was paused", () => {
    const [paused] = play([...readings(0, 5), ordered(1, { _tag: "Pause" }, 5)])
    const [over] = play(readings(6, last), paused)
    assert.isNull(over.ended)
    const [ended, said] = play([ordered(2, { _tag: "Resume" }, last)], over)
    assert.strictEqual(ended.ended, "over")
    assert.strictEqual(bulletins(said).at(-1)?.ends, "over")
  })
})
