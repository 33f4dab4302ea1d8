import { Duration } from "effect"
import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface State {
  /** Update tokens of each activity, in the order in which its phone was given them, and whose each is. */
  readonly given: Map<string, Array<string>>
  readonly activityOf: Map<string, string>
  readonly reports: Map<string, string>
  /** Tokens that came before the newest that the server knows of an activity. */
  readonly former: Set<string>
  /** Channels on which an end was published, since when and how often; none that Apple has called gone. */
  readonly ended: Map<string, { readonly since: number; times: number }>
}

/** Apple keeps the last publish for a phone that is off, and one that is lost on the way is not. */
const repeatedWithin = Duration.toMillis(Duration.minutes(70))

/** What has had its day is put away: channels of a match that is over, tokens that were replaced, activities that failed. */
export const TidiedUp: Check<State> = {
  name: "tidied-up",
  claim:
    "no token that was replaced stays in use, an end is published more than once, and no channel and no failed activity outlives its match",
  hears: ["PhoneSaid", "ReportAsked", "ReportAcknowledged", "Attempted"],
  begin: () => ({
    given: new Map(),
    activityOf: new Map(),
    reports: new Map(),
    former: new Set(),
    ended: new Map()
  }),
  step: ({ activityOf, ended, former, given, reports }, entry) => {
    if (entry._tag === "Attempted") {
      if (entry.route !== "channel") return null
      const known = ended.get(entry.address)
      if (typeof entry.heard === "number" && entry.heard >= 400 && entry.heard < 429)
        ended.delete(entry.address)
      else if (entry.event !== "end") return null
      else if (known === undefined) ended.set(entry.address, { since: entry.at, times: 1 })
      else if (entry.at > known.since + 60_000) known.times++
      return null
    }
    if (entry._tag === "PhoneSaid" && entry.output._tag === "UpdateTokenReported") {
      const { activityId, token } = entry.output
      given.set(activityId, [...(given.get(activityId) ?? []).filter((one) => one !== token), token])
      activityOf.set(token, activityId)
    }
    if (entry._tag === "ReportAsked" && entry.asks === "update token" && entry.about !== null)
      reports.set(entry.report, entry.about)
    if (entry._tag === "ReportAcknowledged") {
      const token = reports.get(entry.report)
      if (token === undefined) return null
      reports.delete(entry.report)
      const tokens = given.get(activityOf.get(token) ?? "") ?? []
      for (const one of tokens.slice(0, Math.max(0, tokens.indexOf(token)))) former.add(one)
    }
    return null
  },
  look: ({ ended, former }, { at, channels, tables, when }) => {
    const found: Array<string> = []
    for (const { alive, token } of tables.tokens)
      if (alive && former.has(token)) found.push(`${tail(token)} is in use, and its phone has replaced it`)
    if (when !== "end") return found
    for (const [channelId, { since, times }] of ended)
      if (times < 2 && at > since + repeatedWithin)
        found.push(`the end was published once on ${channelId}, and whoever missed it was not told`)
    for (const { channelId, known } of channels)
      if (known) found.push(`channel ${channelId} is still there, and its match is over`)
    for (const { activityId, status } of tables.activities)
      if (status === "failed") found.push(`${activityId} has failed, and was not ended with its match`)
    return found
  }
}
