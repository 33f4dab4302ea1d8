import { Innings, Match, type MatchEvent, Wording } from "@sightscreen/domain"
import { type Recording, Tape } from "@sightscreen/feed"
import type { EventLog } from "@sightscreen/simulation"
import { styleText } from "node:util"
import { title } from "./EventLine.ts"

type Style = Parameters<typeof styleText>[0]

/** A match's events as a page for people: a table under each innings, and what became of each event. */
export interface Options {
  readonly colours: boolean
}

export const page = (
  recording: Recording.Recording,
  log: EventLog.EventLog,
  { colours }: Options
): string => {
  const paint = (style: Style | null, text: string): string =>
    colours && style !== null ? styleText(style, text, { validateStream: false }) : text
  const { info } = recording
  const out = [
    paint("bold", [title(recording), Wording.formatName[info.format.kind]].join(" · ")),
    paint("dim", [info.competition, info.venue, recording.dates[0]].filter(Boolean).join(" · ")),
    ""
  ]

  const rows = log.entries.map((entry) => ({ entry, cells: cellsOf(recording, entry) }))
  const width = (column: number, of: typeof rows): number =>
    of.reduce((widest, { cells }) => Math.max(widest, cells[column]!.length), 0)
  const beforeReason = rows.filter(({ cells }) => cells[4] !== "")
  const widths = [width(0, rows), width(1, rows), width(2, rows), width(3, beforeReason)]
  const print = ({ cells, entry }: (typeof rows)[number]) => {
    const [label, name, who, what, why] = cells
    const lead = entry.fate === "headline"
    const line = [
      `  ${label.padStart(widths[0]!)}`,
      paint(lead ? styles[entry.event._tag] : "dim", name.padEnd(widths[1]!)),
      paint(lead ? null : "dim", who.padEnd(widths[2]!)),
      paint(lead ? null : "dim", why === "" ? what : what.padEnd(widths[3]!)),
      paint("dim", why)
    ]
    out.push(line.join("  ").trimEnd())
  }

  const { match } = log.final
  for (const innings of match?.innings ?? []) {
    out.push(paint("bold", header(match!, innings)))
    for (const row of rows) {
      if (row.entry.event.position.innings === innings.number && row.entry.event._tag !== "match_end")
        print(row)
    }
    out.push("")
  }
  for (const row of rows) if (row.entry.event._tag === "match_end") print(row)
  out.push(paint("bold", match === null ? "" : Wording.result({ ...match, outcome: recording.outcome })), "")
  out.push(paint("dim", Tape.attribution))
  return out.join("\n")
}

const styles: Readonly<Record<MatchEvent.Name, Style>> = {
  match_end: "bold",
  innings_end: "bold",
  hundred: ["bold", "green"],
  batsman_on_90s: "green",
  fifty: "green",
  batsman_on_fire: "yellow",
  bowler_on_fire: "yellow",
  wicket: ["bold", "red"],
  new_batsman: "blue",
  hattrick: ["bold", "magenta"],
  on_hattrick: "magenta",
  consecutive_sixes: ["bold", "cyan"],
  maiden: "blue",
  six: "cyan",
  four: "cyan"
}

const header = (match: Match.Match, innings: Innings.Innings): string => {
  const { name } = Match.team(match, innings.batting)
  const how = innings.forfeited ? " forfeited" : innings.declared ? " declared" : ""
  const kind = innings.superOver ? " (super over)" : ""
  return `${innings.number}  ${name}${kind}  ${Innings.score(innings)}${how} in ${Innings.oversLabel(innings)} overs`
}

type Cells = readonly [label: string, name: string, who: string, what: string, why: string]

const cellsOf = (recording: Recording.Recording, { event, fate, reason }: EventLog.Entry): Cells => {
  const id = "batter" in event ? event.batter : "bowler" in event ? event.bowler : null
  const who = id === null ? "" : (recording.players[id] ?? id)
  const why = fate === "headline" ? (reason === "leads" ? "" : reason) : `${fate}: ${reason}`
  return [event.position.label, event._tag, who, whatOf(recording, event), why]
}

const whatOf = (recording: Recording.Recording, event: MatchEvent.MatchEvent): string => {
  switch (event._tag) {
    case "wicket": {
      const bowler = event.bowler === null ? null : (recording.players[event.bowler] ?? event.bowler)
      const how = Wording.dismissal(event.manner, bowler, event.fielders)
      return `${event.score}  ${Wording.batterLine(event)} ${how}`
    }
    case "hundred":
    case "fifty":
    case "batsman_on_fire":
      return `${event.runs} off ${event.balls}`
    case "batsman_on_90s":
      return `${event.runs}`
    case "bowler_on_fire":
      return `${event.wickets}/${event.runs} in ${event.overs}`
    case "consecutive_sixes":
      return `${event.count} in a row`
    default:
      return ""
  }
}
