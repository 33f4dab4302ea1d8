import { type ContentState, Display, Fit, Language, Match, Wording, Words } from "@sightscreen/domain"
import { Result } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { bundled } from "../support/recordings.ts"
import { renamed, type Screen, screens } from "./screens.ts"

const known = bundled()

/** What is said on a screen: everything but figures, names and balls. */
const saidOn = ({ expanded, keyEvent }: ContentState.ContentState): ReadonlyArray<string> =>
  [
    expanded.title,
    expanded.statusLine,
    expanded.runRate,
    expanded.requiredRate,
    expanded.target,
    expanded.equation,
    keyEvent?.headline,
    keyEvent?.detail
  ].filter((text) => text !== undefined)

/** The state without what is said on it. */
const unsaid = ({ expanded, keyEvent, ...rest }: ContentState.ContentState): unknown => {
  const said = { title: "", statusLine: "", runRate: "" }
  const { equation: _, requiredRate: __, target: ___, ...figures } = expanded
  return { ...rest, expanded: { ...figures, ...said }, event: [keyEvent?.type, keyEvent?.at] }
}

const inLanguage = ({ content, match, shown }: Screen, language: Language.Language) =>
  Display.inLanguage(content, match, shown, language)

const alertIn = ({ event, match }: Screen, words: Words.Words): Wording.Notice | null =>
  event === null ? null : Wording.alert(event, match, words)

/** Everything in a recording that is a name, longest first, so that no name is taken for a part of another. */
const namesIn = ({ info, innings, players }: (typeof known)[number]["recording"]): ReadonlyArray<string> => {
  const { away, home } = info
  const fielders = innings.flatMap(({ overs }) =>
    overs.flatMap(({ deliveries }) =>
      deliveries.flatMap(({ dismissals }) => dismissals.flatMap(({ fielders }) => fielders))
    )
  )
  const all = new Set([...Object.values(players), ...fielders, home.name, away.name, home.code, away.code])
  return [...all].sort((a, b) => b.length - a.length)
}

describe("At every ball of a match", () => {
  for (const { name, recording } of known) {
    describe(name, () => {
      const all = screens(recording)

      it("the English state is what is kept, and what its words say", () => {
        assert.isAbove(all.length, 100)
        for (const screen of all) {
          assert.strictEqual(inLanguage(screen, "en"), screen.content)
          const { content, match, shown } = screen
          assert.deepStrictEqual(Display.inWords(content, match, shown, Words.English), content)
        }
      })

      it("the way to Hindi and back loses nothing, and changes no figure", () => {
        for (const screen of all) {
          const hindi = inLanguage(screen, "hi")
          assert.deepStrictEqual(unsaid(hindi), unsaid(screen.content))
          assert.deepStrictEqual(
            Display.inWords(hindi, screen.match, screen.shown, Words.English),
            screen.content
          )
        }
      })

      it("a match that was kept without its balls says the same", () => {
        for (const screen of all) {
          const kept = { ...screen, match: Match.withoutBalls(screen.match) }
          assert.deepStrictEqual(inLanguage(kept, "hi"), inLanguage(screen, "hi"))
        }
      })

      it("no English word is left in Hindi", () => {
        const names = namesIn(recording)
        for (const screen of all) {
          const alert = alertIn(screen, Words.Hindi)
          const said = saidOn(inLanguage(screen, "hi"))
          for (const text of alert === null ? said : [...said, alert.title, alert.body]) {
            const own = names.reduce((rest, name) => rest.replaceAll(name, ""), text)
            assert.notMatch(own, /\p{Script=Latin}/u, text)
          }
        }
      })
    })
  }
})

const segmenter = new Intl.Segmenter("hi", { granularity: "grapheme" })
const graphemes = (text: string): ReadonlyArray<string> =>
  [...segmenter.segment(text)].map(({ segment }) => segment)

/** The text is the whole of the other, or as many of its first graphemes as there are, and an ellipsis. */
const assertWhole = (text: string, whole: string): void => {
  if (text === whole) return
  const [kept, rest] = text.split("…")
  const parts = graphemes(kept!)
  assert.deepStrictEqual(parts, graphemes(whole).slice(0, parts.length), text)
  // A code that gave way to the score behind it.
  if (rest !== "") assert.isTrue(/^ \d+(\/\d)?$/.test(rest!) && whole.endsWith(rest!), text)
}

/** The strings of two states that stand in the same place. */
const pairs = (self: unknown, that: unknown): ReadonlyArray<readonly [string, string]> => {
  if (typeof self === "string") return [[self, that as string]]
  if (typeof self !== "object" || self === null) return []
  return Object.entries(self).flatMap(([key, value]) =>
    pairs(value, (that as Readonly<Record<string, unknown>>)[key])
  )
}

/** Room that Apple's keys take beside the state and the alert. */
const envelope = 300

interface Naming {
  readonly rename: (name: string) => string
  /** One screen of so many is looked at. */
  readonly every: number
}

const namings: Readonly<Record<string, Naming>> = {
  "their own": { rename: (name) => name, every: 1 },
  "long Devanagari": {
    rename: (name) => `${name} वेंकटनरसिंहराजुवारिपेटा लक्ष्मीनारायणशास्त्री त्रिविक्रमसिंह राष्ट्रकूट`,
    every: 3
  },
  "endless Devanagari": { rename: (name) => `${"श्रीकृष्णक्षत्रियार्जुन".repeat(30)} ${name}`, every: 15 },
  "flags and families": { rename: (name) => `${"🇮🇳👨‍👩‍👧‍👦".repeat(20)}${name}`, every: 20 }
}

describe("At every ball everything fits, and nothing is cut in two, where names are", () => {
  for (const [naming, { every, rename }] of Object.entries(namings)) {
    for (const language of Language.all) {
      it(`${naming}, in ${language}`, () => {
        const words = Words.of(language)
        for (const { recording } of known) {
          for (const [index, screen] of screens(renamed(recording, rename)).entries()) {
            if (index % every !== 0) continue
            const state = inLanguage(screen, language)
            const whole = alertIn(screen, words)
            const alert =
              whole === null ? null : { title: Fit.cut(whole.title, 60), body: Fit.cut(whole.body, 140) }
            const beside = envelope + Fit.bytesOf(alert)
            const fitted = Fit.fit(state, (one) => Fit.bytesOf(one) + beside)
            if (Result.isFailure(fitted)) return assert.fail(`${fitted.failure.bytes} bytes`)
            const { success } = fitted
            assert.isAtMost(Fit.bytesOf(success) + beside, Fit.limit)
            const { score } = state.expanded
            assert.strictEqual(success.expanded.score, score)
            assert.isTrue(success.compact.leading.endsWith(score))
            if (score !== "") assert.strictEqual(success.compact.minimal, score)
            if (success !== state) for (const [cut, from] of pairs(success, state)) assertWhole(cut, from)
            if (alert === null || whole === null) continue
            assertWhole(alert.title, whole.title)
            assertWhole(alert.body, whole.body)
          }
        }
      })
    }
  }
})
