import { Explain } from "@sightscreen/engine"
import { styleText } from "node:util"
import type { Finding, MatchRow, PhoneRow } from "./Inquiry.ts"
import { DateTime } from "effect"

type Style = Parameters<typeof styleText>[0]

/** What was found as a page for people: what happened, in the order of time, and why. Times are UTC. */
export interface Options {
  readonly colours: boolean
}

export const page = (found: Finding, { colours }: Options): string => {
  const paint = (style: Style | null, text: string): string =>
    colours && style !== null ? styleText(style, text, { validateStream: false }) : text
  switch (found._tag) {
    case "Matches":
      return matches(found.rows, paint)
    case "Match":
      return [
        ...heading(found.match, null, paint),
        ...found.entries.map((one) => line(one, paint)),
        "",
        ...phones(found.phones, paint)
      ].join("\n")
    case "Phone":
      return [
        ...heading(found.match, found.explanation.deviceId, paint),
        ...folded(found.explanation.timeline, paint),
        ...(found.explanation.timeline.length === 0 ? ["  nothing was recorded"] : []),
        ...found.explanation.remarks.map((one) => `  ${one}`)
      ].join("\n")
  }
}

type Paint = (style: Style | null, text: string) => string

const moment = (at: number): string =>
  `${DateTime.formatIsoDateUtc(DateTime.makeUnsafe(at))} ${Explain.clock(at)}`

const matches = (rows: ReadonlyArray<MatchRow>, paint: Paint): string => {
  if (rows.length === 0) return "Nothing has been recorded yet; npm start plays a match."
  const cells = rows.map((row) => [
    row.matchId,
    row.title ?? "",
    `${row.devices}`,
    `${row.bulletins}`,
    moment(row.firstAt),
    moment(row.lastAt)
  ])
  const names = ["match", "", "phones", "bulletins", "from (UTC)", "to"]
  const widths = names.map((name, column) =>
    Math.max(name.length, ...cells.map((row) => row[column]!.length))
  )
  const row = (of: ReadonlyArray<string>): string =>
    of
      .map((cell, column) =>
        column === 2 || column === 3 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
      )
      .join("  ")
      .trimEnd()
  return [paint("dim", row(names)), ...cells.map(row)].join("\n")
}

const heading = (
  { firstAt, matchId, title }: MatchRow,
  phone: string | null,
  paint: Paint
): ReadonlyArray<string> => [
  paint("bold", [matchId, title, phone].filter((part) => part !== null).join(" · ")),
  paint("dim", `${moment(firstAt).slice(0, 10)}, times in UTC`),
  ""
]

const reached: ReadonlySet<unknown> = new Set(["Sent", "Started", "Published"])

const styleOf = ({ facts, kind }: Explain.Entry): Style | null => {
  switch (kind) {
    case "bulletin":
      return facts["answer"] === undefined || reached.has(facts["answer"]) ? null : "yellow"
    case "event":
      return facts["stamp"] === undefined ? "dim" : "cyan"
    case "activity":
    case "ladder":
      return "green"
    case "push":
      return "blue"
    case "match":
    case "channel":
      return "dim"
  }
}

const line = (entry: Explain.Entry, paint: Paint): string =>
  `  ${paint("dim", Explain.clock(entry.at))}  ${paint(styleOf(entry), entry.text)}`

/** What a run of bulletins has in common that did not reach the phone; null for one that did. */
const reason = ({ facts, kind }: Explain.Entry): string | null =>
  kind !== "bulletin" || reached.has(facts["answer"])
    ? null
    : JSON.stringify(
        ["answer", "why", "askedAt", "since", "endedAt", "caughtUp"].map((name) => facts[name] ?? null)
      )

/** Of many bulletins in a row with one reason the first is told, and how many there were. */
const folded = (timeline: ReadonlyArray<Explain.Entry>, paint: Paint): ReadonlyArray<string> => {
  const out: Array<string> = []
  let last: string | null = null
  let more: ReadonlyArray<Explain.Entry> = []
  const flush = (): void => {
    const [first] = more
    const until = more.at(-1)
    if (first !== undefined && until !== undefined) {
      out.push(
        more.length === 1
          ? line(first, paint)
          : `  ${paint("dim", `${Explain.clock(until.at)}  the same of ${more.length} more bulletins until now`)}`
      )
    }
    more = []
  }
  for (const entry of timeline) {
    const why = reason(entry)
    if (why !== null && why === last) {
      more = [...more, entry]
      continue
    }
    // What was noticed meanwhile goes on; what happens to the phone, or another answer, ends the run.
    if (entry.kind !== "event" && entry.kind !== "match") {
      flush()
      last = why
    }
    out.push(line(entry, paint))
  }
  flush()
  return out
}

/** As many as a screen has room for; programs are given all. */
const shown = 50

const phones = (rows: ReadonlyArray<PhoneRow>, paint: Paint): ReadonlyArray<string> => {
  const width = Math.max(0, ...rows.map(({ deviceId }) => deviceId.length))
  const some = rows.slice(0, shown)
  const more = rows.length - some.length
  return [
    paint("bold", rows.length === 1 ? "one phone" : `${rows.length} phones`),
    ...some.flatMap((row) => [
      `  ${row.deviceId.padEnd(width)}  ${paint("dim", [row.status, where(row)].filter((part) => part !== "").join(", "))}`,
      ...row.answers.map((one) => `  ${line(one, paint)}`)
    ]),
    ...(more > 0 ? [paint("dim", `  and ${more} more; --format ndjson has all of them`)] : [])
  ]
}

const where = ({ listens, tail }: PhoneRow): string =>
  listens === null ? "" : `by ${listens} …${tail ?? ""}`
