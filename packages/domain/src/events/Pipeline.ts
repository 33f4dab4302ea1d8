import { Instant } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import type * as Match from "../cricket/Match.ts"
import type { Progress } from "../cricket/Progress.ts"
import * as Cooldown from "./Cooldown.ts"
import { detectors } from "./detectors/index.ts"
import { isAlertWorthy, leading } from "./Headline.ts"
import { exactFact, key, type MatchEvent } from "./MatchEvent.ts"
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
  const rulings: Array<Ruling> = fresh.gone.map((event) => ({
    event,
    fate: "retracted",
    reason: "the feed took it back"
  }))
  const running: Array<MatchEvent> = []
  const waited = new Set<MatchEvent>()
  let { withdrawn } = memory
  const back: Array<Told> = []

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
    const exact = withdrawn.length === 0 ? "" : exactFact(event)
    if (withdrawn.length > 0 && withdrawn.includes(exact)) {
      withdrawn = withdrawn.filter((one) => one !== exact)
      back.push({ event, shown: true })
      rulings.push({ event, fate: "cooldown", reason: "told before it was taken back" })
      continue
    }
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

  const leads = headline === null ? null : key(headline)
  const horizon = Retraction.horizon(match)
  const known =
    fresh.candidates.length === 0 && back.length === 0 && headline === null
      ? memory.told
      : [
          ...memory.told.flatMap((one) =>
            one.event.position.innings < horizon
              ? []
              : key(one.event) === leads
                ? [{ event: one.event, shown: true }]
                : [one]
          ),
          ...fresh.candidates.flatMap((event) =>
            back.some((one) => one.event === event) ? [] : [{ event, shown: event === headline }]
          ),
          ...back
        ]
  return {
    memory: {
      cooldown: headline === null ? memory.cooldown : Cooldown.note(memory.cooldown, headline, at),
      deferred,
      told: known,
      withdrawn
    },
    headline,
    rulings,
    retracted: fresh.retracted
  }
}
