import { Reason, Verdict } from "@sightscreen/apns"
import type { Instant } from "@sightscreen/decider"
import { DateTime } from "effect"
import type { NoAnswer } from "./Call.ts"
import * as Text from "./Text.ts"
import * as Trouble from "./Trouble.ts"

/** What a command says, and how it ends: 0 accepted, 1 refused, 2 not sent or not answered. */
export interface Said {
  readonly code: 0 | 1 | 2
  readonly out: string
  readonly err: string
}

export const fine = (out: string, err = ""): Said => ({ code: 0, out, err })

/** What a refusal means and what to do about it, also where Apple's word for it is new. */
export const explain = (
  status: number,
  reason: string | null
): { readonly meaning: string; readonly remedy: string } => {
  if (reason !== null && Reason.is(reason)) return Reason.table[reason]
  const meaning =
    reason === null ? "the answer gives no reason Apple would give" : "a reason that Apple does not document"
  switch (Reason.repeatable(Reason.classify(status, reason ?? undefined))) {
    case "never":
      return { meaning, remedy: "do not send to this token again" }
    case "once-mended":
      return { meaning, remedy: "do not send it again as it is" }
    case "elsewhere":
      return { meaning, remedy: "send it again on a new connection" }
    case "after-a-delay":
      return { meaning, remedy: "try again later" }
  }
}

type Refusal = Extract<Verdict.Verdict, { readonly status: number }>

const isRefusal = (verdict: Verdict.Verdict): verdict is Refusal => "status" in verdict

export interface Names {
  /** What an answer to this request is known by. */
  readonly id: string
  readonly idName: "apns-id" | "apns-request-id"
  readonly origin: string
  /** What a push to a token went to. */
  readonly topic?: string | null
}

/** When to come again, where Apple has said so. */
const againAfter = (verdict: Refusal): string | null => {
  const retryAfter = "retryAfter" in verdict ? verdict.retryAfter : undefined
  if (retryAfter === undefined) return null
  return retryAfter._tag === "Wait"
    ? `not for ${Math.ceil(retryAfter.millis / 1000)} s, Apple asks`
    : `not before ${iso(retryAfter.at)}, Apple asks`
}

/** An answer for people. */
export const told = (
  verdict: Verdict.Verdict,
  names: Names,
  done: string,
  more: ReadonlyArray<readonly [string, string | null]> = []
): Said => {
  if (!isRefusal(verdict)) {
    const id = verdict._tag === "Accepted" ? (verdict.apnsId ?? names.id) : names.id
    const uniqueId = verdict._tag === "Accepted" ? verdict.uniqueId : null
    return fine([done, Text.fields([[names.idName, id], ["apns-unique-id", uniqueId], ...more])].join("\n"))
  }
  const { reason, status } = verdict
  const { meaning, remedy } = explain(status, reason)
  const since = verdict._tag === "TokenDead" ? verdict.since : null
  const out = [
    `Refused: ${[status, reason].filter((part) => part !== null).join(" ")}`,
    Text.fields([
      ["meaning", meaning],
      ["to do", remedy],
      ["again", againAfter(verdict)],
      ["dead since", since === null ? null : iso(since)],
      ["topic", names.topic],
      [names.idName, names.id],
      ["host", names.origin]
    ])
  ]
  return { code: 1, out: out.join("\n"), err: "" }
}

/** The same for programs: one object in one line. */
export const toldJson = (
  verdict: Verdict.Verdict,
  names: Names,
  more: Readonly<Record<string, unknown>> = {}
): Said => {
  const refusal = isRefusal(verdict) ? verdict : null
  const accepted = verdict._tag === "Accepted" ? verdict : null
  const words = refusal === null ? null : explain(refusal.status, refusal.reason)
  return {
    code: refusal === null ? 0 : 1,
    out: JSON.stringify({
      accepted: refusal === null,
      answered: true,
      status: refusal?.status ?? more["status"] ?? 200,
      reason: refusal?.reason ?? null,
      meaning: words?.meaning ?? null,
      remedy: words?.remedy ?? null,
      since: verdict._tag === "TokenDead" && verdict.since !== null ? iso(verdict.since) : null,
      retryAfter: refusal !== null && "retryAfter" in refusal ? (refusal.retryAfter ?? null) : null,
      [names.idName]: accepted?.apnsId ?? names.id,
      "apns-unique-id": accepted?.uniqueId ?? null,
      host: names.origin,
      ...more
    }),
    err: ""
  }
}

const iso = (at: Instant.Instant): string => DateTime.formatIso(DateTime.makeUnsafe(at))

/** What was in the way of an answer. */
export const unanswered = (error: NoAnswer, names: Names, json: boolean): Said => {
  const meaning = Trouble.meaning(error.code)
  const remedy = Trouble.remedy(error.code)
  if (json) {
    return {
      code: 2,
      out: JSON.stringify({
        accepted: false,
        answered: false,
        status: null,
        reason: null,
        meaning,
        remedy,
        /** False: Apple has not seen it. Null: nobody knows. */
        processed: error.sent ? null : false,
        [names.idName]: names.id,
        host: names.origin
      }),
      err: ""
    }
  }
  const err = [
    `No answer from ${names.origin}`,
    Text.fields([
      ["meaning", meaning],
      ["to do", remedy],
      [
        "sent",
        error.sent
          ? "yes: nobody knows whether it was taken, and a second one may be a repeat"
          : "no: nothing has been processed"
      ],
      ["more", "npm run --silent server -- doctor"]
    ])
  ]
  return { code: 2, out: "", err: err.join("\n") }
}
