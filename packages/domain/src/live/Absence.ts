import type { Instant, Step } from "@sightscreen/decider"
import { Duration } from "effect"
import * as Importance from "../activity/Importance.ts"
import type * as Match from "../cricket/Match.ts"
import type { ActiveMatch, Output } from "./ActiveMatch.ts"
import * as Ending from "./Ending.ts"
import { nothingHeld } from "./Held.ts"
import { issue, tick } from "./Issue.ts"

/** A match that the feed does not know any more. */

/** The feed has lost the match, as far as several of its answers can tell. */
export const isVanished = ({ absent }: ActiveMatch): boolean => absent !== null && absent.gone

/** One more answer without the match. After hours of them it is over, whatever came of it. */
export const missed = (self: ActiveMatch, at: Instant.Instant): Step.Step<ActiveMatch, Output> => {
  const since = self.absent?.since ?? at
  const polls = (self.absent?.polls ?? 0) + 1
  const gone = polls >= Ending.absentAfter.polls && at - since >= Duration.toMillis(Ending.absentAfter.time)
  const outputs: Array<Output> = gone && !isVanished(self) ? [{ _tag: "Vanished", at }] : []
  const next = { ...self, absent: { since, polls, gone } }
  const { match } = self
  if (match === null) {
    // Listed, never seen, and forgotten by the feed: there is nothing to end, and nothing to keep on looking for.
    const isForgotten = gone && at - since >= Duration.toMillis(Ending.vanishedFor.play)
    return [isForgotten ? { ...next, ended: "postponed" } : next, outputs]
  }
  if (!gone) return tick(next, at, outputs)
  const patience = Ending.vanishedFor[match.status === "stumps" ? "stumps" : "play"]
  if (at - match.readAt < Duration.toMillis(patience)) return tick(next, at, outputs)
  const over: Match.Match = { ...match, status: "finished" }
  return issue({ ...next, match: over, held: nothingHeld }, over, null, null, Importance.final, at, outputs)
}
