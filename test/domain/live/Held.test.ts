import { ActiveMatch, type Snapshot } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "@effect/vitest"
import {
  after,
  changed,
  id,
  innings,
  over,
  second,
  type Setting,
  snapshot,
  test as testFormat
} from "../support/cricket.ts"
import {
  absent,
  begin,
  goOn,
  play,
  read,
  restarted,
  silent,
  type Story,
  tags,
  tick
} from "../support/story.ts"

const wary: ActiveMatch.Manner = { confirmWithin: 5000, spacing: 0 }

const one = innings([over("A", "X", ". 4 1 W", "B"), over("C", "Y", "1 W 3", "B")])
const at = (seconds: number, balls: number, more: Setting = {}, reading = one) =>
  read(snapshot([after(balls, reading)], { at: second(seconds), ...more }))

/** What a reading makes of the fourth ball, which is a wicket. */
const ball = (change: Parameters<typeof changed>[2]): Snapshot.InningsReading =>
  changed(after(4, one), "0.4", change)
const instead = (seconds: number, reading: Snapshot.InningsReading) =>
  read(snapshot([reading], { at: second(seconds) }))
const noWicket = ball({ dismissals: [] })

const told = ({ bulletins }: Story) =>
  bulletins.flatMap(({ alert, at }) => (alert === null ? [] : [[(at - second(0)) / 1000, alert.body]]))
const said = ({ outputs }: Story) => tags(outputs).filter((tag) => tag === "Held" || tag === "Dropped")

const before = play(begin(wary), [at(0, 3)])
/** A wicket was read at ten seconds. */
const held = goOn(before, at(10, 4))

describe("A wicket that is held", () => {
  it("shows the score at once, at priority 5, and not what it means", () => {
    const [bulletin, ...more] = held.bulletins
    assert.deepStrictEqual(more, [])
    const { alert, content, event, importance, priority } = bulletin!
    assert.deepStrictEqual(
      [alert, event, importance.priority, priority, content.expanded.score],
      [null, null, 5, { normal: 5, frequent: 5 }, "5/1"]
    )
    assert.notStrictEqual(content.keyEvent?.type, "wicket")
    assert.deepStrictEqual(said(held), ["Held"])
  })

  it("is shown at once even when the screen was painted just before", () => {
    const story = play(begin({ confirmWithin: 5000, spacing: 15_000 }), [at(0, 3), at(1, 4)])
    assert.deepStrictEqual(
      story.bulletins.map(({ content }) => content.expanded.score),
      ["5/0", "5/1"]
    )
  })

  it("buzzes with the next reading that confirms it, whether that says more or nothing new", () => {
    assert.deepStrictEqual(told(goOn(held, at(12.5, 4))), [[12.5, "A b X 5 (4)"]])
    assert.deepStrictEqual(told(goOn(held, at(12.5, 5))), [[12.5, "A b X 5 (4)"]])
  })

  it("is on the screen with its buzz", () => {
    const [bulletin] = goOn(held, at(12.5, 4)).bulletins
    assert.deepStrictEqual(
      [bulletin!.content.keyEvent?.type, bulletin!.importance],
      ["wicket", { priority: 10, alert: true, sound: true }]
    )
  })

  it("buzzes once", () => {
    const story = goOn(held, at(12.5, 4), at(15, 4), tick(second(20)), silent(second(25)), at(30, 5))
    assert.strictEqual(told(story).length, 1)
  })

  it.each([
    ["the clock", tick],
    ["a silent feed", silent],
    ["a feed that does not know the match", absent]
  ])("that nothing confirms is told after five seconds by %s", (_, input) => {
    assert.deepStrictEqual(goOn(held, input(second(14.9))).outputs, [])
    assert.deepStrictEqual(told(goOn(held, input(second(15)))), [[15, "A b X 5 (4)"]])
  })

  it("is told in time although every reading is refused", () => {
    const impossible = changed(one, "0.1", { bat: -4 })
    const story = goOn(held, instead(12, impossible), instead(15, impossible))
    assert.deepStrictEqual(tags(story.outputs), ["Refused", "Refused", "BulletinIssued"])
    assert.deepStrictEqual(told(story), [[15, "A b X 5 (4)"]])
  })

  it("does not wait for a clock that was set back", () => {
    assert.deepStrictEqual(told(goOn(held, tick(second(-300)))), [[-300, "A b X 5 (4)"]])
  })

  it("makes the next look come in time", () => {
    const wait = (seconds: number) => Duration.toMillis(ActiveMatch.cadence(held.state, second(seconds)))
    assert.strictEqual(ActiveMatch.nextDue(held.state), second(15))
    assert.deepStrictEqual([wait(10), wait(14), wait(15), wait(16)], [2500, 1000, 1, 1])
  })

  it("is not told when its wicket is old news by then", () => {
    const story = goOn(held, tick(second(71)))
    assert.deepStrictEqual([told(story), tags(story.headlines)], [[], ["wicket"]])
  })
})

describe("A wicket that the feed takes back while it is held", () => {
  const back = goOn(held, instead(12.5, noWicket))

  it("is heard of by nobody, and corrected on no screen", () => {
    assert.deepStrictEqual(told(back), [])
    assert.deepStrictEqual(said(back), ["Dropped"])
    assert.deepStrictEqual(
      back.bulletins.map(({ content }) => [content.expanded.score, content.keyEvent?.type]),
      [["5/0", undefined]]
    )
    assert.deepStrictEqual(told(goOn(back, tick(second(20)), at(25, 3))), [])
  })

  it("puts the score right at once", () => {
    const story = play(begin({ confirmWithin: 5000, spacing: 15_000 }), [
      at(0, 3),
      at(10, 4),
      instead(12.5, noWicket)
    ])
    assert.strictEqual(story.bulletins.at(-1)?.content.expanded.score, "5/0")
  })

  it("is told when it falls after all", () => {
    const again = goOn(back, at(15, 4), at(17.5, 4))
    assert.deepStrictEqual(told(again), [[17.5, "A b X 5 (4)"]])
  })

  it("is told when it falls after all, although the process was restarted in between", () => {
    const again = play(restarted(back.state), [at(15, 4), at(17.5, 4)])
    assert.strictEqual(told(again).length, 1)
  })
})

it("What comes once in an innings is still to come when it was dropped unheard", () => {
  const fifty = innings([over("A", "X", "6 6 6 6 6 6 6 6 1 1 1", "B")], {
    counting: { miscounted: { 0: 40 } }
  })
  const story = play(begin(wary), [
    at(0, 9, {}, fifty),
    at(10, 10, {}, fifty),
    instead(12.5, changed(after(10, fifty), "0.10", { bat: 0 })),
    at(15, 10, {}, fifty),
    at(17.5, 10, {}, fifty)
  ])
  assert.deepStrictEqual(said(story), ["Held", "Dropped", "Held"])
  assert.deepStrictEqual(tags(story.headlines.filter(({ _tag }) => _tag === "fifty")), ["fifty"])
})

describe("A wicket that the feed corrects while it is held", () => {
  it("is told as it reads now, on another ball", () => {
    const moved = innings([over("A", "X", ". 4 1 wd W", "B")])
    const story = goOn(held, instead(12.5, moved), instead(15, moved))
    assert.deepStrictEqual(told(story), [[12.5, "A b X 5 (4)"]])
    assert.strictEqual(story.headlines[0]?.position.delivery, 5)
  })

  it("is told as it reads now, of the same batter out in another way", () => {
    const runOut = ball({ dismissals: [{ batter: id("A"), manner: "run out", fielders: [] }] })
    assert.deepStrictEqual(told(goOn(held, instead(12.5, runOut))), [[12.5, "A run out 5 (4)"]])
  })

  it("is told of the other batter alone, once another reading confirms it", () => {
    const partner = ball({ dismissals: [{ batter: id("B"), manner: "run out", fielders: [] }] })
    const story = goOn(held, instead(12.5, partner), instead(15, partner), instead(17.5, partner))
    assert.deepStrictEqual(
      told(story).map(([seconds, text]) => [seconds, String(text).split(" ")[0]]),
      [[15, "B"]]
    )
  })
})

describe("A second wicket", () => {
  it("confirms the first, and waits itself", () => {
    const story = goOn(held, at(12.5, 6), at(15, 6))
    assert.deepStrictEqual(told(story), [
      [12.5, "A b X 5 (4)"],
      [15, "C b Y 1 (2)"]
    ])
    const [first, second_] = story.bulletins.filter(({ alert }) => alert !== null)
    assert.isAbove(second_!.stamp, first!.stamp)
  })
})

describe("What is the feed's own word", () => {
  it("is told at once: the end of the match", () => {
    const story = goOn(before, at(10, 3, { status: "finished" }))
    assert.deepStrictEqual([tags(story.headlines), told(story).length, said(story)], [["match_end"], 1, []])
  })

  it("is told at once: the end of an innings", () => {
    const story = goOn(before, at(10, 3, { status: "innings break" }))
    assert.deepStrictEqual([tags(story.headlines), told(story).length, said(story)], [["innings_end"], 1, []])
  })

  it("takes the place of what was held when the match is over", () => {
    const story = goOn(held, at(12.5, 4, { status: "finished" }))
    assert.deepStrictEqual([tags(story.headlines), said(story)], [["match_end"], ["Dropped"]])
  })
})

describe("A wicket with the last ball of the day", () => {
  const begun = play(begin(wary), [at(0, 3, { format: testFormat })])

  it("is told with the close, for nothing follows it", () => {
    const story = goOn(begun, at(10, 4, { format: testFormat, status: "stumps" }))
    assert.deepStrictEqual(
      story.bulletins.map(({ alert, ends }) => [alert?.body, ends]),
      [["A b X 5 (4)", "day"]]
    )
    assert.deepStrictEqual(goOn(story, at(15, 4, { format: testFormat, status: "stumps" })).bulletins, [])
  })

  it("that is held is told before the close", () => {
    const story = goOn(
      begun,
      at(10, 4, { format: testFormat }),
      at(12.5, 4, { format: testFormat, status: "stumps" })
    )
    assert.deepStrictEqual(
      story.bulletins.map(({ alert, ends }) => [alert?.body, ends]),
      [
        [undefined, null],
        ["A b X 5 (4)", null],
        [undefined, "day"]
      ]
    )
  })

  it("leaves nothing to be told to activities that are gone", () => {
    const maiden = innings([over("A", "X", ". . . . . W", "B")])
    const story = play(begin(wary), [
      at(0, 5, { format: testFormat }, maiden),
      at(10, 6, { format: testFormat, status: "stumps" }, maiden),
      at(15, 6, { format: testFormat, status: "stumps" }, maiden),
      at(20, 6, { format: testFormat, status: "stumps" }, maiden),
      tick(second(30))
    ])
    assert.strictEqual(story.bulletins.at(-1)?.ends, "day")
    assert.deepStrictEqual(story.state.held, [])
  })
})

describe("A restart while something is held", () => {
  it("loses nothing: the next reading confirms it", () => {
    assert.deepStrictEqual(told(play(restarted(held.state), [at(12.5, 4)])), [[12.5, "A b X 5 (4)"]])
  })

  it("loses nothing: time tells it", () => {
    assert.deepStrictEqual(told(play(restarted(held.state), [tick(second(15))])), [[15, "A b X 5 (4)"]])
  })

  it("hears that it was taken back", () => {
    const story = play(restarted(held.state), [instead(12.5, noWicket)])
    assert.deepStrictEqual([told(story), said(story)], [[], ["Dropped"]])
  })
})

it("A plain manner holds nothing", () => {
  const story = play(begin(), [at(0, 3), at(10, 4)])
  assert.deepStrictEqual([told(story), said(story)], [[[10, "A b X 5 (4)"]], []])
})

it("News that is too old to buzz need not wait", () => {
  const story = goOn(before, at(400, 4))
  assert.deepStrictEqual([tags(story.headlines), told(story), said(story)], [["wicket"], [], []])
})
