import { Instant } from "@sightscreen/decider"
import { ActiveMatch, ContentState, Display } from "@sightscreen/domain"
import { Duration } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed, someOvers } from "../support/chance.ts"
import { after, ballsOf, changed, innings, over, second, type Setting, snapshot } from "../support/cricket.ts"
import { begin, goOn, play, read, restarted, silent, type Story, tags, tick } from "../support/story.ts"

const spaced: ActiveMatch.Manner = { confirmWithin: 0, spacing: 15_000 }

const one = innings([over("A", "X", "1 1 1 1 1 1", "B"), over("C", "Y", "1 1 1 W 1 1", "B")])
const at = (seconds: number, balls: number, more: Setting = {}) =>
  read(snapshot([after(balls, one)], { at: second(seconds), ...more }))

/** When, and with what score. */
const sent = ({ bulletins }: Story) =>
  bulletins.map(({ at, content }) => [(at - second(0)) / 1000, content.expanded.score])

describe("Quiet changes", () => {
  it("come no closer than they are told to, the first at once and the newest of the rest when its turn comes", () => {
    const story = play(begin(spaced), [
      at(0, 1),
      at(5, 2),
      at(10, 3),
      at(14, 4),
      tick(second(14.9)),
      tick(second(15)),
      tick(second(20)),
      at(29, 5),
      at(30, 6)
    ])
    assert.deepStrictEqual(sent(story), [
      [0, "1/0"],
      [15, "4/0"],
      [30, "6/0"]
    ])
  })

  it("go out in their turn when the feed falls silent, and after a restart", () => {
    const waiting = play(begin(spaced), [at(0, 1), at(5, 2)])
    assert.deepStrictEqual(sent(goOn(waiting, silent(second(15)))), [[15, "2/0"]])
    assert.deepStrictEqual(sent(play(restarted(waiting.state), [tick(second(15))])), [[15, "2/0"]])
  })

  it("that were taken back before their turn leave nothing to send", () => {
    const story = play(begin(spaced), [at(0, 1), at(5, 2), at(10, 1)])
    assert.deepStrictEqual(sent(goOn(story, tick(second(15)), tick(second(30)))), [])
    assert.isFalse(story.state.behind)
  })

  it("that were taken back before their turn are not denied where nobody saw them", () => {
    const four = innings([over("A", "X", "1 4 1", "B")])
    const none = innings([over("A", "X", "1 . 1", "B")])
    const story = play(begin(spaced), [
      read(snapshot([after(1, four)], { at: second(0) })),
      read(snapshot([after(2, four)], { at: second(5) })),
      read(snapshot([after(2, none)], { at: second(10) })),
      read(snapshot([after(3, none)], { at: second(16) }))
    ])
    assert.deepStrictEqual(
      story.bulletins.map(({ content }) => [content.expanded.score, content.keyEvent]),
      [
        ["1/0", undefined],
        ["2/0", undefined]
      ]
    )
  })

  it("make the next look come in time, and no look more than that", () => {
    const wait = (story: Story, seconds: number) =>
      Duration.toMillis(ActiveMatch.cadence(story.state, second(seconds)))
    const calm = play(begin(spaced), [at(0, 1)])
    assert.isNull(ActiveMatch.nextDue(calm.state))
    assert.strictEqual(wait(calm, 14), 2500)
    const waiting = goOn(calm, at(5, 2))
    assert.strictEqual(ActiveMatch.nextDue(waiting.state), second(15))
    assert.deepStrictEqual([wait(waiting, 5), wait(waiting, 14.5)], [2500, 500])
    assert.isNull(ActiveMatch.nextDue(goOn(waiting, tick(second(15))).state))
  })

  it.each(["drinks", "suspended", "innings break", "stumps"] as const)("do not delay %s", (status) => {
    const story = play(begin(spaced), [at(0, 1), at(1, 1, { status })])
    assert.strictEqual(story.bulletins.at(-1)?.at, second(1))
  })

  it("do not delay that play goes on", () => {
    const story = play(begin(spaced), [at(0, 1, { status: "drinks" }), at(1, 1)])
    assert.strictEqual(story.bulletins.length, 2)
  })

  it("do not delay what buzzes, nor its repair", () => {
    const back = changed(after(10, one), "1.4", { dismissals: [] })
    const story = play(begin(spaced), [at(0, 9), at(1, 10), read(snapshot([back], { at: second(2) }))])
    assert.deepStrictEqual(
      story.bulletins.map(({ at, content, importance }) => [
        (at - second(0)) / 1000,
        content.keyEvent?.type,
        importance.priority
      ]),
      [
        [0, undefined, 5],
        [1, "wicket", 10],
        [2, "correction", 10]
      ]
    )
  })

  it("are not held back by a clock that was set back by minutes", () => {
    const story = play(begin(spaced), [at(600, 1), at(0, 2)])
    assert.strictEqual(story.bulletins.length, 2)
  })
})

const statuses = ["live", "live", "live", "live", "live", "drinks", "suspended", "innings break"] as const

/** A match as it may be watched: readings that go on, repeat or fail, and a clock that goes on by bounds. */
const watched = (seed: number, manner: ActiveMatch.Manner): Story => {
  const dice = chance(seed)
  const reading = innings(someOvers(dice, 6))
  const inputs: Array<ActiveMatch.Input> = []
  let now = 0
  for (let balls = 0; balls <= ballsOf(reading); balls += dice.below(2)) {
    now += dice.pick([500, 1000, 2500, 5000, 20_000, 400_000])
    const when = Instant.fromMillis(second(0) + now)
    inputs.push(
      dice.below(6) === 0
        ? dice.pick([tick(when), silent(when)])
        : read(snapshot([after(balls, reading)], { at: when, status: dice.pick(statuses) }))
    )
  }
  return play(begin(manner), inputs)
}

const manners: ReadonlyArray<ActiveMatch.Manner> = [
  ActiveMatch.plain,
  ActiveMatch.careful,
  { confirmWithin: 5000, spacing: 0 },
  { confirmWithin: 0, spacing: 15_000 }
]

describe("However a match is watched", () => {
  it.prop("after quiet, screens show the newest state", [Seed], ([seed]) => {
    for (const manner of manners) {
      let { state } = watched(seed, manner)
      for (let due = ActiveMatch.nextDue(state); due !== null; due = ActiveMatch.nextDue(state)) {
        const next = play(state, [tick(due)]).state
        assert.notStrictEqual(next, state, "a turn that has come changes something")
        state = next
      }
      const newest = Display.of(state.match!, state.shown, 0, 0)
      assert.isTrue(ContentState.looksLike(state.content!, newest))
      assert.deepStrictEqual(state.held, [])
    }
  })

  it.prop("two quiet changes of the same play are as far apart as they should be", [Seed], ([seed]) => {
    const { bulletins } = watched(seed, spaced)
    bulletins.forEach((bulletin, index) => {
      const before = bulletins[index - 1]
      if (before === undefined || bulletin.importance.priority === 10) return
      const { interruption, phase } = bulletin.content
      if (before.content.interruption !== interruption || before.content.phase !== phase) return
      assert.isAtLeast(bulletin.at - before.at, spaced.spacing)
    })
  })

  it.prop("nothing is told that a plain manner would not tell, nor told twice", [Seed], ([seed]) => {
    const plain = new Set(watched(seed, ActiveMatch.plain).headlines.map((one) => JSON.stringify(one)))
    const careful = watched(seed, ActiveMatch.careful).headlines.map((one) => JSON.stringify(one))
    assert.deepStrictEqual(
      careful.filter((one) => !plain.has(one)),
      []
    )
    assert.strictEqual(new Set(careful).size, careful.length)
  })

  it.prop("whatever is held is told or dropped, and says so", [Seed], ([seed]) => {
    const story = watched(seed, ActiveMatch.careful)
    const last = goOn(story, tick(Instant.fromMillis(second(0) + 1e9)))
    const outputs = [...story.outputs, ...last.outputs]
    const held = outputs.filter(({ _tag }) => _tag === "Held").length
    const dropped = outputs.filter(({ _tag }) => _tag === "Dropped").length
    const heldTold = outputs.flatMap((one) => (one._tag === "Held" ? [JSON.stringify(one.event)] : []))
    const headlines = new Set([...story.headlines, ...last.headlines].map((one) => JSON.stringify(one)))
    assert.strictEqual(heldTold.filter((one) => headlines.has(one)).length + dropped, held)
    assert.isTrue(tags(outputs).length >= held)
  })

  it.prop("stamps rise strictly, also among bulletins of one step", [Seed], ([seed]) => {
    for (const manner of manners) {
      const { bulletins } = watched(seed, manner)
      bulletins.forEach(({ stamp }, index) => {
        if (index > 0) assert.isAbove(stamp, bulletins[index - 1]!.stamp)
      })
    }
  })

  it.prop("no hour has more at priority 10 than is planned", [Seed], ([seed]) => {
    for (const manner of manners) assertWithinPlan(watched(seed, manner))
  })
})

const assertWithinPlan = ({ bulletins }: Story): void => {
  for (const level of ["normal", "frequent"] as const) {
    const used = bulletins.filter(({ ends, priority }) => priority[level] === 10 && ends === null)
    for (const { at } of used) {
      const hour = used.filter((one) => one.at >= at && one.at - at < 3_600_000).length
      assert.isAtMost(hour, { normal: 12, frequent: 120 }[level])
    }
  }
}
