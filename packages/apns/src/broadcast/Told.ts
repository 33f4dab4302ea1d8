import type { Answer } from "../transport/Transport.ts"
import * as Verdict from "../Verdict.ts"

/** What Apple says to a request about channels. A refusal is an answer, and so is none. */
export type Told<A> =
  | { readonly _tag: "Done"; readonly value: A; readonly requestId: string | null }
  | { readonly _tag: "Refused"; readonly verdict: Verdict.Verdict; readonly requestId: string | null }
  /** It is done, and what should come of it is missing from the answer. */
  | { readonly _tag: "Unreadable"; readonly what: string; readonly requestId: string | null }

/** A header of an answer that a transport hands on, its name in lower case. */
export const headerOf = (answer: Answer, name: string): string | undefined =>
  answer._tag === "Answered" ? answer.headers?.[name] : undefined

/** Reads an answer whose success has one status and whose value is read by `value`, or missing. */
export const told = <A>(
  answer: Answer,
  status: number,
  what: string,
  value: (answer: Extract<Answer, { readonly _tag: "Answered" }>) => A | undefined
): Told<A> => {
  const requestId = headerOf(answer, "apns-request-id")?.toLowerCase() ?? null
  if (answer._tag !== "Answered" || answer.status < 200 || answer.status >= 300) {
    return { _tag: "Refused", verdict: Verdict.of(answer), requestId }
  }
  const read = answer.status === status ? value(answer) : undefined
  return read === undefined
    ? { _tag: "Unreadable", what, requestId }
    : { _tag: "Done", value: read, requestId }
}
