import { Order } from "effect"
import type { MatchEvent, Name } from "./MatchEvent.ts"

/** Who leads when several things happen at once: 1 before 15. */
export const rank: Readonly<Record<Name, number>> = {
  match_end: 1,
  innings_end: 2,
  hattrick: 3,
  hundred: 4,
  wicket: 5,
  on_hattrick: 6,
  fifty: 7,
  bowler_on_fire: 8,
  batsman_on_fire: 9,
  batsman_on_90s: 10,
  consecutive_sixes: 11,
  maiden: 12,
  new_batsman: 13,
  six: 14,
  four: 15
}

const runs = (event: MatchEvent): number => ("runs" in event ? event.runs : 0)

/** First the higher rank, then the later ball, then the more runs. */
export const leading: Order.Order<MatchEvent> = (a, b) => {
  const by = rank[a._tag] - rank[b._tag] || b.position.seq - a.position.seq || runs(b) - runs(a)
  return by < 0 ? -1 : by > 0 ? 1 : 0
}

/** The order of play, and of rank within a ball. */
export const inPlay: Order.Order<MatchEvent> = (a, b) => {
  const by = a.position.seq - b.position.seq || rank[a._tag] - rank[b._tag]
  return by < 0 ? -1 : by > 0 ? 1 : 0
}

/**
 * What is worth a buzz. Everything else changes the screen quietly.
 *
 * The table is the product's: who follows a match wants wickets, milestones and results at once, and boundaries at a glance.
 */
export const alertWorthy: Readonly<Record<Name, boolean>> = {
  match_end: true,
  innings_end: true,
  hattrick: true,
  hundred: true,
  wicket: true,
  on_hattrick: true,
  fifty: true,
  bowler_on_fire: true,
  batsman_on_fire: true,
  batsman_on_90s: false,
  consecutive_sixes: false,
  maiden: true,
  new_batsman: false,
  six: false,
  four: false
}

export const isAlertWorthy = (self: MatchEvent): boolean => alertWorthy[self._tag]
