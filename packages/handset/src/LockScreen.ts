import { type Activity, isVisible } from "./ActivityKit.ts"
import * as Cells from "./Cells.ts"
import type { Decoded, Fields } from "./JsonDecoder.ts"

/**
 * What the phone shows for an activity, as lines of plain text.
 *
 * It draws what was decoded, never what was sent. A field that this version of the app does not have is left out, with the
 * room it would have taken.
 */
export const usualWidth = 44

/** The rows inside a card, each exactly so wide; an empty list once the activity has left the screen. */
export const lines = (activity: Activity, width: number): ReadonlyArray<string> =>
  sections(activity, width).flatMap((section, index) =>
    index === 0 ? section : [" ".repeat(width), ...section]
  )

/** The same as a card with its frame, so wide on the outside. */
export const card = (activity: Activity, width: number = usualWidth): ReadonlyArray<string> => {
  const found = sections(activity, width - 4)
  if (found.length === 0) return []
  const bar = "─".repeat(width - 2)
  return [
    `╭${bar}╮`,
    ...found.flatMap((section, index) => [
      ...(index === 0 ? [] : [`├${bar}┤`]),
      ...section.map((row) => `│ ${row} │`)
    ]),
    `╰${bar}╯`
  ]
}

/** The Dynamic Island while nothing is expanded. */
export const island = ({ content }: Activity): string =>
  `( ${text(content, "compact", "leading")} ◖█◗ ${text(content, "compact", "trailing")} )`

const sections = (activity: Activity, width: number): ReadonlyArray<ReadonlyArray<string>> =>
  isVisible(activity)
    ? [head(activity, width), score(activity, width), middle(activity, width), foot(activity, width)].filter(
        (section) => section.length > 0
      )
    : []

const head = (activity: Activity, width: number): ReadonlyArray<string> => {
  const league = text(activity.attributes, "leagueName")
  return [
    Cells.spread(text(activity.content, "expanded", "title"), badge(activity), width),
    ...(league === "" ? [] : [Cells.fit(league, width)])
  ]
}

const interruptions: Readonly<Record<string, string>> = {
  break: "◌ BREAK",
  delayed: "◌ DELAYED",
  postponed: "◌ POSTPONED",
  stumps: "◌ STUMPS",
  suspended: "◌ SUSPENDED"
}

const phases: Readonly<Record<string, string>> = {
  pre: "○ SOON",
  live: "● LIVE",
  innings_break: "◌ INNINGS BREAK",
  completed: "■ RESULT",
  abandoned: "■ ABANDONED"
}

const badge = ({ content, state }: Activity): string => {
  if (state._tag === "Stale") return "○ OUT OF DATE"
  const phase = text(content, "phase")
  // The end of a match says more than the end of its activity; without a result there is only the latter to tell.
  if (state._tag === "Ended" && phase !== "completed" && phase !== "abandoned") return "■ ENDED"
  return interruptions[text(content, "interruption")] ?? phases[phase] ?? ""
}

const score = ({ content }: Activity, width: number): ReadonlyArray<string> => {
  const say = (field: string) => text(content, "expanded", field)
  const total = joined(" ", say("battingCode"), say("score"))
  if (total === "") return []
  const overs = say("overs")
  const rates = joined(" · ", say("runRate"), say("requiredRate"))
  const target = say("target")
  const equation = say("equation")
  return [
    Cells.spread(total, /\d$/.test(overs) ? `${overs} ov` : overs, width),
    ...(rates === "" && target === "" ? [] : [Cells.spread(rates, target, width)]),
    ...(equation === "" ? [] : [Cells.fit(equation, width)])
  ]
}

const middle = ({ content }: Activity, width: number): ReadonlyArray<string> => {
  const expanded = at(content, "expanded")
  const rows = list(at(expanded, "batters")).map((one) =>
    Cells.spread(
      `${at(one, "isOnStrike") === true ? "▸" : " "} ${text(one, "name")}`,
      text(one, "line"),
      width
    )
  )
  const bowler = at(expanded, "bowler")
  if (bowler !== undefined && bowler !== null) {
    rows.push(Cells.spread(`○ ${text(bowler, "name")}`, text(bowler, "line"), width))
  }
  const balls = list(at(expanded, "lastBalls")).map((one) =>
    typeof one === "string" ? Cells.plain(one) : ""
  )
  const partnership = text(expanded, "partnership")
  if (balls.length > 0 || partnership !== "") {
    rows.push(Cells.spread(balls.join("  "), partnership === "" ? "" : `p’ship ${partnership}`, width))
  }
  return rows
}

const foot = ({ content }: Activity, width: number): ReadonlyArray<string> => {
  const event = at(content, "keyEvent")
  const headline = text(event, "headline")
  const detail = text(event, "detail")
  const status = text(content, "expanded", "statusLine")
  return [
    ...(headline === "" ? [] : [Cells.fit(`★ ${headline}`, width)]),
    ...(headline === "" || detail === "" ? [] : [Cells.fit(`  ${detail}`, width)]),
    // What a result or a chase comes down to is worth a second line.
    ...(status === "" ? [] : Cells.wrap(status, width, 2).map((row) => Cells.fit(row, width)))
  ]
}

const joined = (between: string, ...parts: ReadonlyArray<string>): string =>
  parts.filter((part) => part !== "").join(between)

const at = (from: Decoded | undefined, name: string): Decoded | undefined =>
  isFields(from) ? from[name] : undefined

const isFields = (it: Decoded | undefined): it is Fields =>
  typeof it === "object" && it !== null && !Array.isArray(it)

const list = (it: Decoded | undefined): ReadonlyArray<Decoded> => (Array.isArray(it) ? it : [])

const text = (from: Decoded | undefined, ...path: ReadonlyArray<string>): string => {
  const found = path.reduce(at, from)
  return typeof found === "string" ? Cells.plain(found) : ""
}
