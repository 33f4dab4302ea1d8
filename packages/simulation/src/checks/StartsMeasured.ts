import { Duration } from "effect"
import { tail } from "../journal/Line.ts"
import type { Check } from "./Check.ts"

interface State {
  /** Starts by each token that nothing was heard of. */
  readonly unanswered: Map<
    string,
    { readonly pushes: Set<string>; last: number; readonly deviceId: string | null }
  >
}

/** After so many the phone has no use for more of them, by this token and on this day. */
const most = 3
const day = Duration.toMillis(Duration.hours(24))

/** What a phone says of starts that have come to something, be it that what they brought has gone again. */
const answers: ReadonlySet<string> = new Set(["start token", "update token", "joined", "dismissed"])

/** Whoever opens the app, having been told that it is needed, is shown the match if it can be done at all. */
const opens: ReadonlySet<string> = new Set(["launches", "taps"])

/** Apple takes starts by tokens that lead nowhere, and a phone has a budget for them of which it says nothing. */
export const StartsMeasured: Check<State> = {
  name: "starts-measured",
  claim: "a phone that three starts have brought nothing on is asked for no fourth, until its app is opened",
  hears: ["Attempted", "PhoneTold", "ReportAsked"],
  begin: () => ({ unanswered: new Map() }),
  step: ({ unanswered }, entry) => {
    if (entry._tag === "PhoneTold") {
      if (opens.has(entry.does)) forget(unanswered, entry.deviceId)
      return null
    }
    if (entry._tag === "ReportAsked") {
      // That a phone has the token that it had says nothing of what was sent to it.
      if (answers.has(entry.asks))
        for (const [address, { deviceId }] of unanswered)
          if (deviceId === entry.deviceId && address !== entry.about) unanswered.delete(address)
      // With whoever signs out their tokens are forgotten: the same one is new when somebody signs in.
      if (entry.asks === "sign out") forget(unanswered, entry.deviceId)
      return null
    }
    // A push that only asks whether a token works has no name.
    if (entry._tag !== "Attempted" || entry.event !== "start" || !entry.taken || entry.pushId === "")
      return null
    const { address, at, deviceId, pushId } = entry
    let known = unanswered.get(address)
    if (known === undefined || at - known.last > day) {
      known = { pushes: new Set(), last: at, deviceId }
      unanswered.set(address, known)
    }
    if (known.pushes.has(pushId)) return null
    known.pushes.add(pushId)
    known.last = at
    return known.pushes.size > most
      ? `${known.pushes.size} starts went to ${tail(address)}, and none was answered`
      : null
  }
}

const forget = (unanswered: State["unanswered"], of: string): void => {
  for (const [address, { deviceId }] of unanswered) if (deviceId === of) unanswered.delete(address)
}
