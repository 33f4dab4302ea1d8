import type { Check } from "./Check.ts"

interface State {
  readonly seen: Set<string>
  /** What starts say. Whoever is started again, because the activity before has gone, is told again that it is there. */
  readonly starts: Set<string>
  /** What has buzzed, by its key, with the stamp of its bulletin; what was taken back since may happen again. */
  readonly told: Map<string, number>
}

/**
 * An alert is known by its stamp and its title, on whichever activity of the phone it comes; and what it tells, by its key,
 * which names the ball and the player. Apple: a start has an alert, so a second start of a match buzzes as the first did.
 */
export const AlertOnce: Check<State> = {
  name: "alert-once",
  claim: "nobody is told the same thing twice",
  hears: ["Attempted", "BulletinIssued", "EventDropped", "PhoneSaid"],
  begin: () => ({ seen: new Set(), starts: new Set(), told: new Map() }),
  step: ({ seen, starts, told }, entry) => {
    switch (entry._tag) {
      case "Attempted":
        if (entry.event === "start" && entry.alert !== null) starts.add(entry.alert)
        return null
      case "EventDropped":
        if (entry.why.startsWith(takenBack) && isOfABall(entry.event)) told.delete(entry.event)
        return null
      case "BulletinIssued": {
        const { alert, ends, event, stamp } = entry
        // A feed that has called the match off, and plays on after all.
        if (ends === null && event !== matchEnd) told.delete(matchEnd)
        if (alert === null || event === null) return null
        const before = told.get(event)
        told.set(event, stamp)
        return before !== undefined && before !== stamp
          ? `${event} buzzes with ${stamp}, and did so with ${before}`
          : null
      }
      case "PhoneSaid": {
        const { output } = entry
        if (output._tag !== "AlertShown") return null
        const activity = starts.has(output.title) ? output.activityId : ""
        const key = `${entry.deviceId} ${activity} ${output.timestamp} ${output.title}`
        if (seen.has(key))
          return `${entry.deviceId} buzzed twice for "${output.title}" of ${output.timestamp}`
        seen.add(key)
        return null
      }
      default:
        return null
    }
  }
}

const takenBack = "retracted"
const matchEnd = "match_end"

/** What a ball brings can come about again once the ball was taken back; what a player reaches stays told. */
const isOfABall = (event: string): boolean => ofBalls.has(event.split("/")[0]!)

const ofBalls: ReadonlySet<string> = new Set(["wicket", "hattrick", "on_hattrick", "maiden"])
