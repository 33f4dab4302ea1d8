import type * as Innings from "../cricket/Innings.ts"
import { batter, bowler } from "../cricket/Innings.ts"
import type * as Match from "../cricket/Match.ts"
import type { Progress } from "../cricket/Progress.ts"
import * as Cooldown from "./Cooldown.ts"
import { fact, key, type MatchEvent } from "./MatchEvent.ts"
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
  progress.retoldFrom === null && !progress.moments.some(({ _tag }) => _tag === "Scored")
    ? { memory, candidates: seen, gone: [], retracted: [] }
    : retold(memory, seen, progress)

/** The end of an innings or of the match is the feed's word, not a count of balls: it is not taken back with them. */
const isEnd = ({ _tag }: MatchEvent): boolean => _tag === "match_end" || _tag === "innings_end"

/**
 * Balls told again: an event is known if its ball told it before, or if the same fact was told of another ball. What was
 * told and is not there now has been taken back.
 *
 * A scorecard tells nothing again. What was told of it is known by its fact, and holds as long as the figures bear it out.
 */
const retold = (memory: Memory, seen: ReadonlyArray<MatchEvent>, progress: Progress): Compared => {
  const { history, match, retoldFrom } = progress
  const first = horizon(match)
  const open = new Map<string, Told>()
  const kept: Array<Told> = []
  const gone: Array<Told> = []
  const onCards = new Set<string>()
  for (const one of memory.told) {
    const { event } = one
    const innings = match.innings[event.position.innings - 1]
    if (isEnd(event)) kept.push(one)
    else if (innings !== undefined && innings.deliveries === null) {
      if (isBorneOut(event, innings)) {
        kept.push(one)
        onCards.add(fact(event))
      } else gone.push(one)
    } else if (retoldFrom === null || event.position.innings < retoldFrom) kept.push(one)
    else open.set(key(event), one)
  }
  const settled = new Set(kept.map(({ event }) => key(event)))

  const unknown: Array<MatchEvent> = []
  for (const event of seen) {
    const name = key(event)
    if (settled.has(name) || onCards.has(fact(event))) continue
    const before = open.get(name)
    if (before !== undefined) {
      open.delete(name)
      kept.push({ event, shown: before.shown })
    } else unknown.push(event)
  }
  const facts = new Map<string, Array<Told>>()
  for (const one of open.values()) {
    const same = facts.get(fact(one.event))
    if (same === undefined) facts.set(fact(one.event), [one])
    else same.push(one)
  }

  const candidates: Array<MatchEvent> = []
  const moved = new Map<string, MatchEvent>()
  for (const event of unknown) {
    const { innings, seq } = event.position
    const before = facts.get(fact(event))?.shift()
    if (before !== undefined) {
      // The same fact under another ball: it keeps what was decided about it.
      open.delete(key(before.event))
      moved.set(key(before.event), event)
      kept.push({ event, shown: before.shown })
    } else if (
      innings < first ||
      history.some(
        (one) => one.innings === innings && (isEnd(event) ? one.until === Infinity : seq < one.until)
      )
    ) {
      kept.push({ event, shown: false })
    } else candidates.push(event)
  }

  gone.push(...open.values())
  const lost = new Set(gone.map(({ event }) => key(event)))
  const waiting = new Set(memory.deferred.map(({ event }) => key(event)))
  const deferred = memory.deferred.flatMap(({ event, until }) =>
    lost.has(key(event)) ? [] : [{ event: moved.get(key(event)) ?? event, until }]
  )
  return {
    memory: {
      cooldown: gone.reduce((cooldown, { event }) => Cooldown.release(cooldown, event), memory.cooldown),
      deferred,
      told: kept,
      // About what still waited nothing was decided: it may come back as news.
      withdrawn: [...memory.withdrawn, ...gone.filter(({ event }) => !waiting.has(key(event)))].filter(
        ({ event }) => event.position.innings >= first
      )
    },
    candidates,
    gone: gone.map(({ event }) => event),
    retracted: gone.flatMap(({ event, shown }) => (shown ? [event] : []))
  }
}

/** Whether a scorecard still says what was told of it, as far as it can say. */
const isBorneOut = (event: MatchEvent, innings: Innings.Innings): boolean => {
  switch (event._tag) {
    case "wicket": {
      const him = batter(innings, event.batter)
      return him === undefined || him.out !== null
    }
    case "hundred":
      return (batter(innings, event.batter)?.runs ?? event.runs) >= event.runs
    case "fifty":
      return (batter(innings, event.batter)?.runs ?? 50) >= 50
    case "batsman_on_90s":
      return (batter(innings, event.batter)?.runs ?? 90) >= 90
    case "bowler_on_fire":
      return (bowler(innings, event.bowler)?.wickets ?? event.wickets) >= event.wickets
    default:
      return true
  }
}
