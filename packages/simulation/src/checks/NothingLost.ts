import type { Check } from "./Check.ts"

interface State {
  readonly asked: Map<string, { readonly deviceId: string; readonly userId: string; readonly asks: string }>
  readonly done: Set<string>
  /** Whose each device is, by the last registration that was acknowledged; null after signing out. */
  readonly owners: Map<string, string | null>
}

/** What a phone was told is done, is done: its row is there at the end. */
export const NothingLost: Check<State> = {
  name: "nothing-lost",
  claim: "nothing that was acknowledged is lost, and nothing is acknowledged twice",
  hears: ["ReportAsked", "ReportAcknowledged"],
  begin: () => ({ asked: new Map(), done: new Set(), owners: new Map() }),
  step: ({ asked, done, owners }, entry) => {
    if (entry._tag === "ReportAsked") {
      const { asks, deviceId, userId } = entry
      asked.set(entry.report, { asks, deviceId, userId })
      return null
    }
    if (entry._tag !== "ReportAcknowledged") return null
    const it = asked.get(entry.report)
    if (it === undefined)
      return done.has(entry.report)
        ? `${entry.report} was acknowledged twice`
        : `${entry.report} was never made`
    asked.delete(entry.report)
    done.add(entry.report)
    if (it.asks === "register") owners.set(it.deviceId, it.userId)
    if (it.asks === "sign out") owners.set(it.deviceId, null)
    return null
  },
  look: ({ owners }, { tables, when }) => {
    if (when !== "end") return []
    const rows = new Map(tables.devices.map(({ deviceId, userId }) => [deviceId, userId]))
    return [...owners].flatMap(([deviceId, userId]) => {
      const found = rows.get(deviceId)
      return userId === null || found === userId
        ? []
        : [
            `${deviceId} was registered for ${userId}, and ${found === undefined ? "is not known" : `is ${found}'s`}`
          ]
    })
  }
}
