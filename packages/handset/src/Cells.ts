/**
 * Text measured in the cells of a terminal: a wide character takes two, an accent none, whatever its number of code units.
 *
 * A cut never goes through a character that a person would call one.
 */
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })

const ascii = /^[\x20-\x7e]*$/
const invisible = /^[\p{Mark}\p{Format}]+$/u
const emoji = /\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Regional_Indicator}{2}/u

/** Unicode: East Asian Width, the blocks that are wide as a whole. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u

export const width = (text: string): number => {
  if (ascii.test(text)) return text.length
  let cells = 0
  for (const { segment } of graphemes.segment(text)) cells += widthOf(segment)
  return cells
}

/** Control characters become blanks: a name from a feed does not get to move the cursor. */
export const plain = (text: string): string => text.replace(/\p{Control}+/gu, " ").trim()

/** At most so many cells, with an ellipsis where something was cut off. */
export const cut = (text: string, cells: number): string => {
  if (width(text) <= cells) return text
  let kept = ""
  let left = cells - 1
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment)
    if (left < 0) break
    kept += segment
  }
  return cells < 1 ? "" : `${kept.trimEnd()}…`
}

/** Exactly so many cells, filled up on the right. */
export const fit = (text: string, cells: number): string => {
  const found = cut(text, cells)
  return found + " ".repeat(Math.max(0, cells - width(found)))
}

/** Exactly so many cells with one text at each end; the left one gives way. */
export const spread = (left: string, right: string, cells: number): string => {
  if (right === "") return fit(left, cells)
  const end = cut(right, cells)
  const room = cells - width(end) - 1
  return room < 1 ? fit(end, cells) : `${fit(left, room)} ${end}`
}

/** At most so many lines of at most so many cells, broken between words; the last one is cut. */
export const wrap = (text: string, cells: number, lines: number): ReadonlyArray<string> => {
  const found: Array<string> = []
  let rest = text
  while (width(rest) > cells && found.length < lines - 1) {
    const head = cut(rest, cells + 1).slice(0, -1)
    const at = rest[head.length] === " " ? head.length : head.lastIndexOf(" ")
    if (at < 1) break
    found.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  return [...found, cut(rest, cells)]
}

const widthOf = (grapheme: string): number => {
  if (invisible.test(grapheme)) return 0
  return emoji.test(grapheme) || wide.test(grapheme) ? 2 : 1
}
