import type { Snapshot } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import {
  after,
  ballsOf,
  card,
  innings,
  line,
  matchAfter,
  over,
  second,
  snapshot,
  test
} from "../support/cricket.ts"
import { goOn, read, type Story, tags, watch } from "../support/story.ts"
import { Memory, Pipeline, Progress } from "@sightscreen/domain"

const fates = ({ rulings }: Story) => rulings.map(({ event, fate }) => `${event._tag} ${fate}`)
const start = snapshot([])
const at = (seconds: number, ...readings: ReadonlyArray<Snapshot.InningsReading>) =>
  snapshot(readings, { at: second(seconds) })

const inTest = (seconds: number, ...readings: ReadonlyArray<Snapshot.InningsReading>) =>
  snapshot(readings, { at: second(seconds), format: test })

/** Fifty and a wicket with one ball: sixteen of them, by then. */
const busy = innings([[...over("A", "X", "6 6 6 6 6 6 6 6 2", "B"), ...over("B", "X", "W", "A")]], {
  counting: { miscounted: { 0: 30 } }
})

describe("Pipeline", () => {
  it("tells one thing of a reading, and says what became of the rest", () => {
    const story = watch(start, at(10, after(8, busy)), at(30, busy))
    assert.deepStrictEqual(tags(story.headlines), ["consecutive_sixes", "wicket"])
    assert.deepStrictEqual(fates(goOn(story)), [])
    assert.include(fates(story), "wicket headline")
    assert.include(fates(story), "fifty deferred")
    assert.include(fates(story), "six outranked")
  })

  it("gives every event that is noticed exactly one ruling, but for those that waited", () => {
    const story = watch(start, at(10, busy))
    assert.strictEqual(new Set(story.rulings.map(({ event }) => event)).size, story.rulings.length)
  })

  it("tells what waited with the next reading, changed or not", () => {
    const story = watch(start, at(10, after(8, busy)), at(30, busy), at(35, busy))
    assert.deepStrictEqual(tags(story.headlines), ["consecutive_sixes", "wicket", "fifty"])
    assert.deepInclude(story.rulings.at(-1), { fate: "headline", reason: "its turn has come" })
  })

  it("lets nothing wait for longer than fifteen seconds", () => {
    const inTime = watch(start, at(10, after(8, busy)), at(30, busy), at(45, busy))
    const late = watch(start, at(10, after(8, busy)), at(30, busy), at(46, busy))
    assert.deepStrictEqual(
      [inTime, late].map(({ headlines }) => headlines.length),
      [3, 2]
    )
  })

  it("lets nothing wait twice", () => {
    const [a, b, c] = ["A", "B", "C"].map((name) => line(name, "45 (40)"))
    const [x, y, z] = ["A", "B", "C"].map((name) => line(name, "55 (45)"))
    const before = card("150/1", "20", { batting: [a!, b!, c!] })
    const all = card("180/1", "22", { batting: [x!, y!, z!] })
    const story = watch(at(0, before), at(5, all), at(8, all), at(11, all))
    assert.deepStrictEqual(tags(story.headlines), ["fifty", "fifty"])
  })

  it("does not tell what waited and has been overtaken", () => {
    const nine = [line("A", "95 (60)"), line("B", "45 (30)")]
    const both = [line("A", "100 (61)"), line("B", "51 (31)")]
    const then = [line("A", "100 (61)"), line("B", "101 (40)")]
    const story = watch(
      at(0, card("150/0", "15", { batting: nine })),
      at(5, card("160/0", "15.2", { batting: both })),
      at(10, card("220/0", "15.3", { batting: then }))
    )
    assert.deepStrictEqual(tags(story.headlines), ["hundred", "hundred"])
    assert.deepInclude(
      story.rulings.map(({ event, fate, reason }) => ({ tag: event._tag, fate, reason })),
      {
        tag: "fifty",
        fate: "stale",
        reason: "he has reached a hundred"
      }
    )
  })

  it("drops what nobody needs to be told late", () => {
    const sixes = innings([over("A", "X", "6 4", "B")])
    const story = watch(start, at(10, sixes), at(12, sixes))
    assert.deepStrictEqual(fates(story), ["six headline", "four outranked"])
  })

  it("keeps sixes quiet for a while after a six", () => {
    const sixes = innings([over("A", "X", "6 6", "B")])
    const story = watch(start, at(10, after(1, sixes)), at(20, sixes))
    assert.deepStrictEqual(fates(story), ["six headline", "six cooldown"])
    assert.deepStrictEqual(tags(watch(start, at(10, after(1, sixes)), at(25, sixes)).headlines), [
      "six",
      "six"
    ])
  })

  it("is silent about everything before the first reading", () => {
    const story = watch(at(0, busy), at(5, busy))
    assert.deepStrictEqual(story.headlines, [])
    assert.strictEqual(story.state.memory.told.length > 0, true)
  })

  it("tells what comes after a first reading in the middle of an innings", () => {
    assert.deepStrictEqual(tags(watch(at(0, after(9, busy)), at(20, busy)).headlines), ["wicket"])
  })

  it("tells a fifty of a batter first seen on forty-nine", () => {
    const at49 = innings([over("A", "X", "6 6 6 6 6 6 6 6 1 1", "B")], {
      counting: { miscounted: { 0: 30 } }
    })
    const story = watch(at(0, after(9, at49)), at(20, at49))
    assert.deepStrictEqual(tags(story.headlines), ["fifty"])
  })

  it("does nothing at all for a reading that changes nothing", () => {
    const match = matchAfter(snapshot([busy]))
    const progress = Progress.advance(match, snapshot([busy], { at: second(5) }))
    if (progress._tag === "Refused") assert.fail(progress.reason)
    const { memory } = Pipeline.run(Memory.empty, progress, second(5))
    assert.strictEqual(memory, Memory.empty)
  })

  it("forgets the events of innings that no correction reaches", () => {
    const side = (name: string, batting: "home" | "away") =>
      innings([over(name, "X", "4 . . . . W", "B")], { batting })
    const all = [side("A", "home"), side("C", "away"), side("E", "home"), side("G", "away")]
    const story = watch(
      inTest(0),
      ...all.map((_, index) => inTest(20 * (index + 1), ...all.slice(0, index + 1)))
    )
    assert.deepStrictEqual(
      new Set(story.state.memory.told.map(({ event }) => event.position.innings)),
      new Set([3, 4])
    )
  })

  it("tells nothing of forgotten innings when a feed loses the later ones", () => {
    const side = (name: string, batting: "home" | "away") =>
      innings([over(name, "X", "4 . . . . W", "B")], { batting })
    const all = [side("A", "home"), side("C", "away"), side("E", "home"), side("G", "away")]
    const story = watch(
      inTest(0),
      ...all.map((_, index) => inTest(20 * (index + 1), ...all.slice(0, index + 1)))
    )
    const lost = goOn(
      story,
      read(inTest(200, all[0]!)),
      read(inTest(220, after(3, all[0]!))),
      read(inTest(240, ...all))
    )
    assert.deepStrictEqual(lost.headlines, [])
    assert.strictEqual(ballsOf(all[0]!), 6)
  })
})
