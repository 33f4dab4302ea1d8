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

/** Cuts to so many graphemes, the last of them an ellipsis. */
export const cut = (text: string, graphemes: number): string => {
  if (text.length <= graphemes) return text
  const parts = [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)]
  return parts.length <= graphemes
    ? text
    : `${parts
        .slice(0, graphemes - 1)
        .map(({ segment }) => segment)
        .join("")
        .trimEnd()}…`
}

const cutNames = (state: ContentState, graphemes: number): ContentState => {
  const { batters, bowler } = state.expanded
  return {
    ...state,
    expanded: {
      ...state.expanded,
      title: cut(state.expanded.title, graphemes * 2),
      statusLine: cut(state.expanded.statusLine, graphemes * 3),
      batters: batters.map((one) => ({ ...one, name: cut(one.name, graphemes) })),
      ...(bowler === undefined ? {} : { bowler: { ...bowler, name: cut(bowler.name, graphemes) } })
    },
    ...(state.keyEvent === undefined
      ? {}
      : { keyEvent: { ...state.keyEvent, headline: cut(state.keyEvent.headline, graphemes * 2) } })
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
