import type { Instant } from "@sightscreen/decider"
import { type ActiveMatch, type Bulletin, type Ids, MatchEvent } from "@sightscreen/domain"
import type { ActiveMatches } from "@sightscreen/store"
import type { BulletinIssued, Entry } from "./Entry.ts"

/**
 * What a live match has said, in the words of the journal: from its own mouth, or from what the engine has written down of it.
 */
export interface Where {
  readonly at: Instant.Instant
  readonly process: number
  readonly matchId: Ids.MatchId
}

export const entriesOf = (output: ActiveMatch.Output, where: Where): ReadonlyArray<Entry> => {
  switch (output._tag) {
    case "BulletinIssued": {
      const { alert, content, ends, event, stamp } = output.bulletin
      const key = event === null ? null : MatchEvent.key(event)
      return [issued({ alert: alert === null ? null : alert.title, ends, key, stamp }, content, where)]
    }
    case "Held":
      return [{ _tag: "EventHeld", ...where, event: MatchEvent.key(output.event) }]
    case "Dropped":
      return [dropped(MatchEvent.key(output.event), output.why, where)]
    case "Ruled":
      return output.rulings.flatMap(({ event, fate, reason }) =>
        ruled(MatchEvent.key(event), fate, reason, where)
      )
    default:
      return []
  }
}

/** The same from a match as it is saved: its decisions, and the state that they led to. */
export const entriesIn = (
  { decisions = [], matchId, state }: ActiveMatches.Save,
  where: Omit<Where, "matchId">
): ReadonlyArray<Entry> => {
  const { content } = state as unknown as { readonly content: Bulletin.Bulletin["content"] | null }
  const here: Where = { ...where, matchId }
  return decisions.flatMap(({ body, kind, stamp }): ReadonlyArray<Entry> => {
    const { alert, ends, fate = "", key = null, reason = "", why = "" } = body as Body
    const event = key ?? ""
    switch (kind) {
      case "bulletin":
        return content === null
          ? []
          : [issued({ alert: alert ?? null, ends: ends ?? null, key, stamp: stamp ?? 0 }, content, here)]
      case "held":
        return [{ _tag: "EventHeld", ...here, event }]
      case "dropped":
        return [dropped(event, why, here)]
      case "noticed":
        return ruled(event, fate, reason, here)
      default:
        return []
    }
  })
}

/** What a decision may hold. */
interface Body {
  readonly key?: string
  readonly alert?: string | null
  readonly ends?: BulletinIssued["ends"]
  readonly fate?: string
  readonly reason?: string
  readonly why?: string
}

const issued = (
  said: Pick<BulletinIssued, "alert" | "ends" | "stamp"> & { readonly key: string | null },
  { expanded, keyEvent, sequence }: Bulletin.Bulletin["content"],
  where: Where
): BulletinIssued => ({
  _tag: "BulletinIssued",
  ...where,
  stamp: said.stamp,
  sequence,
  score: expanded.score,
  overs: expanded.overs,
  event: said.key,
  retracts: keyEvent?.type === "correction",
  alert: said.alert,
  ends: said.ends
})

const dropped = (event: string, why: string, where: Where): Entry => ({
  _tag: "EventDropped",
  ...where,
  event,
  why
})

/** What leads a bulletin is told with it. */
const ruled = (event: string, fate: string, reason: string, where: Where): ReadonlyArray<Entry> =>
  fate === "headline" ? [] : [dropped(event, `${fate}: ${reason}`, where)]
