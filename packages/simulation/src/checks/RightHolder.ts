import { Duration } from "effect"
import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface State {
  /** Tokens that their phone has replaced, and since when the server knows. */
  readonly replaced: Map<string, number>
  /** The newest start token of each device, and update token of each of its activities, as reported. */
  readonly newest: Map<string, string>
  /** What each report said. */
  readonly said: Map<string, { readonly key: string; readonly token: string }>
}

/** What is under way when a report is acknowledged may still arrive. */
const graceMillis = Duration.toMillis(Duration.minutes(3))

const suffix = ".push-type.liveactivity"

/**
 * A server cannot know what no phone has told it. From the moment a report is acknowledged it does, and what is then sent to
 * the token that was replaced is a mistake; an end, which tidies up, is not.
 */
export const RightHolder: Check<State> = {
  name: "right-holder",
  claim: "no push goes to a token that was replaced, that nobody has, or that is for something else",
  hears: ["ReportAsked", "ReportAcknowledged", "Attempted"],
  begin: () => ({ replaced: new Map(), newest: new Map(), said: new Map() }),
  step: ({ newest, replaced, said }, entry) => {
    switch (entry._tag) {
      case "ReportAsked":
        if (entry.asks === "start token" && entry.about !== null)
          said.set(entry.report, { key: entry.deviceId, token: entry.about })
        return null
      case "ReportAcknowledged": {
        const it = said.get(entry.report)
        if (it === undefined) return null
        said.delete(entry.report)
        const before = newest.get(it.key)
        newest.set(it.key, it.token)
        replaced.delete(it.token)
        if (before !== undefined && before !== it.token) replaced.set(before, entry.at)
        return null
      }
      case "Attempted": {
        if (entry.route === "channel") return null
        const address = tail(entry.address)
        if (entry.holds === "unknown") return `a push went to ${address}, which no phone ever had`
        const isActivity = entry.topic.endsWith(suffix)
        if (isActivity !== (entry.pushType === "liveactivity"))
          return `a ${entry.pushType} push had the topic ${entry.topic}`
        if (entry.holds === "device" && isActivity)
          return `a Live Activity push went to the device token ${address}`
        if (entry.holds === "update" && entry.event === "start")
          return `a start went to the update token ${address}`
        if (entry.holds === "start" && entry.event !== "start")
          return `an ${entry.event} went to the start token ${address}`
        const since = replaced.get(entry.address)
        return since !== undefined && entry.event === "start" && entry.at > since + graceMillis
          ? `a start went to ${address}, which its phone had replaced`
          : null
      }
      default:
        return null
    }
  }
}
