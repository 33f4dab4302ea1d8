import type { Handset } from "@sightscreen/handset"
import type { Entry } from "./Entry.ts"

/**
 * An entry as one line of text, always the same for the same entry: what a journal file holds and what a digest is made of.
 *
 * Fields come in a fixed order, whatever object they come from; of tokens the last six digits are shown.
 */
export const of = (entry: Entry): string => `${entry.at} ${entry._tag} ${rest(entry)}`

const rest = (entry: Entry): string => {
  switch (entry._tag) {
    case "FeedAnswered":
      return line(entry.process, entry.matchId, answered(entry.answer))
    case "BulletinIssued":
      return line(
        entry.process,
        entry.matchId,
        entry.stamp,
        entry.sequence,
        entry.score,
        entry.overs,
        entry.event,
        entry.retracts,
        entry.alert,
        entry.ends
      )
    case "EventDropped":
      return line(entry.process, entry.matchId, entry.event, entry.why)
    case "EventHeld":
      return line(entry.process, entry.matchId, entry.event)
    case "ReportAsked":
      return line(entry.report, entry.userId, entry.asks, entry.about === null ? null : tail(entry.about))
    case "ReportAcknowledged":
      return line(entry.report, entry.process, entry.attempts)
    case "ProcessStarted":
      return line(entry.process)
    case "ProcessCrashed":
      return line(entry.process, entry.where)
    case "BearerMinted":
      return line(entry.process, entry.keyId, entry.issuedAt)
    case "Attempted":
      return line(
        entry.process,
        entry.pushId,
        entry.attempt,
        entry.route,
        tail(entry.address),
        entry.deviceId,
        entry.holds,
        entry.environment,
        entry.topic,
        entry.pushType,
        entry.event,
        entry.stamp,
        entry.priority,
        entry.alert,
        entry.bytes,
        entry.body,
        entry.collapseId,
        entry.bearerIssuedAt,
        entry.underWay,
        entry.taken,
        entry.heard,
        entry.reason,
        entry.retryAfter
      )
    case "Managed":
      return line(entry.process, entry.does, entry.channelId, entry.taken, entry.heard)
    case "Delivered":
      return line(entry.pushId, entry.deviceId, entry.route, tail(entry.address), entry.fate)
    case "Discarded":
    case "Missed":
      return line(entry.pushId, entry.deviceId, entry.why)
    case "TokenRetired":
      return line(entry.process, tail(entry.token), entry.why)
    case "PhoneTold":
      return line(entry.deviceId, entry.does)
    case "PhoneSaid":
      return line(entry.deviceId, entry.output._tag, said(entry.output))
    case "FaultBefell":
      return line(entry.kind, entry.what)
    case "Healed":
      return ""
  }
}

type Field = string | number | boolean | null

/** Whatever would end a field is written otherwise, so that no two entries have the same line. */
const line = (...fields: ReadonlyArray<Field>): string => {
  let text = ""
  for (const field of fields) {
    if (text !== "") text += " "
    text += field === null ? "-" : typeof field === "string" ? quoted(field) : String(field)
  }
  return text
}

const plain = /^[!-,./-~][!-~]*$/

const quoted = (text: string): string =>
  plain.test(text) && !text.includes('"') ? text : JSON.stringify(text)

/** As much of a token as may be shown. */
export const tail = (token: string): string => (token.length > 40 ? `~${token.slice(-6)}` : token)

const answered = (answer: Extract<Entry, { readonly _tag: "FeedAnswered" }>["answer"]): string => {
  switch (answer._tag) {
    case "Snapshot":
      return `${answer.status} ${answer.score} (${answer.overs}) innings ${answer.innings} balls ${answer.balls}`
    case "Absent":
      return "absent"
    case "Failed":
      return `failed ${answer.why}`
  }
}

const said = (output: Handset.Output): string => {
  switch (output._tag) {
    case "Shown":
      return line(output.activityId, output.timestamp, output.stale, screen(output))
    case "AlertShown":
      return line(output.activityId, output.timestamp, output.title)
    case "NotificationShown":
      return line(output.title, output.body, output.collapseId, output.replaces)
    case "StartTokenReported":
    case "DeviceTokenReported":
      return tail(output.token)
    case "UpdateTokenReported":
      return line(output.activityId, tail(output.token))
    case "ChannelJoined":
      return line(output.activityId, output.channelId)
    case "ActivityEnded":
      return line(output.activityId, output.why)
    case "ActivityDismissed":
      return line(output.activityId, output.by)
    case "Opened":
      return line(output.matchId)
    case "SignedOut":
      return line(output.userId)
    case "DeviceReported":
      return line(
        output.userId,
        output.os.join("."),
        output.frequentPushes,
        output.notifications,
        output.language
      )
    case "TokensDied":
      return line(output.why, output.tokens.map(tail).join(","))
    case "Logged":
      return output.line
  }
}

/** What stands on the Lock Screen, shortly. */
export const screen = ({ content }: Handset.Shown): string => {
  const { battingCode, overs, score, statusLine } = (content["expanded"] ?? {}) as Readonly<
    Record<string, unknown>
  >
  return `${String(battingCode)} ${String(score)} (${String(overs)}) ${String(statusLine)}`
}
