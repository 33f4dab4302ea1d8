import type { Instant } from "@sightscreen/decider"
import type { Explain } from "@sightscreen/engine"
import { DateTime, type Schema } from "effect"
import type { Finding, MatchRow } from "./Inquiry.ts"

/**
 * What was found as lines for programs. Names of keys and their values are a contract; `text` is for people, and may be
 * worded otherwise tomorrow. Moments are ISO 8601 in UTC; those within `facts` are milliseconds, stamps seconds since 1970.
 */
export type Line = Readonly<Record<string, Schema.Json>>

export const lines = (found: Finding): ReadonlyArray<Line> => {
  switch (found._tag) {
    case "Matches":
      return found.rows.map(ofMatch)
    case "Match":
      return [
        ofMatch(found.match),
        ...found.entries.map((one) => ofEntry(found.match, null, one)),
        ...found.phones.flatMap(({ answers, deviceId, generation, listens, status, tail }) => [
          { type: "phone", match: found.match.matchId, phone: deviceId, status, generation, listens, tail },
          ...answers.map((one) => ofEntry(found.match, deviceId, one))
        ])
      ]
    case "Phone":
      return [
        ofMatch(found.match),
        ...found.explanation.timeline.map((one) => ofEntry(found.match, found.explanation.deviceId, one)),
        ...found.explanation.remarks.map((text) => ({
          type: "remark",
          match: found.match.matchId,
          phone: found.explanation.deviceId,
          text
        }))
      ]
  }
}

const iso = (at: Instant.Instant): string => DateTime.formatIso(DateTime.makeUnsafe(at))

const ofMatch = ({ bulletins, devices, firstAt, lastAt, matchId, title }: MatchRow): Line => ({
  type: "match",
  match: matchId,
  title,
  bulletins,
  phones: devices,
  from: iso(firstAt),
  to: iso(lastAt)
})

const ofEntry = (
  { matchId }: MatchRow,
  phone: string | null,
  { at, facts, kind, text }: Explain.Entry
): Line => ({
  // "match" heads the lines of a match.
  type: kind === "match" ? "play" : kind,
  match: matchId,
  phone,
  at: iso(at),
  text,
  facts
})
