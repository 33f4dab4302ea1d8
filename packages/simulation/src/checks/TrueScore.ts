import type { Check } from "./Check.ts"

interface State {
  /** Every score with its overs that the feed has ever given. */
  readonly given: Set<string>
}

const key = (score: string, overs: string): string => `${score} (${overs})`

/** Before the first ball screens show no score at all. */
export const TrueScore: Check<State> = {
  name: "true-score",
  claim: "every score on a screen is one that the feed has given",
  hears: ["FeedAnswered", "BulletinIssued", "PhoneSaid"],
  begin: () => ({ given: new Set([key("", "")]) }),
  step: ({ given }, entry) => {
    switch (entry._tag) {
      case "FeedAnswered":
        if (entry.answer._tag === "Snapshot") given.add(key(entry.answer.score, entry.answer.overs))
        return null
      case "BulletinIssued": {
        const said = key(entry.score, entry.overs)
        return given.has(said)
          ? null
          : `the bulletin of ${entry.stamp} says ${said}, which the feed never gave`
      }
      case "PhoneSaid": {
        const { output } = entry
        if (output._tag !== "Shown") return null
        const { overs, score } = (output.content["expanded"] ?? {}) as {
          readonly overs?: unknown
          readonly score?: unknown
        }
        const shown = key(String(score), String(overs))
        return given.has(shown) ? null : `${entry.deviceId} shows ${shown}, which the feed never gave`
      }
      default:
        return null
    }
  }
}
