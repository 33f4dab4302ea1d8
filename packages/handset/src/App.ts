import * as Shape from "./Shape.ts"

/** A version of the app on a phone, as far as a push can tell the difference. */
export interface App {
  readonly bundleId: string
  /** The Swift type of its activities; a start has to name it to the letter (Apple: `attributes-type`). */
  readonly attributesType: string
  readonly attributesShape: Shape.Shape
  readonly contentShape: Shape.Shape
  readonly schemaVersion: number
}

const { array, bool, int, object, oneOf, optional, string } = Shape

const team = object({ name: string, code: string })

/** The app as it is in the shop today. Its shapes are written down here by hand, as its authors wrote them in Swift. */
export const current: App = {
  bundleId: "com.sightscreen.ios",
  attributesType: "LiveActivityAttributes",
  attributesShape: object({
    matchId: string,
    leagueName: string,
    homeTeam: team,
    awayTeam: team,
    format: oneOf("MatchFormat", ["t20", "odi", "hundred", "test", "first class"])
  }),
  contentShape: object({
    phase: oneOf("MatchPhase", ["pre", "live", "innings_break", "completed", "abandoned"]),
    interruption: oneOf("Interruption", ["none", "delayed", "break", "suspended", "stumps", "postponed"]),
    sentiment: oneOf("MatchSentiment", ["neutral", "exciting", "tense"]),
    perspective: oneOf("Perspective", ["home", "away", "none"]),
    sequence: int,
    updatedAt: int,
    compact: object({ leading: string, trailing: string, minimal: string }),
    expanded: object({
      title: string,
      battingCode: string,
      score: string,
      overs: string,
      runRate: string,
      requiredRate: optional(string),
      target: optional(string),
      equation: optional(string),
      batters: array(object({ name: string, line: string, isOnStrike: bool })),
      bowler: optional(object({ name: string, line: string })),
      lastBalls: array(string),
      partnership: optional(string),
      statusLine: string
    }),
    keyEvent: optional(object({ type: string, headline: string, detail: optional(string), at: int }))
  }),
  schemaVersion: 1
}

/** Every version that is out there; today there is one. */
export const versions: ReadonlyArray<App> = [current]

/** The version that reads this schema; none, where no such app was ever in the shop. */
export const at = (schemaVersion: number): App | undefined =>
  versions.find((one) => one.schemaVersion === schemaVersion)
