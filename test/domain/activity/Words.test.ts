import { Language, Words } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"

type Phrases = Words.Words

/** Something to put into every phrase that takes something. A phrase without a sample does not compile. */
const samples: {
  readonly [K in keyof Phrases as Phrases[K] extends (...given: never) => string
    ? K
    : never]: Phrases[K] extends (...given: infer Given) => string ? ReadonlyArray<Given> : never
} = {
  versus: [["<home>", "<away>"]],
  runRate: [["8.50"], ["–"]],
  requiredRate: [["8.50"]],
  target: [[181]],
  needs: [["<code>", 12]],
  needsOff: [
    ["<code>", 40, 24],
    ["<code>", 2, 1]
  ],
  bowled: [["<bowler>"]],
  caught: [["<bowler>"]],
  caughtBy: [["<fielder>", "<bowler>"]],
  caughtAndBowled: [["<bowler>"]],
  lbw: [["<bowler>"]],
  stumped: [["<bowler>"]],
  stumpedBy: [["<fielder>", "<bowler>"]],
  hitWicket: [["<bowler>"]],
  runOutBy: [["<fielders>"]],
  manyRuns: [[400]],
  inningsTotal: [["<total>", "19.3"]],
  runsOff: [
    [100, 60],
    [6, 1]
  ],
  figures: [[3, 10, "3.2"]],
  nearHundred: [["<batter>", 96]],
  batterOnFire: [["<batter>"]],
  bowlerOnFire: [["<bowler>"]],
  comesIn: [["<batter>"]],
  onHatTrick: [["<bowler>"]],
  sixesInARow: [["7"]],
  maiden: [["<bowler>"]],
  notOut: [["<batter>"]],
  notSo: [["<what>", "<total>"]],
  wicketAt: [["<score>"]],
  sentences: [["<first>", "<second>"]],
  wonBy: [["<team>", "<margin>"]],
  won: [["<team>"]],
  byRuns: [[1], [96]],
  byWickets: [[1], [7]],
  byInningsAndRuns: [[1], [46]],
  method: [["<method>"]],
  tiedAndWon: [["<team>", "<decider>"]],
  awardedTo: [["<team>"]],
  leads: [["<code>", 110]],
  trails: [["<code>", 180]],
  batting: [["<code>", "87/3", "12.4"]],
  declared: [["<score>"]],
  startsIn: [[1], [30]]
}

interface Said {
  readonly phrase: string
  readonly given: ReadonlyArray<string | number>
  readonly text: string
}

/** Every phrase of a table, with what was put into it. */
const said = (words: Phrases): ReadonlyArray<Said> =>
  Object.entries(words).flatMap(([phrase, value]: [string, Phrases[keyof Phrases]]): ReadonlyArray<Said> => {
    if (typeof value === "string") return [{ phrase, given: [], text: value }]
    if (typeof value === "object") {
      return Object.entries(value).map(([key, text]) => ({ phrase: `${phrase}.${key}`, given: [], text }))
    }
    const given = (samples as Readonly<Record<string, ReadonlyArray<ReadonlyArray<string | number>>>>)[
      phrase
    ]!
    return given.map((some) => ({
      phrase,
      given: some,
      text: (value as (...given: ReadonlyArray<string | number>) => string)(...some)
    }))
  })

const names = /<\w+>/g

for (const language of Language.all) {
  describe(`In ${language}`, () => {
    const all = said(Words.of(language))

    it("there are words for everything", () => {
      for (const { phrase, text } of all) assert.notStrictEqual(text.trim(), "", phrase)
    })

    it("all that is given is said", () => {
      for (const { given, phrase, text } of all) {
        for (const one of given) assert.include(text, `${one}`, phrase)
      }
    })

    it("no phrase has an edge of blanks, or two of them running", () => {
      for (const { phrase, text } of all) assert.notMatch(text, /^\s|\s$|\s\s/, phrase)
    })

    it("letters are whole, as composed as Unicode has them", () => {
      for (const { phrase, text } of all) {
        assert.strictEqual(text, text.normalize("NFC"), phrase)
        assert.notMatch(text, /[\u094d\u200c\u200d]$/, phrase)
      }
    })

    it("the same phrases are there as in English", () => {
      assert.deepStrictEqual(
        all.map(({ phrase }) => phrase).sort(),
        said(Words.English)
          .map(({ phrase }) => phrase)
          .sort()
      )
    })
  })
}

describe("Hindi", () => {
  it("has no Latin letter, and no digit but those of scoreboards", () => {
    for (const { phrase, text } of said(Words.Hindi)) {
      const own = text.replace(names, "")
      assert.notMatch(own, /\p{Script=Latin}/u, phrase)
      assert.notMatch(own, /[०-९]/, phrase)
    }
  })

  it.each([
    [Words.Hindi.needsOff("IND", 2, 1), "IND को 1 गेंद में 2 रन चाहिए"],
    [Words.Hindi.needsOff("IND", 40, 24), "IND को 24 गेंदों में 40 रन चाहिए"],
    [Words.Hindi.runsOff(6, 1), "1 गेंद में 6 रन"],
    [Words.Hindi.runsOff(100, 60), "60 गेंदों में 100 रन"]
  ])("bends its words to their number: %s", (text, expected) => {
    assert.strictEqual(text, expected)
  })

  it("knows what feeds call the ways to settle a match, and leaves what it does not know", () => {
    assert.deepStrictEqual(
      ["D/L", "Lost fewer wickets", "lost fewer wickets", "Countback"].map(Words.Hindi.method),
      ["डकवर्थ-लुईस", "कम विकेट गंवाए", "कम विकेट गंवाए", "Countback"]
    )
  })
})
