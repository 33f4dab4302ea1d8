import { Schema } from "effect"
import { Interruption, Phase } from "../cricket/Status.ts"

/**
 * What a lock screen shows: every string ready to render, so that the app formats, computes and decides nothing.
 *
 * The app decodes it with Swift's default `JSONDecoder`, which knows no second chance: one missing or mistyped key, and the
 * screen stays as it was. Hence only strings, whole numbers, booleans and enumerations; times are epoch seconds, never
 * dates (Apple: a `Date` would be counted from 2001); and a key may be left out only where it is optional here.
 */
export const Sentiment = Schema.Literals(["neutral", "exciting", "tense"])
export type Sentiment = typeof Sentiment.Type

export const Perspective = Schema.Literals(["home", "away", "none"])
export type Perspective = typeof Perspective.Type

export const BatterView = Schema.Struct({
  name: Schema.String,
  line: Schema.String,
  isOnStrike: Schema.Boolean
})
export type BatterView = typeof BatterView.Type

export const BowlerView = Schema.Struct({ name: Schema.String, line: Schema.String })
export type BowlerView = typeof BowlerView.Type

export const KeyEvent = Schema.Struct({
  /** A name of `MatchEvent`, or `correction` when something shown before was taken back. */
  type: Schema.String,
  headline: Schema.String,
  detail: Schema.optionalKey(Schema.String),
  /** Epoch seconds. */
  at: Schema.Int
})
export type KeyEvent = typeof KeyEvent.Type

export const ContentState = Schema.Struct({
  phase: Phase,
  interruption: Interruption,
  sentiment: Sentiment,
  /** The side that bats. */
  perspective: Perspective,
  /** Counts what was issued for the match; for the eyes of people who debug. */
  sequence: Schema.Int,
  /** Epoch seconds. */
  updatedAt: Schema.Int,
  compact: Schema.Struct({ leading: Schema.String, trailing: Schema.String, minimal: Schema.String }),
  expanded: Schema.Struct({
    title: Schema.String,
    battingCode: Schema.String,
    score: Schema.String,
    overs: Schema.String,
    runRate: Schema.String,
    requiredRate: Schema.optionalKey(Schema.String),
    target: Schema.optionalKey(Schema.String),
    equation: Schema.optionalKey(Schema.String),
    /** At most two. */
    batters: Schema.Array(BatterView),
    bowler: Schema.optionalKey(BowlerView),
    /** At most six, oldest first. */
    lastBalls: Schema.Array(Schema.String),
    partnership: Schema.optionalKey(Schema.String),
    statusLine: Schema.String
  }),
  keyEvent: Schema.optionalKey(KeyEvent)
})
export type ContentState = typeof ContentState.Type

/**
 * The same state with its keys in the order in which they stand here, however it came to be: decided just now, or read back
 * from where it was kept. What is sent twice is then the same to the byte.
 */
export const inOrder = (self: ContentState): ContentState => {
  const known = ordered.get(self)
  if (known !== undefined) return known
  const made = arranged(self)
  ordered.set(self, made)
  return made
}

/** Every cohort of a language asks for it, and every phone that comes late: they are given the very same one. */
const ordered = new WeakMap<ContentState, ContentState>()

const arranged = (self: ContentState): ContentState => {
  const { compact, expanded, keyEvent } = self
  const { bowler, equation, partnership, requiredRate, target } = expanded
  return {
    phase: self.phase,
    interruption: self.interruption,
    sentiment: self.sentiment,
    perspective: self.perspective,
    sequence: self.sequence,
    updatedAt: self.updatedAt,
    compact: { leading: compact.leading, trailing: compact.trailing, minimal: compact.minimal },
    expanded: {
      title: expanded.title,
      battingCode: expanded.battingCode,
      score: expanded.score,
      overs: expanded.overs,
      runRate: expanded.runRate,
      ...(requiredRate === undefined ? {} : { requiredRate }),
      ...(target === undefined ? {} : { target }),
      ...(equation === undefined ? {} : { equation }),
      batters: expanded.batters.map(({ isOnStrike, line, name }) => ({ name, line, isOnStrike })),
      ...(bowler === undefined ? {} : { bowler: { name: bowler.name, line: bowler.line } }),
      lastBalls: expanded.lastBalls,
      ...(partnership === undefined ? {} : { partnership }),
      statusLine: expanded.statusLine
    },
    ...(keyEvent === undefined
      ? {}
      : {
          keyEvent: {
            type: keyEvent.type,
            headline: keyEvent.headline,
            ...(keyEvent.detail === undefined ? {} : { detail: keyEvent.detail }),
            at: keyEvent.at
          }
        })
  }
}

/** Looks the same on a screen; the counters that only rise are left out. */
export const looksLike = (self: ContentState, that: ContentState): boolean => {
  const a = self.expanded
  const b = that.expanded
  return (
    self.phase === that.phase &&
    self.interruption === that.interruption &&
    self.sentiment === that.sentiment &&
    self.perspective === that.perspective &&
    self.compact.leading === that.compact.leading &&
    self.compact.trailing === that.compact.trailing &&
    self.compact.minimal === that.compact.minimal &&
    a.title === b.title &&
    a.battingCode === b.battingCode &&
    a.score === b.score &&
    a.overs === b.overs &&
    a.runRate === b.runRate &&
    a.requiredRate === b.requiredRate &&
    a.target === b.target &&
    a.equation === b.equation &&
    a.partnership === b.partnership &&
    a.statusLine === b.statusLine &&
    a.bowler?.name === b.bowler?.name &&
    a.bowler?.line === b.bowler?.line &&
    a.lastBalls.length === b.lastBalls.length &&
    a.lastBalls.every((ball, index) => ball === b.lastBalls[index]) &&
    a.batters.length === b.batters.length &&
    a.batters.every((one, index) => {
      const other = b.batters[index]!
      return one.name === other.name && one.line === other.line && one.isOnStrike === other.isOnStrike
    }) &&
    self.keyEvent?.type === that.keyEvent?.type &&
    self.keyEvent?.headline === that.keyEvent?.headline &&
    self.keyEvent?.detail === that.keyEvent?.detail &&
    self.keyEvent?.at === that.keyEvent?.at
  )
}
