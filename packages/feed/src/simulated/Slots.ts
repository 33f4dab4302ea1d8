import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import type * as Lie from "./Lie.ts"
import type { Lots } from "./Lots.ts"

/** What is wrong for a while: in each ten minutes at most once of a kind, and over before they are. */
const minute = 60_000
const slotMillis = 10 * minute

/** In each slot: when at the latest it begins, and how long it lasts. */
const windows = {
  "feed.rateLimited": [5 * minute, 20_000, 5 * minute],
  "feed.stuck": [5 * minute, 15_000, 2 * minute],
  "feed.vanished": [minute, minute, 8 * minute],
  // A reader believes it after ten minutes.
  "feed.calledOff": [2 * minute, 30_000, 4 * minute]
} as const satisfies Partial<
  Readonly<Record<Lie.Name, readonly [begins: number, least: number, most: number]>>
>

export interface Window {
  readonly from: Instant.Instant
  readonly until: Instant.Instant
}

export const windowAt = (
  lots: Lots,
  kind: keyof typeof windows,
  subject: string,
  at: Instant.Instant
): Window | null => {
  if (!lots.has(kind)) return null
  const slot = slotOf(at)
  // Asked at every poll: the lot of the slot first, and only where it falls on it when and for how long.
  if (!lots.decides(kind, at, subject, slot) || isSpared(kind, slot)) return null
  const found = windowIn(lots, kind, subject, slot)
  return at >= found.from && at < found.until ? found : null
}

const slotOf = (at: Instant.Instant): number => Math.floor(at / slotMillis)

/** Called off twice in a row, with silence between, a match would be called off for good. */
const isSpared = (kind: keyof typeof windows, slot: number): boolean =>
  kind === "feed.calledOff" && slot % 2 === 1

/** It begins and ends in its slot. */
const windowIn = (lots: Lots, kind: keyof typeof windows, subject: string, slot: number): Window => {
  const [begins, least, most] = windows[kind]
  const start = slot * slotMillis
  const from = start + lots.between(kind, 0, begins, subject, slot, "from")
  const lasts = lots.between(kind, least, most, subject, slot, "lasts")
  return {
    from: Instant.fromMillis(from),
    until: Instant.fromMillis(Math.min(from + lasts, start + slotMillis))
  }
}

/** It is called off, or was so lately that a reader may not have heard otherwise. */
export const wasCalledOff = (lots: Lots, matchId: Ids.MatchId, at: Instant.Instant): boolean => {
  const kind = "feed.calledOff"
  if (!lots.has(kind)) return false
  for (let slot = slotOf(at); slot > slotOf(at) - 3; slot--) {
    const found = windowIn(lots, kind, matchId, slot)
    const wasOn = lots.decides(kind, found.from, matchId, slot) && !isSpared(kind, slot)
    if (wasOn && at >= found.from && at < found.until + 2 * slotMillis) return true
  }
  return false
}
