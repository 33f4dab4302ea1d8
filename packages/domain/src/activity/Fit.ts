import { Result } from "effect"
import type { ContentState } from "./ContentState.ts"

/**
 * Makes a state fit into a push (Apple: 4,096 bytes of body, 5,120 on a channel, and 4 KB of attributes and state together).
 *
 * What matters least goes first, and names are the last to be cut: by grapheme, so that no letter is cut in half.
 */
export const limit = 4096

/** Bytes of a body as it goes over the wire. */
export const bytesOf = (body: unknown): number => encoder.encode(JSON.stringify(body)).length
const encoder = new TextEncoder()

export interface TooLarge {
  readonly _tag: "TooLarge"
  readonly bytes: number
  readonly limit: number
}

type Prune = (state: ContentState) => ContentState

const without = <K extends keyof ContentState["expanded"]>(state: ContentState, key: K): ContentState => {
  const { [key]: _, ...expanded } = state.expanded
  return { ...state, expanded: expanded as ContentState["expanded"] }
}

const prunes: ReadonlyArray<Prune> = [
  (state) => ({ ...state, expanded: { ...state.expanded, lastBalls: [] } }),
  (state) => without(state, "partnership"),
  (state) => {
    if (state.keyEvent === undefined) return state
    const { detail: _, ...keyEvent } = state.keyEvent
    return { ...state, keyEvent }
  },
  (state) => without(state, "equation"),
  (state) => ({ ...state, expanded: { ...state.expanded, batters: state.expanded.batters.slice(0, 1) } }),
  (state) => cutNames(state, 24),
  (state) => cutNames(state, 12)
]

/** Cuts what stands before the score, a team's code; the score stays. */
const cutBefore = (text: string, score: string, graphemes: number): string => {
  const tail = ` ${score}`
  if (score === "" || !text.endsWith(tail)) return cut(text, graphemes)
  return `${cut(text.slice(0, -tail.length), Math.max(1, graphemes - tail.length))}${tail}`
}

/** A grapheme takes one or two units as a rule; some take dozens, and a name of those must still fit. */
const unitsEach = 4

/** Cuts to so many graphemes, the last of them an ellipsis; to fewer where they are oversized. */
export const cut = (text: string, graphemes: number): string => {
  if (text.length <= graphemes) return text
  const room = graphemes * unitsEach
  let kept = ""
  let count = 0
  for (const { segment } of segmenter.segment(text)) {
    if (count === graphemes - 1 || kept.length + segment.length >= room) {
      const isLast = kept.length + segment.length === text.length && text.length <= room
      return isLast ? text : `${kept.trimEnd()}…`
    }
    kept += segment
    count += 1
  }
  return text
}
/** Graphemes are the same in every language; that conjuncts of Indic scripts are whole is Unicode's rule GB9c. */
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" })

const cutNames = (state: ContentState, graphemes: number): ContentState => {
  const { compact, expanded, keyEvent } = state
  const { batters, bowler } = expanded
  return {
    ...state,
    compact: {
      leading: cutBefore(compact.leading, expanded.score, graphemes),
      trailing: cut(compact.trailing, graphemes),
      minimal: cut(compact.minimal, graphemes)
    },
    expanded: {
      ...expanded,
      title: cut(expanded.title, graphemes * 2),
      battingCode: cut(expanded.battingCode, graphemes),
      statusLine: cut(expanded.statusLine, graphemes * 3),
      batters: batters.map((one) => ({ ...one, name: cut(one.name, graphemes) })),
      ...(bowler === undefined ? {} : { bowler: { ...bowler, name: cut(bowler.name, graphemes) } })
    },
    ...(keyEvent === undefined
      ? {}
      : { keyEvent: { ...keyEvent, headline: cut(keyEvent.headline, graphemes * 2) } })
  }
}

/**
 * The state with as little left out as fits, measured in the very body it will be sent in.
 *
 * A state that does not fit even bare is refused: it is better not sent than cut by somebody else.
 */
export const fit = (
  state: ContentState,
  measure: (state: ContentState) => number = bytesOf,
  max: number = limit
): Result.Result<ContentState, TooLarge> => {
  let fitted = state
  let bytes = measure(fitted)
  for (const prune of prunes) {
    if (bytes <= max) return Result.succeed(fitted)
    fitted = prune(fitted)
    bytes = measure(fitted)
  }
  return bytes <= max ? Result.succeed(fitted) : Result.fail({ _tag: "TooLarge", bytes, limit: max })
}
