import { Instant } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import type * as Match from "../cricket/Match.ts"
import type { Progress } from "../cricket/Progress.ts"
import * as Cooldown from "./Cooldown.ts"
import { detectors } from "./detectors/index.ts"
import { isAlertWorthy, leading } from "./Headline.ts"
import { isSame, key, type MatchEvent } from "./MatchEvent.ts"
import type { Memory, Told } from "./Memory.ts"
import * as Retraction from "./Retraction.ts"
import { overtaken } from "./Staleness.ts"

/**
 * From what happened to the one thing to say: detect, cool, overtake, lead.
 *
 * What was dropped keeps its reason, so that "why did nobody hear of that six?" has an answer. What the feed takes back is
 * a result of its own, and what it takes back and gives again is recognised.
 */
export const Fate = Schema.Literals(["headline", "deferred", "cooldown", "stale", "outranked", "retracted"])
export type Fate = typeof Fate.Type

/** What became of an event, and why. A deferred event gets a second ruling when its turn has come or passed. */
export interface Ruling {
  readonly event: MatchEvent
  readonly fate: Fate
  readonly reason: string
}

/** How long a worthy event that lost may wait for the next reading. */
export const deferFor = Duration.seconds(15)

export interface Result {
  readonly memory: Memory
  readonly headline: MatchEvent | null
  readonly rulings: ReadonlyArray<Ruling>
  /** Events that had been on screens and are not true any more. */
  readonly retracted: ReadonlyArray<MatchEvent>
}

export const run = (memory: Memory, progress: Progress, at: Instant.Instant): Result => {
  const { match, moments } = progress
  if (moments.length === 0 && memory.deferred.length === 0 && progress.retoldFrom === null) {
    return { memory, headline: null, rulings: [], retracted: [] }
  }
  const seen: Array<MatchEvent> = []
  for (const moment of moments) {
    for (const detector of detectors) for (const event of detector.detect(moment, match)) seen.push(event)
  }

  return decide(Retraction.compare(memory, seen, progress), match, at)
}

const decide = (fresh: Retraction.Compared, match: Match.Match, at: Instant.Instant): Result => {
  const { memory } = fresh
  if (fresh.candidates.length === 0 && memory.deferred.length === 0 && fresh.gone.length === 0) {
    return { memory, headline: null, rulings: [], retracted: fresh.retracted }
  }
  const rulings: Array<Ruling> = fresh.gone.map((event) => ({
    event,
    fate: "retracted",
    reason: "the feed took it back"
  }))
  const running: Array<MatchEvent> = []
  const waited = new Set<MatchEvent>()
  let { withdrawn } = memory
  const news: Array<Told> = []

  for (const { event, until } of memory.deferred) {
    if (at > until) continue
    const why = overtaken(event, match, at)
    if (why !== null) rulings.push({ event, fate: "stale", reason: why })
    else if (!Cooldown.isQuiet(memory.cooldown, event, at)) {
      running.push(event)
      waited.add(event)
    }
  }
  for (const event of fresh.candidates) {
    if (Retraction.isPast(event, memory.horizon)) {
      rulings.push({ event, fate: "stale", reason: "its innings is past correcting" })
      continue
    }
    const before = recalled(withdrawn, event, fresh.candidates)
    if (before !== undefined) {
      // Under another name it leaves the old one behind: that may come back as well.
      if (key(before.event) === key(event)) withdrawn = withdrawn.filter((one) => one !== before)
      news.push(Retraction.asBefore(event, before))
      rulings.push({ event, fate: "cooldown", reason: "told before it was taken back" })
      continue
    }
    news.push({ event, shown: false })
    if (Cooldown.isQuiet(memory.cooldown, event, at)) {
      rulings.push({ event, fate: "cooldown", reason: "told too recently" })
      continue
    }
    const why = overtaken(event, match, at)
    if (why === null) running.push(event)
    else rulings.push({ event, fate: "stale", reason: why })
  }

  let headline: MatchEvent | null = null
  for (const event of running) if (headline === null || leading(event, headline) < 0) headline = event
  const deferred: Array<Memory["deferred"][number]> = []
  for (const event of running) {
    if (event === headline) {
      rulings.push({ event, fate: "headline", reason: waited.has(event) ? "its turn has come" : "leads" })
    } else if (waited.has(event)) {
      // It has had its second chance; "deferred" stays its fate.
      continue
    } else if (isAlertWorthy(event)) {
      deferred.push({ event, until: Instant.plus(at, deferFor) })
      rulings.push({ event, fate: "deferred", reason: `behind ${headline!._tag}` })
    } else rulings.push({ event, fate: "outranked", reason: `behind ${headline!._tag}` })
  }

  const horizon = Retraction.horizon(memory, match)
  return {
    memory: {
      cooldown: headline === null ? memory.cooldown : Cooldown.note(memory.cooldown, headline, at),
      deferred,
      told: remember(memory.told, news, headline, horizon),
      horizon,
      withdrawn
    },
    headline,
    rulings,
    retracted: fresh.retracted
  }
}

/** What was taken back and is here again: under its own name, or as the one of another name that is not here itself. */
const recalled = (
  withdrawn: ReadonlyArray<Told>,
  event: MatchEvent,
  candidates: ReadonlyArray<MatchEvent>
): Told | undefined => {
  if (withdrawn.length === 0) return undefined
  const name = key(event)
  return (
    withdrawn.find((one) => key(one.event) === name) ??
    withdrawn.find(
      (one) => isSame(one.event, event) && !candidates.some((candidate) => key(candidate) === key(one.event))
    )
  )
}

/** Adds the news, marks what leads as shown, and forgets what no correction can reach. */
const remember = (
  told: Memory["told"],
  news: ReadonlyArray<Told>,
  headline: MatchEvent | null,
  horizon: number
): Memory["told"] => {
  if (news.length === 0 && headline === null) return told
  const reachable = told.length === 0 || told[0]!.event.position.innings >= horizon
  const known = reachable ? told.slice() : told.filter(({ event }) => event.position.innings >= horizon)
  for (const one of news) known.push(one)
  if (headline === null) return known
  const leads = key(headline)
  const at = known.findLastIndex(({ event }) => event === headline || key(event) === leads)
  if (at >= 0) known[at] = { event: known[at]!.event, shown: true }
  return known
}
