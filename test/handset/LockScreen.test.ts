import { assert, describe, it } from "@effect/vitest"
import { Step } from "@sightscreen/decider"
import { ContentState } from "@sightscreen/domain"
import { type ActivityKit, App, Cells, Handset, JsonDecoder, LockScreen } from "@sightscreen/handset"
import { Result, Schema } from "effect"
import { content, endOf, fresh, seconds, started, tick, to, updateToken } from "./phone.ts"

const shown = (more: object = {}, ...inputs: ReadonlyArray<Handset.Input>): ActivityKit.Activity => {
  const [phone] = Step.play(Handset.step, fresh(), [...started(more), ...inputs])
  return phone.activities[0]!
}

const card = (activity: ActivityKit.Activity): string => `\n${LockScreen.card(activity).join("\n")}\n`

describe("the lock screen", () => {
  it("shows a chase", () => {
    assert.strictEqual(
      card(shown()),
      `
╭──────────────────────────────────────────╮
│ NZ v IND · T20                    ● LIVE │
│ ICC Men's T20 World Cup                  │
├──────────────────────────────────────────┤
│ IND 188/4                        18.3 ov │
│ RR: 10.16 · RRR: 14.00        Target 209 │
│ IND need 21 off 9                        │
├──────────────────────────────────────────┤
│ ▸ Virat Kohli                    78 (49) │
│   Hardik Pandya                  22 (11) │
│ ○ Mitchell Santner            1/29 (3.3) │
│ 1  •  4  W  6  1          p’ship 45 (28) │
├──────────────────────────────────────────┤
│ ★ SIX!                                   │
│   Virat Kohli                            │
│ India need 21 runs from 9 balls          │
╰──────────────────────────────────────────╯
`
    )
  })

  it("shows a match that has not begun, without room for what is not there", () => {
    const before = {
      ...content,
      phase: "pre",
      interruption: "delayed",
      keyEvent: null,
      expanded: {
        title: "NZ v IND · T20",
        battingCode: "",
        score: "",
        overs: "",
        runRate: "",
        batters: [],
        lastBalls: [],
        statusLine: "Start delayed by rain"
      }
    }
    assert.strictEqual(
      card(shown({ "content-state": before })),
      `
╭──────────────────────────────────────────╮
│ NZ v IND · T20                 ◌ DELAYED │
│ ICC Men's T20 World Cup                  │
├──────────────────────────────────────────┤
│ Start delayed by rain                    │
╰──────────────────────────────────────────╯
`
    )
  })

  it("keeps its frame straight around wide names and long ones", () => {
    const wide = {
      ...content,
      expanded: {
        ...content.expanded,
        batters: [
          { name: "大谷翔平大谷翔平大谷翔平大谷翔平大谷翔平", line: "78 (49)", isOnStrike: true },
          { name: "Pathum Nissanka Silva Wickremasinghe Jr", line: "22 (11)", isOnStrike: false }
        ],
        statusLine: "🏏 José, Zoë\u0301 need 21 runs from 18 balls, with four wickets in hand and rain about"
      },
      keyEvent: null
    }
    assert.deepStrictEqual(LockScreen.card(shown({ "content-state": wide })).slice(8, 14), [
      "│ ▸ 大谷翔平大谷翔平大谷翔平大谷…  78 (49) │",
      "│   Pathum Nissanka Silva Wickrem… 22 (11) │",
      "│ ○ Mitchell Santner            1/29 (3.3) │",
      "│ 1  •  4  W  6  1          p’ship 45 (28) │",
      "├──────────────────────────────────────────┤",
      "│ 🏏 José, Zoë\u0301 need 21 runs from 18 balls, │"
    ])
  })

  it.each([
    ["○ OUT OF DATE", { "stale-date": 1_800_000_002 }, []],
    ["■ ENDED", {}, [to(updateToken(), endOf(9), 9)]],
    [
      "■ RESULT",
      {},
      [to(updateToken(), endOf(9, { "content-state": { ...content, phase: "completed" } }), 9)]
    ],
    ["◌ STUMPS", { "content-state": { ...content, interruption: "stumps" } }, []],
    ["◌ INNINGS BREAK", { "content-state": { ...content, phase: "innings_break" } }, []]
  ] as const)("says %s where that is so", (badge, more, inputs) => {
    assert.isTrue(LockScreen.card(shown(more, ...inputs))[1]?.endsWith(`${badge} │`))
  })

  it("is empty once the activity has left", () => {
    const gone = shown({}, { _tag: "Dismissed", activityId: shown().id, at: seconds(9) }, tick(10))
    assert.deepStrictEqual(LockScreen.card(gone), [])
    assert.deepStrictEqual(LockScreen.lines(gone, 40), [])
  })

  it("shows an app whose version knows less what it knows", () => {
    const { expanded, phase } = content
    const activity = {
      ...shown(),
      content: { phase, expanded: { title: expanded.title, score: expanded.score } }
    }
    assert.deepStrictEqual(LockScreen.lines(activity, 24), [
      "NZ v IND · T20    ● LIVE",
      "ICC Men's T20 World Cup ",
      "                        ",
      "188/4                   "
    ])
  })

  it("lets no name move the cursor", () => {
    const rude = { ...content, expanded: { ...content.expanded, title: "\u001b[2Jgone\r\nnow" } }
    assert.isTrue(LockScreen.card(shown({ "content-state": rude }))[1]?.startsWith("│ [2Jgone now"))
  })

  it.prop(
    "is as wide as asked, whatever is on it",
    [ContentState.ContentState, Schema.Literals([20, 44, 60])],
    ([state, width]) => {
      const decoded = JsonDecoder.decode(
        App.current.contentShape,
        JSON.stringify(state, (_, one: unknown) => (typeof one === "string" ? one.toWellFormed() : one))
      )
      assert.isTrue(Result.isSuccess(decoded))
      if (Result.isFailure(decoded)) return
      const activity = { ...shown(), content: decoded.success as JsonDecoder.Fields }
      for (const row of LockScreen.card(activity, width)) assert.strictEqual(Cells.width(row), width)
    }
  )

  it("is an island while nothing is expanded", () => {
    assert.strictEqual(LockScreen.island(shown()), "( IND 188/4 ◖█◗ 18.3 )")
  })
})

describe("cells", () => {
  it.each([
    ["Root", 4],
    ["José", 4],
    ["Zoe\u0301", 3],
    ["🏏", 2],
    ["🇳🇿", 2],
    ["👨‍👩‍👧", 2],
    ["대한", 4],
    ["● ★ ▸", 5],
    ["", 0]
  ])("of %j are %i", (text, cells) => {
    assert.strictEqual(Cells.width(text), cells)
  })

  it.each([
    ["Virat Kohli", 11, "Virat Kohli"],
    ["Virat Kohli", 10, "Virat Koh…"],
    ["Virat Kohli", 7, "Virat…"],
    ["大谷翔平", 4, "大…"],
    ["👨‍👩‍👧👨‍👩‍👧", 3, "👨‍👩‍👧…"],
    ["Root", 0, ""]
  ])("of %j cut to %i leave %j", (text, cells, expected) => {
    assert.strictEqual(Cells.cut(text, cells), expected)
  })
})
