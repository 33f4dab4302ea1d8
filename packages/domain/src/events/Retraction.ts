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

/** It moves on with the match, and not back when a feed loses an innings: what is forgotten is not news later. */
export const horizon = (memory: Memory, match: Match.Match): number =>
  Math.max(memory.horizon, match.innings.length - 1)

/** The match ends in no innings, if it ends without a ball. */
export const isPast = (event: MatchEvent, horizon: number): boolean =>
  event._tag !== "match_end" && event.position.innings < horizon

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
 */
const retold = (memory: Memory, seen: ReadonlyArray<MatchEvent>, progress: Progress): Compared => {
  const first = horizon(memory, progress.match)
  const { gone, kept, onCards, open } = part(memory.told, progress)
  const settled = new Set(kept.map(({ event }) => key(event)))

  const unknown: Array<MatchEvent> = []
  for (const event of seen) {
    const name = key(event)
    if (settled.has(name) || onCards.has(fact(event))) continue
    const before = open.get(name)
    if (before === undefined) unknown.push(event)
    else {
      open.delete(name)
      kept.push(asBefore(event, before))
    }
  }

  const candidates: Array<MatchEvent> = []
  const places = new Map([...open.values()].map((one) => [placed(one.event), one]))
  const withdrawn = new Map(memory.withdrawn.map((one) => [key(one.event), one]))
  // Where events were that go by another name now, and what became of those that waited.
  const left = new Map<string, Told>()
  const moved = new Map<string, MatchEvent | null>()
  for (const event of unknown) {
    const before = places.get(placed(event)) ?? ofFact(open, fact(event))
    if (before !== undefined) {
      // It keeps what was decided about it, and has no second turn if it was told under this name before.
      const wasShown = withdrawn.get(key(event))?.shown === true
      open.delete(key(before.event))
      places.delete(placed(before.event))
      left.set(placed(before.event), before)
      const now = asBefore(event, before)
      moved.set(key(before.event), wasShown ? null : now.event)
      kept.push(wasShown ? { event: now.event, shown: true } : now)
    } else if (isPast(event, first) || isHistory(event, progress.history)) kept.push({ event, shown: false })
    else candidates.push(event)
  }

  gone.push(...open.values())
  const lost = new Set(gone.map(({ event }) => key(event)))
  const deferred = memory.deferred.flatMap(({ event, until }) => {
    const now = moved.get(key(event))
    return lost.has(key(event)) || now === null ? [] : [{ event: now ?? event, until }]
  })

  // Of names that follow one another at one place, the last is kept.
  for (const [name, { event }] of withdrawn) {
    const isFollowed = left.has(placed(event)) && !candidates.some((one) => key(one) === name)
    if (event.position.innings < first || isFollowed) withdrawn.delete(name)
  }
  const waiting = new Set(
    memory.deferred.flatMap(({ event, until }) => (progress.match.readAt > until ? [] : [key(event)]))
  )
  for (const one of [...left.values(), ...gone]) {
    const name = key(one.event)
    // About what still waited nothing was decided: it may come back as news.
    if (waiting.has(name)) continue
    withdrawn.set(name, { event: one.event, shown: one.shown || withdrawn.get(name)?.shown === true })
  }
  return {
    memory: {
      cooldown: gone.reduce((cooldown, { event }) => Cooldown.release(cooldown, event), memory.cooldown),
      deferred,
      told: kept,
      horizon: first,
      withdrawn: [...withdrawn.values()]
    },
    candidates,
    gone: gone.map(({ event }) => event),
    retracted: gone.flatMap(({ event, shown }) => (shown ? [event] : []))
  }
}

/**
 * Parts what was told into what stands, what is told again, and what is not true any more.
 *
 * A scorecard tells nothing again: what was told of it is known by its fact, and stands as long as the figures bear it out.
 */
const part = (told: Memory["told"], { match, retoldFrom }: Progress) => {
  const kept: Array<Told> = []
  const gone: Array<Told> = []
  const open = new Map<string, Told>()
  const onCards = new Set<string>()
  for (const one of told) {
    const { event } = one
    const innings = match.innings[event.position.innings - 1]
    if (isEnd(event)) kept.push(one)
    else if (innings !== undefined && innings.deliveries === null) {
      const stands = isBorneOut(event, innings)
      if (stands) onCards.add(fact(event))
      ;(stands ? kept : gone).push(one)
    } else if (retoldFrom === null || event.position.innings < retoldFrom) kept.push(one)
    else open.set(key(event), one)
  }
  return { gone, kept, onCards, open }
}

/** The end of an innings is history only where nothing was known of the match. */
const isHistory = (event: MatchEvent, history: Progress["history"]): boolean =>
  history.some(
    ({ innings, until }) =>
      innings === event.position.innings && (isEnd(event) ? until === Infinity : event.position.seq < until)
  )

/** The event as it reads now, with what was decided about it; it happened when it was first seen to. */
export const asBefore = (event: MatchEvent, before: Told): Told => ({
  event: event.at === before.event.at ? event : { ...event, at: before.event.at },
  shown: before.shown
})

const placed = (event: MatchEvent): string =>
  `${fact(event)}@${event.position.over}.${event.position.delivery}`

const ofFact = (open: ReadonlyMap<string, Told>, name: string): Told | undefined => {
  for (const one of open.values()) if (fact(one.event) === name) return one
  return undefined
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
