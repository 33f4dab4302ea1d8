import { type ContentState, Fit } from "@sightscreen/domain"
import { Result } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { chance, Seed } from "../support/chance.ts"
import { innings, over, second, snapshot } from "../support/cricket.ts"
import { watch } from "../support/story.ts"

/** A whole screen: a chase, with news. */
const whole = ((): ContentState.ContentState => {
  const first = innings([over("A", "X", "4 4 4 4 4 4", "B")])
  const chase = innings(
    [[...over("P", "Y", "1 6 1 W", "Q"), ...over("R", "Y", ". 2", "Q")], over("R", "Z", "1 6", "Q")],
    { batting: "away" }
  )
  const story = watch(
    snapshot([first]),
    snapshot([first, innings([], { batting: "away" })], { at: second(20) }),
    snapshot([first, chase], { at: second(60) })
  )
  return story.bulletins.at(-1)!.content
})()

/** What is left when that many bytes are too many. */
const left = (state: ContentState.ContentState, max: number) => {
  const { batters, equation, lastBalls, partnership } = Result.getOrThrow(
    Fit.fit(state, Fit.bytesOf, max)
  ).expanded
  return [
    lastBalls.length > 0,
    partnership !== undefined,
    Result.getOrThrow(Fit.fit(state, Fit.bytesOf, max)).keyEvent?.detail !== undefined,
    equation !== undefined,
    batters.length > 1
  ]
}

describe("Fit", () => {
  it("leaves alone what fits", () => {
    assert.strictEqual(Result.getOrThrow(Fit.fit(whole)), whole)
    assert.deepStrictEqual(left(whole, Fit.bytesOf(whole)), [true, true, true, true, true])
  })

  it("leaves out last balls, partnership, detail, equation and the second batter, in that order", () => {
    const sizes: Array<ReadonlyArray<boolean>> = []
    let size = Fit.bytesOf(whole)
    for (let dropped = 0; dropped < 5; dropped++) {
      sizes.push(left(whole, size - 1))
      size = Fit.bytesOf(Result.getOrThrow(Fit.fit(whole, Fit.bytesOf, size - 1)))
    }
    assert.deepStrictEqual(sizes, [
      [false, true, true, true, true],
      [false, false, true, true, true],
      [false, false, false, true, true],
      [false, false, false, false, true],
      [false, false, false, false, false]
    ])
  })

  const withName = (name: string): ContentState.ContentState => ({
    ...whole,
    expanded: {
      ...whole.expanded,
      battingCode: name,
      title: name,
      statusLine: name,
      batters: whole.expanded.batters.map((one) => ({ ...one, name })),
      bowler: { name, line: "" }
    },
    compact: { leading: name, trailing: name, minimal: name },
    keyEvent: { type: "six", headline: name, detail: name, at: 0 }
  })

  it.each([
    ["plain letters", "Venkatanarasimharajuvaripeta ", 200],
    ["letters of three bytes", "వెంకటనరసింహరాజువారిపేట", 100],
    ["families", "👨‍👩‍👧‍👦", 400],
    ["one letter under a thousand accents", `a${"\u0301".repeat(1000)}`, 3],
    ["what JSON must escape", '"\\\n', 900],
    ["control characters", "\u0001", 4000],
    ["half a pair", "\ud83d", 3000]
  ])("brings a screen of %s under Apple's limit", (_, name, times) => {
    const fitted = Fit.fit(withName(name.repeat(times)))
    if (Result.isFailure(fitted)) assert.fail(`${fitted.failure.bytes} bytes`)
    assert.isAtMost(Fit.bytesOf(fitted.success), Fit.limit)
    assert.isNotEmpty(fitted.success.expanded.batters[0]!.name)
  })

  it("cuts a code in the compact view, and never the score behind it", () => {
    const code = "राष्ट्रकूटवारियर्स महाराष्ट्र क्षत्रिय संघ"
    const { compact, expanded, ...rest } = withName("Venkatanarasimharajuvaripeta ".repeat(200))
    const state = {
      ...rest,
      expanded: { ...expanded, score: "187/10" },
      compact: { leading: `${code} 187/10`, trailing: compact.trailing, minimal: "187/10" }
    }
    const fitted = Result.getOrThrow(Fit.fit(state))
    assert.deepStrictEqual(
      [fitted.compact.leading, fitted.compact.minimal, fitted.expanded.score],
      ["राष्ट्रकूटवारियर्स महाराष्ट्र क्षत्रि… 187/10", "187/10", "187/10"]
    )
  })

  it("measures the body that the state is sent in", () => {
    const fitted = Fit.fit(
      whole,
      (state) => Fit.bytesOf({ aps: { state } }),
      Fit.bytesOf({ aps: { state: whole } }) - 1
    )
    assert.deepStrictEqual(Result.getOrThrow(fitted).expanded.lastBalls, [])
  })

  it("refuses what does not fit even bare, and says by how much", () => {
    const fitted = Fit.fit(whole, () => 5000)
    assert.deepStrictEqual(Result.isFailure(fitted) ? fitted.failure : null, {
      _tag: "TooLarge",
      bytes: 5000,
      limit: 4096
    })
  })

  describe("cuts", () => {
    it.each([
      ["Sharma", 6, "Sharma"],
      ["Sharma", 5, "Shar…"],
      ["de Kock", 4, "de…"],
      ["नमस्ते", 4, "नमस्ते"],
      ["क्षत्रिय", 2, "क्ष…"],
      ["राष्ट्रकूट", 3, "राष्ट्र…"],
      ["लक्ष्मीनारायण", 3, "लक्ष्मी…"],
      ["न्यूज़ीलैंड", 3, "न्यूज़ी…"],
      ["त्रिविक्रम सिंह", 5, "त्रिविक्रम…"],
      ["e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"],
      ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
      ["🇮🇳🇳🇿🇦🇺", 2, "🇮🇳…"],
      ["👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 8, "👨‍👩‍👧‍👦👨‍👩‍👧‍👦…"]
    ])("%s to %s: %s", (text, graphemes, expected) => {
      assert.strictEqual(Fit.cut(text, graphemes), expected)
    })

    const pieces = [
      "क्ष",
      "त्रि",
      "ज़ी",
      "श्री",
      "र्‍य",
      "स्त्र्यों",
      "क्",
      "ः",
      "న్యూ",
      "🇮🇳",
      "👨‍👩‍👧‍👦",
      "👩🏽‍🚀",
      "e\u0301",
      "x",
      " "
    ]

    it.prop(
      "whatever is written, after a whole grapheme, and to no more than asked for",
      [Seed],
      ([seed]) => {
        const dice = chance(seed)
        const text = Array.from({ length: dice.below(40) }, () => dice.pick(pieces)).join("")
        const whole = [...new Intl.Segmenter("hi").segment(text)].map(({ segment }) => segment)
        const graphemes = 1 + dice.below(30)
        const cut = Fit.cut(text, graphemes)
        if (cut === text) return assert.isAtMost(whole.length, graphemes)
        const kept = cut.slice(0, -1)
        const starts = whole.map((_, index) => whole.slice(0, index).join("").trimEnd())
        assert.include(starts.slice(0, graphemes), kept)
        assert.isTrue(cut.endsWith("…"))
      }
    )

    it("no grapheme in two", () => {
      const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" })
      const text = "న్యూ👩🏽‍🚀e\u0301🇮🇳x".repeat(9)
      const whole = new Set([...segmenter.segment(text)].map(({ segment }) => segment))
      for (let graphemes = 1; graphemes < 45; graphemes++) {
        for (const { segment } of segmenter.segment(Fit.cut(text, graphemes).replace(/…$/, ""))) {
          assert.isTrue(whole.has(segment), `${segment} at ${graphemes}`)
        }
      }
    })
  })
})
