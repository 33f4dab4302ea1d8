import { Duration } from "effect"
import type { Entry } from "../journal/Entry.ts"
import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface State {
  /** The newest bulletin. */
  stamp: number
  /** What each phone was started with last. */
  readonly started: Map<string, number>
  /** What each token was sent, which may be before its phone hears that its report was heard. */
  readonly sent: Map<string, number>
  /** Activities that have said their first token, those tokens, and the reports that tell the server of them. */
  readonly known: Set<string>
  readonly first: Set<string>
  readonly reports: Map<string, { readonly token: string; readonly deviceId: string }>
  /** Tokens that the server knows and has sent nothing to. */
  readonly behind: Map<string, { readonly since: number; readonly deviceId: string }>
  /** Whoever waits for its turn may wait until then. */
  troubledUntil: number
  /** Tokens whose last push was an update that Apple did not take, or may not have, and since when. */
  readonly missed: Map<string, { readonly since: number; readonly deviceId: string | null }>
  /** When something last went wrong that holds up everybody who is to be told again. */
  heldUpAt: number
  readonly mostHeldUp: number
}

const patienceMillis = Duration.toMillis(Duration.seconds(25))
/** What buzzes is tried again for ten minutes, and what comes after it waits. */
const alertMillis = Duration.toMillis(Duration.minutes(11))
const troubleMillis = Duration.toMillis(Duration.minutes(2))
/** Whom Apple would not take a push for is tried again every half minute at the least, once nothing holds that up. */
const againMillis = Duration.toMillis(Duration.minutes(4))

/**
 * A phone that tells its token late has missed what was said since its start, and one whose push failed what was in it; and
 * in a break nothing more is said for long.
 */
export const LatecomersTold: Check<State> = {
  name: "latecomers-told",
  claim:
    "a phone whose token comes late is told what it has missed, within seconds; one whose push failed, within minutes",
  hears: [
    "BulletinIssued",
    "Attempted",
    "PhoneSaid",
    "ReportAsked",
    "ReportAcknowledged",
    "FaultBefell",
    "ProcessStarted",
    "ProcessCrashed"
  ],
  begin: ({ clockErrorMillis }) => ({
    stamp: 0,
    started: new Map(),
    sent: new Map(),
    known: new Set(),
    first: new Set(),
    reports: new Map(),
    behind: new Map(),
    troubledUntil: 0,
    missed: new Map(),
    heldUpAt: 0,
    // A clock that jumps makes any pause long.
    mostHeldUp: againMillis + clockErrorMillis
  }),
  step: (state, entry) => {
    const { behind, first, known, missed, reports, sent, started } = state
    const late = overdue(state, entry.at) ?? forgotten(state, entry.at)
    switch (entry._tag) {
      case "BulletinIssued":
        state.stamp = Math.max(state.stamp, entry.stamp)
        return late
      case "Attempted":
        if (entry.event === "start" && entry.taken && entry.deviceId !== null && entry.stamp !== null)
          started.set(entry.deviceId, entry.stamp)
        if (entry.event === "update" && entry.route === "token" && entry.stamp !== null)
          sent.set(entry.address, entry.stamp)
        behind.delete(entry.address)
        missed.delete(entry.address)
        if (isTrouble(entry) && (entry.alert !== null || entry.event === "end")) state.heldUpAt = entry.at
        // A push without a name has nothing to say: it only asks whether a token works.
        else if (
          isTrouble(entry) &&
          entry.route === "token" &&
          entry.event === "update" &&
          entry.pushId !== ""
        )
          missed.set(entry.address, { since: entry.at, deviceId: entry.deviceId })
        if (isTrouble(entry))
          worry(
            state,
            entry.at + (entry.alert !== null || entry.event === "end" ? alertMillis : troubleMillis)
          )
        return late
      case "PhoneSaid": {
        const { output } = entry
        if (output._tag === "UpdateTokenReported") {
          if (!known.has(output.activityId)) first.add(output.token)
          known.add(output.activityId)
        }
        if (output._tag === "TokensDied")
          for (const token of output.tokens) {
            behind.delete(token)
            missed.delete(token)
          }
        return late
      }
      case "ReportAsked":
        for (const [token, { deviceId }] of missed) if (deviceId === entry.deviceId) missed.delete(token)
        if (entry.asks === "update token" && entry.about !== null && first.delete(entry.about))
          reports.set(entry.report, { token: entry.about, deviceId: entry.deviceId })
        // Whatever else it says, it may change what the phone is to be sent.
        else for (const [token, { deviceId }] of behind) if (deviceId === entry.deviceId) behind.delete(token)
        return late
      case "ReportAcknowledged": {
        const it = reports.get(entry.report)
        if (it === undefined) return late
        reports.delete(entry.report)
        if (Math.max(started.get(it.deviceId) ?? Infinity, sent.get(it.token) ?? 0) < state.stamp)
          behind.set(it.token, { since: entry.at, deviceId: it.deviceId })
        return late
      }
      case "FaultBefell":
        if (!/^(phone|delivery|network|feed)\./.test(entry.kind)) worry(state, entry.at + troubleMillis)
        // What befalls one request holds up nobody else.
        if (/^(store|process|clock)\.|^apple\.outage/.test(entry.kind)) state.heldUpAt = entry.at
        return late
      default:
        // Who begins tells everybody.
        missed.clear()
        worry(state, entry.at + troubleMillis)
        return late
    }
  }
}

const worry = (state: State, until: number): void => {
  state.troubledUntil = Math.max(state.troubledUntil, until)
  state.behind.clear()
}

const overdue = ({ behind, troubledUntil }: State, at: Entry["at"]): string | null => {
  for (const [token, { since }] of behind) {
    if (at <= since + patienceMillis) return null
    behind.delete(token)
    if (since >= troubledUntil)
      return `${tail(token)} was behind when it was reported, and nothing was sent to it for ${Math.round((at - since) / 1000)} s`
  }
  return null
}

const isTrouble = ({ heard }: Extract<Entry, { readonly _tag: "Attempted" }>): boolean =>
  typeof heard !== "number" || heard >= 429

const forgotten = ({ heldUpAt, missed, mostHeldUp }: State, at: number): string | null => {
  // The longest forgotten is the first.
  for (const [token, { since }] of missed) {
    const from = Math.max(since, heldUpAt)
    if (at <= from + mostHeldUp) return null
    missed.delete(token)
    return `${tail(token)} missed an update, and nothing was sent to it for ${Math.round((at - from) / 1000)} s`
  }
  return null
}
