import { Duration } from "effect"
import type { Attempted, Entry, ReportAsked } from "../journal/Entry.ts"
import type { Check, Terms } from "./Check.ts"

/** One activity on one phone, as long as it is live. */
interface Live {
  readonly activityId: string
  readonly since: number
  /** Its update token; null while nobody was told of one. */
  token: string | null
  /** Since when the server has known the token. */
  knownSince: number | null
  /** The stamp of what it shows, and when that came. */
  stamp: number
  stampedAt: number
  /** From then on the server has told it to end, or cannot tell it anything: its token is dead. */
  doneAt: number | null
}

interface State {
  readonly terms: Terms
  /** The start token that each phone told of last. */
  readonly startTokens: Map<string, string>
  /** When a start for each phone was last taken, or may have been; nothing was heard of the phone since. */
  readonly asked: Map<string, number>
  readonly live: Map<string, Array<Live>>
  /** Whose each update token is. */
  readonly byToken: Map<string, Live>
  /** Tokens by the report that tells of them. */
  readonly reports: Map<string, string>
}

/** A phone that was asked is given ninety seconds; the first round after that may be early by its latency. */
const patienceMillis = Duration.toMillis(Duration.seconds(85))

/** A renewal has two side by side for so long, a report on its way included. */
const overlapMillis = Duration.toMillis(Duration.seconds(60))

/**
 * Two activities side by side for longer than a renewal takes are the server's doing where it knows the older one's update
 * token: then it has started another beside it without telling it to end. What it cannot know is not held against it: a start
 * that Apple took and no phone answered; nor what it cannot do: Apple says 410 of the token, or the activity listens to a
 * channel, where a push for one is a push for all.
 */
export const OneActivity: Check<State> = {
  name: "one-activity",
  claim: "a phone has at most one live activity of a match, but for a minute while one is renewed",
  hears: ["PhoneSaid", "ReportAsked", "ReportAcknowledged", "Attempted"],
  begin: (terms) => ({
    terms,
    startTokens: new Map(),
    asked: new Map(),
    live: new Map(),
    byToken: new Map(),
    reports: new Map()
  }),
  step: (state, entry) => {
    switch (entry._tag) {
      case "PhoneSaid":
        return said(state, entry)
      case "ReportAsked":
        if (isNews(state, entry)) state.asked.delete(entry.deviceId)
        if (entry.asks === "update token" && entry.about !== null)
          state.reports.set(entry.report, entry.about)
        return null
      case "ReportAcknowledged": {
        const token = state.reports.get(entry.report)
        const one = token === undefined ? undefined : state.byToken.get(token)
        state.reports.delete(entry.report)
        if (one !== undefined && one.token === token) one.knownSince ??= entry.at
        return null
      }
      case "Attempted": {
        if (entry.event === "start" && entry.deviceId !== null) return start(state, entry, entry.deviceId)
        if (entry.route === "channel" || (entry.event !== "end" && entry.heard !== 410)) return null
        const one = state.byToken.get(entry.address)
        if (one !== undefined) one.doneAt ??= entry.at
        return null
      }
      default:
        return null
    }
  },
  look: ({ live }, { at, phones }) =>
    phones.flatMap(({ deviceId }) => {
      const all = live.get(deviceId) ?? []
      return all.some((one) => isOverdue(all, one, at)) ? [`${deviceId} has two activities side by side`] : []
    })
}

/** Around a remote start a phone says its start token twice more, and nothing is to be learnt from it. */
const isNews = ({ startTokens }: State, { about, asks, deviceId }: ReportAsked): boolean => {
  if (asks !== "start token" || about === null) return true
  const before = startTokens.get(deviceId)
  startTokens.set(deviceId, about)
  return before !== about
}

const start = ({ asked, terms }: State, { at, heard, taken }: Attempted, deviceId: string): string | null => {
  const before = asked.get(deviceId)
  if (taken || heard === "unknown") asked.set(deviceId, at)
  // A clock that jumps makes any pause short.
  return before !== undefined && terms.clockErrorMillis === 0 && at < before + patienceMillis
    ? `${deviceId} was asked again ${Math.round((at - before) / 1000)} s after a start that Apple may have taken`
    : null
}

/** The older stays although the server could have told it to go. */
const isOverdue = (all: ReadonlyArray<Live>, older: Live, at: number): boolean => {
  const { doneAt, knownSince } = older
  if (knownSince === null) return false
  const younger = all[all.indexOf(older) + 1]
  if (younger === undefined) return false
  // The server has asked for the younger one knowing of the older, or knows of both.
  const from =
    knownSince <= younger.since
      ? younger.since
      : younger.knownSince === null
        ? Infinity
        : Math.max(knownSince, younger.knownSince)
  return at > from + overlapMillis && (doneAt === null || doneAt > from + overlapMillis)
}

const said = (state: State, { at, deviceId, output }: Extract<Entry, { readonly _tag: "PhoneSaid" }>) => {
  const { byToken, live } = state
  const all = live.get(deviceId) ?? []
  switch (output._tag) {
    case "Shown": {
      const shown = all.find(({ activityId }) => activityId === output.activityId)
      if (shown === undefined) {
        const { activityId, timestamp: stamp } = output
        const fresh = {
          activityId,
          since: at,
          token: null,
          knownSince: null,
          stamp,
          stampedAt: at,
          doneAt: null
        }
        live.set(deviceId, [...all, fresh])
        return null
      }
      if (output.timestamp === shown.stamp) return null
      shown.stamp = output.timestamp
      shown.stampedAt = at
      // Activities that never have a token listen to a channel.
      const twin = all.find(
        (one) => one !== shown && one.token === null && shown.token === null && one.stamp === shown.stamp
      )
      const younger = twin === undefined ? Infinity : Math.max(twin.since, shown.since)
      return at > younger + overlapMillis
        ? `${deviceId} has two activities that are both told of ${shown.stamp}`
        : null
    }
    case "UpdateTokenReported": {
      const one = all.find(({ activityId }) => activityId === output.activityId)
      if (one === undefined || one.token === output.token) return null
      one.token = output.token
      one.knownSince = null
      one.doneAt = null
      byToken.set(output.token, one)
      return null
    }
    case "ActivityEnded":
    case "ActivityDismissed": {
      const one = all.find(({ activityId }) => activityId === output.activityId)
      if (one === undefined) return null
      const isLate = isOverdue(all, one, at)
      live.set(
        deviceId,
        all.filter((other) => other !== one)
      )
      return isLate ? `${deviceId} had two activities side by side` : null
    }
    default:
      return null
  }
}
