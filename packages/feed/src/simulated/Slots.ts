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
  const found = windowIn(lots, kind, subject, Math.floor(at / slotMillis))
  return found !== null && at >= found.from && at < found.until ? found : null
}

/** Windows begin and end in their slot. */
const windowIn = (lots: Lots, kind: keyof typeof windows, subject: string, slot: number): Window | null => {
  const [begins, least, most] = windows[kind]
  // Called off twice in a row, with silence between, it would be called off for good.
  if (kind === "feed.calledOff" && slot % 2 === 1) return null
  const start = slot * slotMillis
  const from = Instant.fromMillis(start + lots.between(kind, 0, begins, subject, slot, "from"))
  if (!lots.decides(kind, from, subject, slot)) return null
  const lasts = lots.between(kind, least, most, subject, slot, "lasts")
  return { from, until: Instant.fromMillis(Math.min(from + lasts, start + slotMillis)) }
}

/** It is called off, or was so lately that a reader may not have heard otherwise. */
export const wasCalledOff = (lots: Lots, matchId: Ids.MatchId, at: Instant.Instant): boolean => {
  if (!lots.has("feed.calledOff")) return false
  const slot = Math.floor(at / slotMillis)
  for (const one of [slot, slot - 1, slot - 2]) {
    const found = windowIn(lots, "feed.calledOff", matchId, one)
    if (found !== null && at >= found.from && at < found.until + 2 * slotMillis) return true
  }
  return false
}
