import { Duration } from "effect"
import { tail } from "../journal/Line.ts"
import type { Entry } from "../journal/Entry.ts"
import type { Check } from "./Check.ts"
import * as Dead from "./Dead.ts"

interface Shown {
  readonly deviceId: string
  /** The newest update token of the activity, and every one before it. */
  readonly tokens: Array<string>
  /** Whose it was when the server was told of the newest token; null where it has not been told. */
  owner: string | null
}

interface Owed {
  readonly at: number
  readonly why: string
  readonly deviceId: string
}

interface State {
  /** Activities on screens, by their own names. */
  readonly shown: Map<string, Shown>
  readonly reports: Map<string, Extract<Entry, { readonly _tag: "ReportAsked" }>>
  /** Ends that somebody has been promised, by token. */
  readonly owed: Map<string, Owed>
  /** Tokens of which Apple has taken an end, or said that it cannot. */
  readonly ended: Set<string>
  readonly dead: Dead.Dead
  /** When an app was last asked, in silence, to end what it shows: no more can be done where a token is dead. */
  readonly recalled: Map<string, number>
  /** Phones that nobody is signed in on, and since when the server knows. */
  readonly away: Map<string, number>
}

/** What is under way may still arrive. */
const graceMillis = Duration.toMillis(Duration.minutes(2))
/** Through outages, falls and all: what nobody wants is not to stay for longer. */
const patienceMillis = Duration.toMillis(Duration.minutes(20))

/**
 * Whoever signs out, hands a phone on or wants a match no more has been promised that it goes from the screen, as soon as
 * that was acknowledged. Phones that listen to a channel cannot be told one by one, and end theirs by themselves.
 */
export const OffTheScreen: Check<State> = {
  name: "off-the-screen",
  claim:
    "what nobody wants on a screen any more is told to end, and nothing else; and nothing is started where nobody is signed in",
  hears: ["PhoneSaid", "ReportAsked", "ReportAcknowledged", "Attempted"],
  begin: () => ({
    shown: new Map(),
    reports: new Map(),
    owed: new Map(),
    ended: new Set(),
    dead: Dead.none(),
    recalled: new Map(),
    away: new Map()
  }),
  step: (state, entry) => {
    const { away, dead, ended, owed, recalled, reports } = state
    switch (entry._tag) {
      case "PhoneSaid":
        said(state, entry)
        return null
      case "ReportAsked":
        if (entry.asks === "register") away.delete(entry.deviceId)
        // Somebody may sign in again before the server has heard of it.
        if (entry.asks === "sign out") away.set(entry.deviceId, Infinity)
        if (entry.asks !== "follow" && entry.asks !== "joined") reports.set(entry.report, entry)
        return null
      case "ReportAcknowledged": {
        const it = reports.get(entry.report)
        reports.delete(entry.report)
        if (it !== undefined) acknowledged(state, it, entry.at)
        return null
      }
      case "Attempted": {
        const left = entry.event === "start" ? away.get(entry.deviceId ?? "") : undefined
        if (left !== undefined && entry.at > left + graceMillis)
          return `a start went to ${entry.deviceId}, which nobody was signed in on`
        Dead.hear(dead, entry)
        if (entry.event === "background" && entry.deviceId !== null && Dead.wasAsked(entry)) {
          recalled.set(entry.deviceId, entry.at)
          for (const [token, { deviceId }] of owed)
            if (deviceId === entry.deviceId && Dead.has(dead, token)) owed.delete(token)
        }
        const isLast = entry.event === "end" && (entry.taken || isFinal(entry.heard))
        if (isLast && entry.route === "token") ended.add(entry.address)
        const debt = entry.route === "token" ? owed.get(entry.address) : undefined
        if (debt === undefined) return null
        if (entry.event === "end") {
          // One that Apple could not take is owed still.
          if (isLast) owed.delete(entry.address)
          return entry.at > debt.at + patienceMillis ? stays(entry.address, debt, entry.at) : null
        }
        if (entry.holds !== "update" || entry.at <= debt.at + graceMillis) return null
        owed.delete(entry.address)
        return `an ${entry.event} went to ${tail(entry.address)} of ${debt.deviceId}, which was ${debt.why}`
      }
      default:
        return null
    }
  },
  look: ({ owed }, { at }) =>
    [...owed].flatMap(([token, debt]) => (at > debt.at + patienceMillis ? [stays(token, debt, at)] : []))
}

const isFinal = (heard: Extract<Entry, { readonly _tag: "Attempted" }>["heard"]): boolean =>
  typeof heard === "number" && heard < 429

const stays = (token: string, { at: since, deviceId, why }: Owed, at: number): string =>
  `${deviceId} was ${why}, and after ${Math.round((at - since) / 60_000)} min ${tail(token)} had not been ended`

const said = (
  { owed, shown }: State,
  { deviceId, output }: Extract<Entry, { readonly _tag: "PhoneSaid" }>
): void => {
  switch (output._tag) {
    case "UpdateTokenReported": {
      const known = shown.get(output.activityId)
      if (known === undefined) shown.set(output.activityId, { deviceId, tokens: [output.token], owner: null })
      else if (known.tokens.at(-1) !== output.token) {
        known.tokens.push(output.token)
        known.owner = null
      }
      return
    }
    case "ActivityEnded":
    case "ActivityDismissed": {
      for (const token of shown.get(output.activityId)?.tokens ?? []) owed.delete(token)
      shown.delete(output.activityId)
      return
    }
    case "TokensDied": {
      const dead = new Set(output.tokens)
      for (const token of dead) owed.delete(token)
      for (const [activityId, { tokens }] of shown)
        if (tokens.some((token) => dead.has(token))) shown.delete(activityId)
      return
    }
    default:
      return
  }
}

const acknowledged = (
  { away, dead, ended, owed, recalled, shown }: State,
  { about, asks, at: askedAt, deviceId, userId }: Extract<Entry, { readonly _tag: "ReportAsked" }>,
  at: number
): void => {
  /** What was promised has been done before it was said that it would be. */
  const isPaid = (token: string, of: string): boolean =>
    ended.has(token) || (Dead.has(dead, token) && (recalled.get(of) ?? -Infinity) >= askedAt)

  const owe = (isMeant: (one: Shown) => boolean, why: string): void => {
    for (const one of shown.values()) {
      const token = one.tokens.at(-1)
      if (token === undefined || one.owner === null || !isMeant(one)) continue
      if (!owed.has(token) && !isPaid(token, one.deviceId))
        owed.set(token, { at, why, deviceId: one.deviceId })
    }
  }
  switch (asks) {
    case "update token":
      for (const one of shown.values())
        if (one.deviceId === deviceId && one.tokens.at(-1) === about) one.owner = userId
      return
    case "sign out":
      if (away.has(deviceId)) away.set(deviceId, at)
      return owe((one) => one.deviceId === deviceId && one.owner === userId, "signed out")
    case "register":
      return owe((one) => one.deviceId === deviceId && one.owner !== userId, "handed on")
    case "unfollow":
      return owe((one) => one.owner === userId, "not to show the match any more")
    default:
      return
  }
}
