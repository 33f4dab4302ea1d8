import type { Instant } from "@sightscreen/decider"
import { Budget, type Ending, type Ids, type MatchEvent } from "@sightscreen/domain"
import { Duration, type Schema } from "effect"
import type { OfMatch } from "./ExplainRecord.ts"
import type { Told } from "./ExplainAnswer.ts"
import * as Words from "./ExplainWords.ts"

/** One line of an answer. */
export interface Entry {
  readonly kind: "event" | "bulletin" | "match" | "activity" | "ladder" | "push" | "channel"
  readonly at: Instant.Instant
  readonly text: string
  readonly facts: Readonly<Record<string, Schema.Json>>
}

/** A bulletin, as it was recorded. */
export interface Bulletin extends Told {
  readonly event: MatchEvent.Name | null
  readonly key: string | null
  readonly ball: string | null
  readonly title: string | null
  readonly score: string
  readonly overs: string
  readonly wanted: Budget.Priority
  readonly priority: Readonly<Record<Budget.Level, Budget.Priority>>
  /** How much of the hour's budget was used with it. */
  readonly used: Readonly<Record<Budget.Level, number>>
  readonly ends: Ending.Ends | null
}

const hour = Duration.toMillis(Budget.window)

/** In the order of their stamps. */
export const bulletins = (
  matchId: Ids.MatchId,
  recorded: ReadonlyArray<OfMatch>
): ReadonlyArray<Bulletin> => {
  const spent: Array<{ readonly at: Instant.Instant; readonly level: Budget.Level }> = []
  return recorded.flatMap((one) => {
    if (one._tag !== "Bulletin") return []
    const { at, body, stamp } = one
    for (const level of Budget.Level.literals) if (body.priority[level] === 10) spent.push({ at, level })
    const used = (of: Budget.Level) =>
      spent.filter(({ at: then, level }) => level === of && at - then < hour).length
    return [
      {
        matchId,
        stamp,
        at,
        alert: body.alert !== null,
        title: body.alert,
        event: body.event,
        key: body.key ?? null,
        ball: body.ball ?? null,
        score: body.score,
        overs: body.overs,
        wanted: body.wanted,
        priority: body.priority,
        used: { normal: used("normal"), frequent: used("frequent") },
        ends: body.ends
      }
    ]
  })
}

/** What a bulletin shows: "14.2 wicket, IND 87/3 (14.2)". */
export const heading = (it: Bulletin): string =>
  `${Words.subject(it)}, ${it.score} (${it.overs})${it.ends === null ? "" : `, the end: ${it.ends}`}`

export const factsOf = (it: Bulletin): Entry["facts"] => ({
  stamp: it.stamp,
  event: it.event,
  ball: it.ball,
  score: it.score,
  overs: it.overs,
  alert: it.title,
  wanted: it.wanted,
  priority: it.priority,
  used: it.used,
  ends: it.ends
})

/** What was noticed of a match and what became of it, by the same reasons for everybody. `level` is whose budget is told. */
export const events = (
  recorded: ReadonlyArray<OfMatch>,
  issued: ReadonlyArray<Bulletin>,
  level: Budget.Level | null
): ReadonlyArray<Entry> => recorded.flatMap((one, index) => entriesOf(one, index, recorded, issued, level))

const entriesOf = (
  one: OfMatch,
  index: number,
  recorded: ReadonlyArray<OfMatch>,
  issued: ReadonlyArray<Bulletin>,
  level: Budget.Level | null
): ReadonlyArray<Entry> => {
  const { at } = one
  const match = (text: string, facts: Entry["facts"] = {}): ReadonlyArray<Entry> => [
    { kind: "match", at, text, facts }
  ]
  switch (one._tag) {
    case "Noticed": {
      const { event, fate, key, reason } = one.body
      const facts = { event, key, ball: one.body.ball ?? null, fate }
      const name = Words.subject({ ball: facts.ball, event })
      const entry = (text: string, more: Entry["facts"] = {}): ReadonlyArray<Entry> => [
        { kind: "event", at, text: `${name}: ${text}`, facts: { ...facts, ...more } }
      ]
      if (fate === "headline") {
        const { more, text } = leading(one.body, at, recorded.slice(index), issued, level)
        return entry(`${reason === "leads" ? "noticed" : `noticed again (${reason})`}${text}`, more)
      }
      if (fate === "deferred") {
        const again = recorded
          .slice(index + 1)
          .some(
            (other) => other._tag === "Noticed" && other.body.key === key && other.body.fate !== "deferred"
          )
        return entry(`noticed ${reason}, and had to wait${again ? "" : "; its turn never came"}`)
      }
      return entry(fate === "retracted" ? `taken back: ${reason}` : `noticed, and not told: ${reason}`)
    }
    case "Refused":
      return match(`a reading was refused: ${one.body.reason}`)
    case "Paused":
      return match(`play stops: ${one.body.status}`, { status: one.body.status })
    case "Resumed":
      return match("play goes on")
    case "Vanished":
      return match("the feed has lost the match")
    case "Channel":
      return [
        {
          kind: "channel",
          at,
          text: `${Words.channel(one.body.said)} (${one.body.cohort})`,
          facts: { cohort: one.body.cohort, channel: one.body.channel ?? null }
        }
      ]
    case "Held":
    case "Dropped":
    case "Bulletin":
      return []
  }
}

/** What became of an event that was worth telling; `after` begins with its being noticed. */
const leading = (
  { event, key }: { readonly event: string; readonly key: string },
  at: Instant.Instant,
  after: ReadonlyArray<OfMatch>,
  issued: ReadonlyArray<Bulletin>,
  level: Budget.Level | null
): { readonly text: string; readonly more: Entry["facts"] } => {
  const later = issued.filter((one) => one.at >= at)
  const told = (it: Bulletin): string => `told as bulletin ${it.stamp} ${Words.priority(it, level)}`
  const named = later.find((one) => one.key === key)
  const held = after.find((one) => one._tag === "Held" && one.body.key === key && one.at === at)
  if (held !== undefined) {
    // A correction while it waited may have given it another name.
    const own = named ?? later.find((one) => one.event === event)
    const dropped = after.find((one) => one._tag === "Dropped" && one.body.key === key)
    if (dropped?._tag === "Dropped" && (own === undefined || dropped.at < own.at)) {
      return {
        text: `, waited ${Words.span(dropped.at - at)} for a confirming reading, and dropped: ${dropped.body.why}`,
        more: { waitedMillis: dropped.at - at, dropped: dropped.body.why }
      }
    }
    return own === undefined
      ? { text: ", waits for a confirming reading", more: {} }
      : {
          text: `, waited ${Words.span(own.at - at)} for a confirming reading, ${told(own)}`,
          more: { waitedMillis: own.at - at, stamp: own.stamp }
        }
  }
  if (named !== undefined) return { text: `, ${told(named)}`, more: { stamp: named.stamp } }
  const next = later.find((one) => one.at > at)
  const before = issued.findLast((one) => one.at <= at)
  const distance = before === undefined ? "" : ` (the last one was ${Words.span(at - before.at)} before)`
  return next === undefined
    ? { text: "; held back, for quiet changes keep their distance, and nothing went out since", more: {} }
    : {
        text:
          `; held back, for quiet changes keep their distance${distance}; ` +
          `went out ${Words.span(next.at - at)} later with bulletin ${next.stamp}`,
        more: { heldBackMillis: next.at - at, stamp: next.stamp }
      }
}
