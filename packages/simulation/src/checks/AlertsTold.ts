import { Duration } from "effect"
import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface Told {
  stamp: number
  readonly at: number
  readonly deviceId: string | null
}

interface State {
  /** Alerts that are still of use, in the order in which they were saved. */
  alerts: Array<{ readonly stamp: number; readonly at: number }>
  /** What was last sent to each update token that is being told. */
  readonly told: Map<string, Told>
  readonly running: Set<number>
  /** Before then nobody can say whether an alert should have been sent. */
  troubledUntil: number
  /** By the way that they go: alerts that Apple could not take when they were first sent, and those that were sent again. */
  readonly tried: Readonly<Record<"token" | "channel", { failed: number; again: number }>>
}

/** An alert that is older than ten minutes is not told any more; the minute is for what waits its turn. */
const usefulMillis = Duration.toMillis(Duration.minutes(9))
/** A breaker that has opened keeps alerts back for so long at most. */
const afterTrouble = Duration.toMillis(Duration.minutes(3))
const manyFailed = 10

/**
 * What buzzes is saved with the match before it is sent, so that no fall loses it: whoever was told before it and is told
 * after it has been told it, too. And what Apple could not take is tried again.
 */
export const AlertsTold: Check<State> = {
  name: "alerts-told",
  claim:
    "an alert that was saved goes to everybody who is being told, and what Apple could not take is tried again",
  hears: ["BulletinIssued", "Attempted", "FaultBefell", "ProcessStarted", "ProcessCrashed", "ReportAsked"],
  begin: () => ({
    alerts: [],
    told: new Map(),
    running: new Set(),
    troubledUntil: 0,
    tried: { token: { failed: 0, again: 0 }, channel: { failed: 0, again: 0 } }
  }),
  step: (state, entry) => {
    const { running, told } = state
    switch (entry._tag) {
      case "BulletinIssued":
        if (entry.alert !== null && entry.ends === null) {
          state.alerts = state.alerts.filter(({ at }) => at > entry.at - usefulMillis)
          state.alerts.push({ stamp: entry.stamp, at: entry.at })
        }
        return null
      case "FaultBefell":
        // Whether an alert is too old to be told goes by the server's clock.
        if (entry.kind === "clock.forward" || entry.kind === "clock.backward") state.troubledUntil = Infinity
        return null
      case "ProcessStarted":
        running.add(entry.process)
        if (running.size > 1) state.troubledUntil = Math.max(state.troubledUntil, entry.at + usefulMillis)
        return null
      case "ProcessCrashed":
        if (running.size > 1) state.troubledUntil = Math.max(state.troubledUntil, entry.at + usefulMillis)
        running.delete(entry.process)
        return null
      case "ReportAsked":
        // It may be of another cohort from now on.
        if (entry.asks === "register")
          for (const [address, { deviceId }] of told) if (deviceId === entry.deviceId) told.delete(address)
        return null
      case "Attempted":
        return attempted(state, entry)
      default:
        return null
    }
  },
  look: ({ tried }, { when }) =>
    Object.entries(tried).flatMap(([route, { again, failed }]) =>
      when === "end" && failed >= manyFailed && again === 0
        ? [`${failed} alerts by ${route} that Apple could not take were never sent again`]
        : []
    )
}

type Attempted = Extract<Parameters<Check<State>["step"]>[1], { readonly _tag: "Attempted" }>

const attempted = (state: State, entry: Attempted): string | null => {
  const { address, at, stamp } = entry
  if (isTrouble(entry.heard)) state.troubledUntil = Math.max(state.troubledUntil, at + afterTrouble)
  if (entry.alert !== null && entry.event === "update") {
    const tried = state.tried[entry.route]
    if (entry.attempt > 1) tried.again++
    // Who is told too much is not told it once more: the newest state comes later.
    else if (isTrouble(entry.heard) && entry.heard !== "unknown" && entry.heard !== 429) tried.failed++
  }
  if (entry.route !== "token" || entry.event !== "update" || stamp === null) return null
  if (typeof entry.heard === "number" && entry.heard >= 400 && entry.heard < 500) {
    state.told.delete(address)
    return null
  }
  const before = state.told.get(address)
  if (before !== undefined && before.stamp >= stamp) return null
  state.told.set(address, { stamp, at, deviceId: entry.deviceId })
  if (before === undefined || at < state.troubledUntil) return null
  const left = state.alerts.find(
    (alert) =>
      alert.stamp > before.stamp &&
      alert.stamp < stamp &&
      alert.at > before.at &&
      alert.at >= state.troubledUntil &&
      at <= alert.at + usefulMillis
  )
  return left === undefined
    ? null
    : `${tail(address)} was told ${before.stamp} and ${stamp}, and never the alert of ${left.stamp}`
}

const isTrouble = (heard: Attempted["heard"]): boolean => typeof heard !== "number" || heard >= 429
