import type * as Match from "../cricket/Match.ts"
import type { Progress } from "../cricket/Progress.ts"
import * as Cooldown from "./Cooldown.ts"
import { exactFact, fact, key, type MatchEvent } from "./MatchEvent.ts"
import type { Memory, Told } from "./Memory.ts"

/**
 * What a correction of the feed does to what was said: which events are new, which are known under another ball, and
 * which are not true any more.
 */

/** Innings before this one are past correcting: their events are no longer remembered one by one. */
export const horizon = (match: Match.Match): number => Math.max(1, match.innings.length - 1)

/** What is new to be told, with the memory it leaves. */
export interface Compared {
  readonly memory: Memory
  readonly candidates: ReadonlyArray<MatchEvent>
  /** Events that are not true any more. */
  readonly gone: ReadonlyArray<MatchEvent>
  /** Those of them that had been on screens. */
  readonly retracted: ReadonlyArray<MatchEvent>
}

export const compare = (memory: Memory, seen: ReadonlyArray<MatchEvent>, progress: Progress): Compared =>
  progress.retoldFrom === null
    ? { memory, candidates: seen, gone: [], retracted: [] }
    : retold(memory, seen, progress, progress.retoldFrom)

/**
 * Innings told again: an event is known if its ball told it before, or if the same fact was told of another ball. What was
 * told and is not there now has been taken back.
 */
const retold = (
  memory: Memory,
  seen: ReadonlyArray<MatchEvent>,
  progress: Progress,
  retoldFrom: number
): Compared => {
  const first = horizon(progress.match)
  const open = new Map<string, Told>()
  const kept: Array<Told> = []
  for (const one of memory.told) {
    // The end of an innings or of the match is the feed's word, not a count of balls: it is not taken back with them.
    const fixed = one.event._tag === "match_end" || one.event._tag === "innings_end"
    if (one.event.position.innings < retoldFrom || fixed) kept.push(one)
    else open.set(key(one.event), one)
  }
  const settled = new Set(kept.map(({ event }) => key(event)))

  const unknown: Array<MatchEvent> = []
  for (const event of seen) {
    const name = key(event)
    const before = open.get(name)
    if (settled.has(name)) continue
    if (before !== undefined) {
      open.delete(name)
      kept.push({ event, shown: before.shown })
    } else unknown.push(event)
  }
  const facts = new Map<string, Told>()
  for (const one of open.values()) facts.set(fact(one.event), one)

  const candidates: Array<MatchEvent> = []
  const moved = new Map<string, MatchEvent>()
  for (const event of unknown) {
    const before = facts.get(fact(event))
    if (before !== undefined) {
      // The same fact under another ball: it keeps what was decided about it.
      facts.delete(fact(event))
      open.delete(key(before.event))
      moved.set(key(before.event), event)
      kept.push({ event, shown: before.shown })
    } else if (progress.history.includes(event.position.innings) || event.position.innings < first) {
      kept.push({ event, shown: false })
    } else candidates.push(event)
  }

  const gone = [...open.values()]
  const stillDeferred = memory.deferred.flatMap(({ event, until }) => {
    if (open.has(key(event))) return []
    return [{ event: moved.get(key(event)) ?? event, until }]
  })
  return {
    memory: {
      cooldown: gone.reduce((cooldown, { event }) => Cooldown.release(cooldown, event), memory.cooldown),
      deferred: stillDeferred,
      told: kept,
      withdrawn: [
        ...memory.withdrawn,
        ...gone.flatMap(({ event, shown }) => (shown ? [exactFact(event)] : []))
      ]
    },
    candidates,
    gone: gone.map(({ event }) => event),
    retracted: gone.flatMap(({ event, shown }) => (shown ? [event] : []))
  }
}
