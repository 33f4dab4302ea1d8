import { Duration } from "effect"
import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface State {
  /** Tokens that Apple has called dead: when it did so first, and when once more, a minute later or more. */
  readonly dead: Map<string, { readonly firstAt: number; againAt: number | null }>
  /** The activity that each update token is of, and which in turn it was among all that phones had. */
  readonly updates: Map<string, { readonly activityId: string; readonly nth: number }>
  /** What each report said. */
  readonly said: Map<string, { readonly key: string; readonly token: string }>
  /** Tokens that their phone has replaced, and since when the server knows. */
  readonly replaced: Map<string, number>
  /** The newest start token of each device, and update token of each of its activities, as reported. */
  readonly newest: Map<string, string>
  /** When Apple last said of tokens that they are dead, and they were. */
  words: Array<number>
}

/** What is under way when a report is acknowledged may still arrive. */
const graceMillis = Duration.toMillis(Duration.minutes(3))

/** Words of one moment are one word. */
const againMillis = Duration.toMillis(Duration.minutes(1))

/**
 * So many words about dead tokens in so short a time look like a wrong host or key: a server does well not to believe them,
 * and the next push to each says the same again.
 */
const mass = { words: 20, millis: Duration.toMillis(Duration.minutes(5)) }

const suffix = ".push-type.liveactivity"

/**
 * A server cannot know what no phone has told it. From the moment a report is acknowledged it does, and what is then sent to
 * the token that was replaced is a mistake; an end, which tidies up, is not.
 */
export const RightHolder: Check<State> = {
  name: "right-holder",
  claim:
    "no push goes to a token that was replaced or is dead, that nobody has, or that is for something else",
  hears: ["PhoneSaid", "ReportAsked", "ReportAcknowledged", "Attempted"],
  begin: () => ({
    dead: new Map(),
    updates: new Map(),
    replaced: new Map(),
    newest: new Map(),
    said: new Map(),
    words: []
  }),
  step: (state, entry) => {
    const { dead, newest, replaced, said, updates } = state
    switch (entry._tag) {
      case "PhoneSaid":
        if (entry.output._tag === "UpdateTokenReported") {
          const { activityId, token } = entry.output
          if (!updates.has(token)) updates.set(token, { activityId, nth: updates.size })
        }
        return null
      case "ReportAsked": {
        const { about, asks, deviceId, report } = entry
        if (about === null) return null
        if (asks === "start token") said.set(report, { key: deviceId, token: about })
        const update = asks === "update token" ? updates.get(about) : undefined
        if (update !== undefined) said.set(report, { key: update.activityId, token: about })
        return null
      }
      case "ReportAcknowledged": {
        const it = said.get(entry.report)
        if (it === undefined) return null
        said.delete(entry.report)
        dead.delete(it.token)
        const before = newest.get(it.key)
        // A report of a token that was replaced since may come late, and brings nothing back.
        const isLate =
          before !== undefined && (updates.get(it.token)?.nth ?? 0) < (updates.get(before)?.nth ?? 0)
        if (isLate) return null
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
        const died = dead.get(entry.address)
        if (died !== undefined && died.againAt !== null && entry.at > died.againAt + graceMillis)
          return `a push went to ${address}, which Apple has called dead twice`
        if (entry.heard === 410 && entry.holds === "dead")
          state.words = [...state.words.filter((at) => at > entry.at - mass.millis), entry.at]
        if (entry.heard === 410 && died === undefined)
          dead.set(entry.address, { firstAt: entry.at, againAt: null })
        else if (entry.heard !== 410 && entry.taken) dead.delete(entry.address)
        else if (
          entry.heard === 410 &&
          died !== undefined &&
          entry.at >= died.firstAt + againMillis &&
          state.words.filter((at) => at > entry.at - mass.millis).length < mass.words
        )
          died.againAt ??= entry.at
        const since = replaced.get(entry.address)
        return since !== undefined && entry.event !== "end" && entry.at > since + graceMillis
          ? `${entry.event === "start" ? "a start" : "an update"} went to ${address}, which its phone had replaced`
          : null
      }
      default:
        return null
    }
  }
}
