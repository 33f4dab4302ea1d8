import type { Instant } from "@sightscreen/decider"
import type * as Page from "./Page.ts"

/** What the twin says to a request. */
export type Answer =
  | { readonly _tag: "Found"; readonly data: unknown; readonly beside?: Page.Json }
  /** The text of what was found, where it was written before. */
  | { readonly _tag: "Written"; readonly text: string }
  | { readonly _tag: "Wrong"; readonly status: number; readonly message: string }

export const found = (data: unknown, beside?: Page.Json): Answer =>
  beside === undefined ? { _tag: "Found", data } : { _tag: "Found", data, beside }

export const wrong = (status: number, message: string): Answer => ({ _tag: "Wrong", status, message })

export const unauthenticated = wrong(401, "Unauthenticated.")
export const notFound = wrong(404, "Record not found")
export const tooMany = wrong(429, "Too Many Attempts.")

/** As it was asked, and when. */
export interface Request {
  readonly at: Instant.Instant
  readonly params: ReadonlyMap<string, string>
}
