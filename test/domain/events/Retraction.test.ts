import { MatchEvent, type Snapshot } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import {
  after,
  type BallsReading,
  card,
  changed,
  edited,
  id,
  innings,
  line,
  minute,
  over,
  second,
  snapshot
} from "../support/cricket.ts"
import { goOn, read, restarted, type Story, tags, watch } from "../support/story.ts"

/** Read one after another, twenty seconds apart, from before the first ball. */
const reading = (...readings: ReadonlyArray<ReadonlyArray<Snapshot.InningsReading>>): Story =>
  watch(
    snapshot([], { at: second(0) }),
    ...readings.map((innings, index) => snapshot(innings, { at: second(20 * (index + 1)) }))
  )

const led = ({ headlines }: Story) => headlines.map((event) => `${event._tag} ${event.position.label}`)
const screen = ({ state }: Story) => state.content?.keyEvent?.headline ?? null

const dropped = (reading: BallsReading, place: string): BallsReading => {
  const [number, nth] = place.split(".").map(Number)
  return edited(reading, (all) =>
    all.map((one) =>
      one.number === number
        ? {
            ...one,
            deliveries: one.deliveries
              .filter((ball) => ball.nth !== nth)
              .map((ball, index) => ({ ...ball, nth: index + 1 }))
          }
        : one
    )
  )
}

describe.each([
  ["named by the feed", true],
  ["known by their place", false]
])("Of balls %s", (_, named) => {
  const of = (balls: string, more = ".") =>
    innings([[...over("A", "X", balls, "B"), ...over("C", "X", more, "B")]], { counting: { named } })
  const out = after(4, of(". 1 . W"))
  const notOut = changed(out, "0.4", { dismissals: [] })

  it("a wicket is told once, and taken back when the ball is changed", () => {
    const story = reading([out], [notOut])
    assert.deepStrictEqual(led(story), ["wicket 0.4"])
    assert.strictEqual(screen(story), "NOT OUT: A")
    assert.deepStrictEqual(story.rulings.at(-1)?.fate, "retracted")
  })

  it("a correction that undoes what buzzed repaints at once, and buzzes nobody", () => {
    const { importance, alert, event } = reading([out], [notOut]).bulletins.at(-1)!
    assert.deepStrictEqual(
      [importance, alert, event],
      [{ priority: 10, alert: false, sound: false }, null, null]
    )
  })

  it("a wicket that comes back at its ball is not told again, and the screen says so", () => {
    const story = reading([out], [notOut], [out])
    assert.deepStrictEqual(led(story), ["wicket 0.4"])
    assert.strictEqual(screen(story), "WICKET! A 1 (4)")
    assert.strictEqual(story.bulletins.at(-1)!.importance.priority, 10)
  })

  it("an older reading and then the newer one again tell nothing twice", () => {
    const story = reading([out], [after(2, out)], [out], [after(3, out)], [out])
    assert.deepStrictEqual(led(story), ["wicket 0.4"])
    assert.strictEqual(screen(story), "WICKET! A 1 (4)")
  })

  it("a wicket that loses its ball and gets it back under another name is not told again", () => {
    const renamed = changed(out, "0.4", { id: "another" })
    assert.deepStrictEqual(led(reading([out], [after(3, out)], [renamed])), ["wicket 0.4"])
    assert.deepStrictEqual(led(reading([out], [renamed])), ["wicket 0.4"])
  })

  it("a wicket that a missing wide pushes on is the same wicket", () => {
    const pushed = of(". 1 wd . W")
    assert.deepStrictEqual(led(reading([out], [after(5, pushed)])), ["wicket 0.4"])
    assert.deepStrictEqual(led(reading([out], [after(2, out)], [after(5, pushed)])), ["wicket 0.4"])
  })

  it("a batter who is called back and is out later is out anew", () => {
    const again = changed(of(". 1 . . 2 W"), "0.4", { dismissals: [] })
    const story = reading([out], [notOut], [after(6, again)])
    assert.deepStrictEqual(led(story), ["wicket 0.4", "wicket 0.6"])
  })

  it("a batter who is called back for a no-ball and is out to the next is out anew", () => {
    const noBall = after(4, of(". 1 . nb"))
    const next = after(5, of(". 1 . nb W"))
    assert.deepStrictEqual(led(reading([out], [noBall], [next])), ["wicket 0.4", "wicket 0.4"])
  })

  it("the other batter being out instead is another wicket", () => {
    const other = changed(out, "0.4", {
      dismissals: [{ batter: id("B"), manner: "run out", fielders: [] }]
    })
    const story = reading([out], [other])
    assert.deepStrictEqual(
      story.headlines.map((event) => `${event._tag} ${MatchEvent.subject(event)}`),
      ["wicket A", "wicket B"]
    )
    assert.deepStrictEqual(
      story.rulings.filter(({ fate }) => fate === "retracted").map(({ event }) => event._tag),
      ["wicket"]
    )
  })

  it("a six that was a four is put right without a word of the six", () => {
    const six = after(2, of(". 6"))
    const four = after(2, of(". 4"))
    const story = reading([six], [four])
    assert.deepStrictEqual(led(story), ["six 0.2", "four 0.2"])
    assert.strictEqual(screen(story), "FOUR!")
  })

  it("another six of the over is another six", () => {
    const sixes = of("6 . . . 6")
    const story = reading([after(1, sixes)], [changed(after(1, sixes), "0.1", { bat: 1, boundary: false })])
    const five = changed(after(5, sixes), "0.1", { bat: 1, boundary: false })
    const { headlines } = goOn(story, read(snapshot([five], { at: minute(3) })))
    assert.deepStrictEqual(
      headlines.map((event) => `${event._tag} ${event.position.label}`),
      ["six 0.5"]
    )
  })

  it("a six that is back is not taken for the one after it", () => {
    const sixes = after(3, of(". 6 6"))
    const four = changed(sixes, "0.2", { bat: 4 })
    const story = reading([after(2, sixes)], [sixes], [four], [after(2, sixes)], [sixes], [sixes])
    assert.deepStrictEqual(led(story), ["six 0.2", "six 0.3", "four 0.2"])
  })

  it("a batter run out without a ball of his own, called back and run out again, is out anew", () => {
    const runOut = { dismissals: [{ batter: id("B"), manner: "run out" as const, fielders: [] }] }
    const plain = of(". 4 . . .")
    const once = changed(after(2, plain), "0.2", runOut)
    const again = changed(after(4, plain), "0.4", runOut)
    assert.deepStrictEqual(led(reading([once], [after(2, plain)], [again])), ["wicket 0.2", "wicket 0.4"])
  })

  it("what waited is told when an older reading came between", () => {
    const hundred = innings([[...over("A", "X", `${"6 ".repeat(16)}4`, "B"), ...over("B", "X", "W", "A")]], {
      counting: { named, miscounted: { 0: 30 } }
    })
    const story = watch(
      snapshot([after(16, hundred)], { at: second(0) }),
      snapshot([hundred], { at: second(10) }),
      snapshot([after(17, hundred)], { at: second(12) }),
      snapshot([hundred], { at: second(14) })
    )
    assert.deepStrictEqual(tags(story.headlines), ["hundred", "wicket"])
  })

  it("a hat-trick that a missing ball pushes on is the same hat-trick", () => {
    const wickets = ["P", "Q", "R"].flatMap((name) => over(name, "X", "W", "B"))
    const three = innings([wickets], { counting: { named } })
    const four = innings([[...over("P", "X", ".", "B"), ...wickets]], { counting: { named: false } })
    const hatTricks = (story: Story) => story.headlines.filter(({ _tag }) => _tag === "hattrick").length
    assert.strictEqual(hatTricks(reading([after(2, three)], [three], [four])), 1)
  })

  it("a maiden that a run spoils is taken back, and told if it was one after all", () => {
    const maiden = innings([over("A", "X", ". . . . . .", "B")], { counting: { named } })
    const spoilt = changed(maiden, "0.3", { bat: 1 })
    const story = reading([maiden], [spoilt])
    assert.strictEqual(screen(story), "CORRECTION")
    assert.strictEqual(screen(goOn(story, read(snapshot([maiden], { at: minute(2) })))), "Maiden by X")
  })

  it("a fifty that is taken back is not told again when he gets there after all", () => {
    const fifty = innings([over("A", "X", "6 6 6 6 6 6 6 6 2 1", "B")], {
      counting: { named, miscounted: { 0: 30 } }
    })
    const short = changed(after(9, fifty), "0.9", { bat: 0 })
    const story = reading([after(8, fifty)], [after(9, fifty)], [short], [fifty])
    assert.strictEqual(tags(story.headlines).filter((tag) => tag === "fifty").length, 1)
  })

  it("what was dropped by a reading is back with the next", () => {
    const sixes = after(3, of("6 . 6"))
    const story = reading([after(1, sixes)], [sixes], [dropped(sixes, "0.1")], [sixes], [sixes])
    assert.deepStrictEqual(led(story), ["six 0.1", "six 0.3"])
  })

  it("an innings that vanishes and comes back tells nothing twice", () => {
    const story = reading([out], [], [out], [after(3, out)], [out])
    assert.deepStrictEqual(led(story), ["wicket 0.4"])
    assert.strictEqual(screen(story), "WICKET! A 1 (4)")
  })

  it("a correction of a scorer's figures changes what the screen tells of the wicket", () => {
    const story = reading([out], [changed(out, "0.1", { bat: 2 })])
    assert.deepStrictEqual(led(story), ["wicket 0.4"])
    assert.strictEqual(screen(story), "WICKET! A 3 (4)")
  })

  it("a catcher who is named later is named on the screen", () => {
    const caught = (fielders: ReadonlyArray<string>) =>
      changed(out, "0.4", { dismissals: [{ batter: id("A"), manner: "caught", fielders }] })
    const story = reading([caught([])], [caught(["Sharma"])])
    assert.strictEqual(story.state.content?.keyEvent?.detail, "c Sharma b X · IND 1/1")
    assert.deepStrictEqual(led(story), ["wicket 0.4"])
  })

  it("what stands is not taken back with what does not", () => {
    const both = after(6, of("6 . . . W"))
    const story = reading([after(1, both)], [both], [changed(both, "0.5", { dismissals: [] })])
    assert.deepStrictEqual(
      story.rulings.filter(({ fate }) => fate === "retracted").map(({ event }) => event._tag),
      ["wicket"]
    )
  })

  it("what waited for its turn and is not true has no turn", () => {
    const hundred = innings([[...over("A", "X", `${"6 ".repeat(16)}4`, "B"), ...over("B", "X", "W", "A")]], {
      counting: { named, miscounted: { 0: 30 } }
    })
    const story = watch(
      snapshot([after(16, hundred)], { at: second(0) }),
      snapshot([hundred], { at: second(10) }),
      snapshot([changed(hundred, "0.18", { dismissals: [] })], { at: second(15) }),
      snapshot([changed(hundred, "0.18", { dismissals: [] })], { at: second(20) })
    )
    assert.deepStrictEqual(tags(story.headlines), ["hundred"])
  })

  it("a restart in between changes nothing of it", () => {
    const story = reading([out])
    const then = (state: Story["state"], reading: BallsReading, at: number) =>
      goOn({ ...story, state: restarted(state) }, read(snapshot([reading], { at: second(at) })))
    const undone = then(story.state, notOut, 40)
    const back = then(undone.state, out, 60)
    assert.strictEqual(screen(undone), "NOT OUT: A")
    assert.deepStrictEqual([screen(back), back.headlines], ["WICKET! A 1 (4)", []])
  })
})

describe("Of scorecards", () => {
  const lines = (a: "caught" | null, figures = "20 (18)") => [line("A", figures, a), line("B", "25 (20)")]
  const before = card("50/0", "6", { batting: lines(null) })
  const out = card("50/1", "6.1", { batting: lines("caught") })

  it("a wicket is taken back when he is in again", () => {
    const story = reading([before], [out], [before])
    assert.deepStrictEqual(tags(story.headlines), ["wicket"])
    assert.strictEqual(screen(story), "NOT OUT: A")
  })

  it("a wicket that comes back is not told again, in another over either", () => {
    const later = card("51/1", "7.1", { batting: [line("A", "20 (18)", "caught"), line("B", "26 (24)")] })
    assert.deepStrictEqual(tags(reading([before], [out], [before], [later]).headlines), ["wicket"])
  })

  it("a batter who was called back and is out later is out anew", () => {
    const later = card("60/1", "7.1", { batting: [line("A", "29 (22)", "caught"), line("B", "26 (24)")] })
    assert.deepStrictEqual(tags(reading([before], [out], [before], [later]).headlines), ["wicket", "wicket"])
  })

  it("a fifty is taken back when he has fewer", () => {
    const at = (figures: string) => [card("90/0", "9", { batting: lines(null, figures) })]
    const story = reading(at("48 (30)"), at("50 (31)"), at("49 (31)"), at("50 (32)"))
    assert.deepStrictEqual(tags(story.headlines), ["fifty"])
    assert.strictEqual(screen(reading(at("48 (30)"), at("50 (31)"), at("49 (31)"))), "CORRECTION")
  })

  it("lines that are missing for a moment tell nothing", () => {
    const story = reading([out], [card("50/1", "6.1")], [out])
    assert.deepStrictEqual(tags(story.headlines), ["wicket"])
    assert.strictEqual(screen(story), "WICKET! A 20 (18)")
  })

  it("an innings that vanishes and comes back tells nothing twice", () => {
    const story = reading([before], [out], [], [out])
    assert.deepStrictEqual(tags(story.headlines), ["wicket"])
    assert.strictEqual(screen(story), "WICKET! A 20 (18)")
  })

  it("the other innings' correction leaves them alone", () => {
    const balls = innings([over("P", "Q", "1 . 4", "R")])
    const chase = (reading: Snapshot.InningsReading) => ({ ...reading, batting: "away" as const })
    const story = reading(
      [balls],
      [balls, chase(before)],
      [balls, chase(out)],
      [changed(balls, "0.1", { bat: 2 }), chase(out)]
    )
    assert.strictEqual(screen(story), "WICKET! A 20 (18)")
    assert.deepStrictEqual(
      story.rulings.filter(({ fate }) => fate === "retracted"),
      []
    )
  })

  it("balls that come instead tell what is new and nothing old", () => {
    const balls = innings([[...over("A", "X", "4 W", "B"), ...over("C", "X", "6 W", "B")]])
    const story = reading(
      [card("0/0", "0")],
      [card("10/1", "0.3", { batting: [line("A", "4 (2)", "bowled")] })],
      [balls]
    )
    // The six was on the card already.
    assert.deepStrictEqual(
      story.headlines.map((event) => `${event._tag} ${MatchEvent.subject(event)}`),
      ["wicket A", "wicket C"]
    )
  })
})
