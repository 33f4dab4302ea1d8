import { Instant } from "@sightscreen/decider"
import { Duration } from "effect"
import * as Innings from "../cricket/Innings.ts"
import * as Match from "../cricket/Match.ts"
import { isOver } from "../cricket/Status.ts"
import type { MatchEvent } from "./MatchEvent.ts"

/** News of an innings that ended before this is not news once the next one is under way. */
const inningsEndKeeps = Duration.toMillis(Duration.seconds(60))

/** What was seen longer ago than this still shows, and buzzes nobody. */
export const alertWithin = Duration.seconds(60)

/** How an event has been overtaken by the match as it is now; null while it still holds. */
export const overtaken = (event: MatchEvent, match: Match.Match, at: Instant.Instant): string | null => {
  if (event._tag === "match_end") return null
  if (isOver(match.status)) return "the match is over"
  const innings = match.innings[event.position.innings - 1]
  if (innings === undefined) return "its innings is gone"
  switch (event._tag) {
    case "innings_end":
      return innings.number < match.innings.length && at - event.at > inningsEndKeeps
        ? "the next innings is under way"
        : null
    case "hundred":
    case "wicket":
    case "hattrick":
    case "bowler_on_fire":
      return null
    case "fifty":
      return (Innings.batter(innings, event.batter)?.runs ?? 0) >= 100 ? "he has reached a hundred" : null
    case "batsman_on_90s": {
      const now = Innings.batter(innings, event.batter)
      if (now !== undefined && now.runs >= 100) return "he has reached a hundred"
      return now !== undefined && now.out !== null ? "he is out" : null
    }
    case "batsman_on_fire":
    case "new_batsman":
      return (Innings.batter(innings, event.batter)?.out ?? null) !== null ? "he is out" : null
    case "on_hattrick": {
      if (Match.isInningsOver(match, innings)) return "the innings is over"
      return Innings.bowler(innings, event.bowler)?.streak === 2 ? null : "his next ball is bowled"
    }
    case "consecutive_sixes":
    case "maiden":
    case "six":
    case "four":
      return Match.isInningsOver(match, innings) ? "the innings is over" : null
  }
}

/** May it still buzz? The end of the match always may. */
export const isFresh = (event: MatchEvent, at: Instant.Instant): boolean =>
  event._tag === "match_end" || at - event.at <= Duration.toMillis(alertWithin)
