import { Instant } from "@sightscreen/decider"
import { Schema } from "effect"
import type { Bulletin } from "../live/Bulletin.ts"
import type { Output } from "../live/ActiveMatch.ts"
import { type MatchId } from "../Ids.ts"
import * as MatchEvent from "../events/MatchEvent.ts"

/** What other systems can be told. */
export const types = [
  "match.event",
  "match.paused",
  "match.resumed",
  "match.ended",
  "delivery.outcomes",
  "webhook.test"
] as const
export const Type = Schema.Literals(types)
export type Type = typeof Type.Type

/** Something to tell other systems. The same thing told twice has the same key. */
export interface Notice {
  readonly type: Type
  readonly key: string
  readonly at: Instant.Instant
  readonly data: Schema.Json
}

/** As it is sent: what happened, when, and what there is to know of it. Times are as ISO 8601 has them. */
export const bodyOf = ({ at, data, type }: Notice, iso: (at: Instant.Instant) => string): string =>
  JSON.stringify({ type, timestamp: iso(at), data })

/** What was said of a match, as far as it is worth telling other systems: what led a bulletin, and turns of the match. */
export const ofMatch = (matchId: MatchId, outputs: ReadonlyArray<Output>): ReadonlyArray<Notice> =>
  outputs.flatMap((output) => noticesOf(matchId, output))

const noticesOf = (matchId: MatchId, output: Output): ReadonlyArray<Notice> => {
  switch (output._tag) {
    case "BulletinIssued":
      return ofBulletin(matchId, output.bulletin)
    case "Paused":
      return [
        {
          type: "match.paused",
          key: `${matchId}/paused/${output.at}`,
          at: output.at,
          data: { matchId, status: output.status }
        }
      ]
    case "Resumed":
      return [
        { type: "match.resumed", key: `${matchId}/resumed/${output.at}`, at: output.at, data: { matchId } }
      ]
    default:
      return []
  }
}

/** Also for a bulletin that a process before this one issued, and may not have told of. */
export const ofBulletin = (matchId: MatchId, bulletin: Bulletin): ReadonlyArray<Notice> => {
  const { expanded } = bulletin.content
  const score = {
    matchId,
    stamp: bulletin.stamp,
    batting: expanded.battingCode,
    score: expanded.score,
    overs: expanded.overs,
    status: expanded.statusLine
  }
  const told: Array<Notice> = []
  if (bulletin.event !== null) {
    const key = MatchEvent.key(bulletin.event)
    told.push({
      type: "match.event",
      key: `${matchId}/${bulletin.stamp}/${key}`,
      at: bulletin.at,
      data: {
        ...score,
        event: { name: bulletin.event._tag, key, ball: bulletin.event.position.label },
        alert: bulletin.alert === null ? null : { title: bulletin.alert.title, body: bulletin.alert.body }
      }
    })
  }
  if (bulletin.ends !== null) {
    told.push({
      type: "match.ended",
      key: `${matchId}/${bulletin.stamp}/ended`,
      at: bulletin.at,
      data: { ...score, ends: bulletin.ends }
    })
  }
  return told
}
