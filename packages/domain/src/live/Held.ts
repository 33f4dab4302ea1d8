import type { Instant } from "@sightscreen/decider"
import type * as Match from "../cricket/Match.ts"
import { isAlertWorthy } from "../events/Headline.ts"
import { key, type MatchEvent } from "../events/MatchEvent.ts"
import * as Memory from "../events/Memory.ts"
import type * as Pipeline from "../events/Pipeline.ts"
import { overtaken } from "../events/Staleness.ts"
import type { ActiveMatch, Output } from "./ActiveMatch.ts"
import { asTold } from "./Lead.ts"

/** What would buzz and waits for a reading that confirms it: feeds are often wrong at first. */

export const nothingHeld: ActiveMatch["held"] = []

/** The end of an innings or of the match is the feed's own word, and not a count of balls that it may get wrong. */
export const mustWait = ({ manner }: ActiveMatch, event: MatchEvent): boolean =>
  manner.confirmWithin > 0 &&
  isAlertWorthy(event) &&
  event._tag !== "match_end" &&
  event._tag !== "innings_end"

/** What was held and is still so, as it reads now. */
export const confirmed = (
  self: ActiveMatch,
  result: Pipeline.Result,
  match: Match.Match,
  at: Instant.Instant,
  outputs: Array<Output>
): ReadonlyArray<MatchEvent> => {
  if (self.held.length === 0) return nothingDue
  const due: Array<MatchEvent> = []
  for (const { event } of self.held) {
    const now = asTold(result.memory, event)
    const why =
      now === null
        ? "the feed took it back"
        : wasHeard(self, event, now)
          ? "told before it was taken back"
          : overtaken(now, match, at)
    if (now !== null && why === null) due.push(now)
    else outputs.push({ _tag: "Dropped", event, why: why ?? "", at })
  }
  return due
}

/** By the name that it goes by now it was told before, whether or not that was taken back since. */
const wasHeard = ({ memory, painted }: ActiveMatch, event: MatchEvent, now: MatchEvent): boolean =>
  key(now) !== key(event) &&
  (painted.includes(key(now)) || memory.withdrawn.some((one) => one.shown && key(one.event) === key(now)))

const nothingDue: ReadonlyArray<MatchEvent> = []

/** Nobody heard of what was held and dropped: should it come back, it is news, and should it go, nobody misses it. */
export const withoutUnheard = (
  { held }: ActiveMatch,
  memory: Memory.Memory,
  match: Match.Match,
  at: Instant.Instant
): Memory.Memory => {
  let after = memory
  for (const { event } of held) {
    const now = asTold(memory, event)
    if (now === null) after = Memory.untold(after, event)
    else if (overtaken(now, match, at) !== null) {
      const told = after.told.map((one) => (one.event === now ? { event: now, shown: false } : one))
      after = { ...after, told }
    }
  }
  return after
}
