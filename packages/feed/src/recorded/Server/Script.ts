import type { Instant } from "@sightscreen/decider"
import type { Duration } from "effect"
import type { Fault as MatchFault } from "../Faulty.ts"
import type * as Page from "./Page.ts"

/**
 * What goes wrong with the provider, at times of our choosing: with its answers as a whole, with how they are written, and
 * with what they say of a match.
 */
export type Fault =
  | (Span & {
      readonly _tag: "Answers"
      /** 400, 401, 403, 404, 429, or 500 and beyond. */
      readonly status: number
      /** In words, as HTML, or with nothing. */
      readonly body?: "json" | "html" | "empty"
      readonly retryAfterSeconds?: number
    })
  /** The answer is not what it says it is: a gateway's page, half of the text, another shape; all with status 200. */
  | (Span & { readonly _tag: "Garbles"; readonly as: "html" | "half" | "no data" | "nothing" })
  /** The answer comes so late. */
  | (Span & { readonly _tag: "Lags"; readonly by: Duration.Duration })
  /** The request is read and never answered. */
  | (Span & { readonly _tag: "Hangs" })
  /** Relations are wrapped in `data`, numbers and ids are texts, booleans 0 and 1. */
  | (Span & { readonly _tag: "Wraps" })
  | (Span & { readonly _tag: "Writes"; readonly as: "texts" })
  /** A fixture that does not fit, among those that do. */
  | (Span & { readonly _tag: "Spoils"; readonly fixtureId: number })
  /** Another status than there is, as they write it; play goes on behind it. */
  | (Span & { readonly _tag: "Words"; readonly fixtureId: number; readonly status: string })
  /** Finished, with nobody named the winner and no note. */
  | (Span & { readonly _tag: "WithholdsWinner"; readonly fixtureId: number })
  /** Finished, with the loser named and no note. */
  | (Span & { readonly _tag: "NamesLoser"; readonly fixtureId: number })
  /** The runs are those of a while ago, though the balls are new. */
  | (Span & { readonly _tag: "LagsRuns"; readonly fixtureId: number; readonly balls: number })
  /** What a match's snapshots get wrong, before they are written: it vanishes, is said to be over, is misread. */
  | { readonly _tag: "Tells"; readonly fault: MatchFault }

interface Span {
  readonly from: Instant.Instant
  /** Null for good. */
  readonly until: Instant.Instant | null
  /** Of this endpoint alone: "livescores", "fixtures". */
  readonly endpoint?: string
}

export const isOn = (fault: Fault, endpoint: string, at: Instant.Instant): boolean =>
  fault._tag !== "Tells" &&
  at >= fault.from &&
  (fault.until === null || at < fault.until) &&
  (fault.endpoint === undefined || fault.endpoint === endpoint)

/** What is wrong with the snapshots of matches. */
export const ofMatches = (script: ReadonlyArray<Fault>): ReadonlyArray<MatchFault> =>
  script.flatMap((fault) => (fault._tag === "Tells" ? [fault.fault] : []))

/** One fixture as it is told while some faults are on. */
export const spoil = (faults: ReadonlyArray<Fault>, fixture: Page.Json): Page.Json => {
  let told = fixture
  for (const fault of faults) {
    if (!("fixtureId" in fault) || fault.fixtureId !== fixture["id"]) continue
    switch (fault._tag) {
      case "Spoils":
        told = { ...told, localteam_id: null, starting_at: { date: "soon" } }
        break
      case "Words":
        told = { ...told, status: fault.status, winner_team_id: null, note: "" }
        break
      case "WithholdsWinner":
        if (told["status"] === "Finished")
          told = { ...told, winner_team_id: null, note: "", draw_noresult: null }
        break
      case "NamesLoser":
        if (told["status"] === "Finished") told = { ...told, winner_team_id: loserOf(told), note: "" }
        break
      case "LagsRuns":
        told = { ...told, runs: lagging(told["runs"], told["balls"], fault.balls) }
        break
    }
  }
  return told
}

const loserOf = ({ localteam_id, visitorteam_id, winner_team_id }: Page.Json): unknown =>
  winner_team_id === localteam_id ? visitorteam_id : localteam_id

/** The last innings without what its last balls brought. */
const lagging = (runs: unknown, balls: unknown, count: number): unknown => {
  if (!Array.isArray(runs) || !Array.isArray(balls)) return runs
  const missing = (balls as ReadonlyArray<{ readonly score: Readonly<Record<string, number>> }>)
    .slice(-count)
    .reduce((sum, { score }) => sum + score["runs"]! + score["bye"]! + score["leg_bye"]!, 0)
  return runs.map((row: Readonly<Record<string, number>>, index) =>
    index === runs.length - 1 ? { ...row, score: Math.max(0, row["score"]! - missing) } : row
  )
}

/** A fixture as it is written while some faults are on. */
export const write = (faults: ReadonlyArray<Fault>, fixture: Page.Json): Page.Json => {
  const wraps = faults.some(({ _tag }) => _tag === "Wraps")
  const texts = faults.some(({ _tag }) => _tag === "Writes")
  const written = wraps ? wrapped(fixture) : fixture
  return texts ? (asTexts(written) as Page.Json) : written
}

const isResource = (value: unknown): value is Page.Json =>
  typeof value === "object" && value !== null && "resource" in value

/** Every relation in an envelope of its own. */
const wrapped = (thing: Page.Json): Page.Json =>
  Object.fromEntries(
    Object.entries(thing).map(([key, value]) => {
      if (Array.isArray(value))
        return [key, { data: value.map((one) => (isResource(one) ? wrapped(one) : one)) }]
      return [key, isResource(value) ? { data: wrapped(value) } : value]
    })
  )

const asTexts = (value: unknown): unknown => {
  if (typeof value === "number") return String(value)
  if (typeof value === "boolean") return value ? 1 : 0
  if (Array.isArray(value)) return value.map(asTexts)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asTexts(one)]))
}
