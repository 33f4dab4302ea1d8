import type { Handset } from "@sightscreen/handset"
import type { Entry } from "../journal/Entry.ts"
import * as Line from "../journal/Line.ts"
import type * as Report from "./Report.ts"

/** What an entry means to the phone that it is about, in words; null where it means nothing to a reader. */
export const of = (entry: Entry): Omit<Report.Line, "at"> | null => {
  switch (entry._tag) {
    case "Attempted":
      return entry.deviceId === null ? null : { kind: entry.taken ? "push" : "lost", text: attempt(entry) }
    case "Delivered":
      return entry.fate === "applied" || entry.fate === "handled"
        ? null
        : { kind: "lost", text: `a push by ${entry.route} came, and was ${entry.fate}` }
    case "Discarded":
    case "Missed":
      return { kind: "lost", text: `a push never came: ${entry.why}` }
    case "PhoneTold":
      return { kind: "person", text: entry.does }
    case "ReportAcknowledged":
      return null
    case "ReportAsked":
      return {
        kind: "report",
        text: `tells the server: ${entry.asks}${entry.about === null ? "" : ` ${Line.tail(entry.about)}`}`
      }
    case "PhoneSaid":
      return said(entry.output)
    default:
      return null
  }
}

const attempt = (entry: Extract<Entry, { readonly _tag: "Attempted" }>): string => {
  const { alert, attempt, event, heard, priority, reason, stamp } = entry
  const parts = [
    `${event}, priority ${priority}`,
    ...(stamp === null ? [] : [`stamp ${stamp}`]),
    ...(alert === null ? [] : [`“${alert}”`]),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(heard === 200 ? [] : [`${heard}${reason === null ? "" : ` ${reason}`}`])
  ]
  return parts.join(" · ")
}

const said = (output: Handset.Output): Omit<Report.Line, "at"> | null => {
  switch (output._tag) {
    case "Shown":
      return { kind: "screen", text: `${Line.screen(output)}${output.stale ? " (out of date)" : ""}` }
    case "AlertShown":
      return { kind: "alert", text: `${output.title}: ${output.body}` }
    case "NotificationShown":
      return {
        kind: "alert",
        text: `${output.title}: ${output.body}${output.replaces ? " (in place of one)" : ""}`
      }
    case "ActivityEnded":
      return { kind: "screen", text: `the activity has ended: ${output.why}` }
    case "ActivityDismissed":
      return { kind: "screen", text: `the activity has left the screen, by the ${output.by}` }
    case "TokensDied":
      return { kind: "report", text: `tokens died: ${output.why}` }
    case "Logged":
      return { kind: "lost", text: output.line }
    default:
      return null
  }
}
