import { type Request, type Transport, Verdict } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import type * as Entry from "../journal/Entry.ts"
import type { Body } from "./Bodies.ts"

/** One attempt at a push or a publish, in the words of the journal. */

/** What the phones' own word says of a token. */
export interface Holding {
  readonly deviceId: string
  readonly kind: "device" | "start" | "update"
  readonly isAlive: boolean
}

export interface Attempt {
  readonly at: Instant.Instant
  readonly process: number
  readonly pushId: string
  readonly attempt: number
  readonly recorded: boolean
  readonly route: "token" | "channel"
  readonly address: string
  readonly holding: Holding | undefined
  readonly request: Request.Request
  readonly body: Body
  readonly bearer: Instant.Instant
  readonly underWay: number
  readonly taken: boolean
  readonly answer: Transport.Answer
  readonly retryAfter: number | null
}

export const heardOf = (answer: Transport.Answer): Entry.Attempted["heard"] =>
  answer._tag === "Answered" ? answer.status : answer._tag === "Unknown" ? "unknown" : "not processed"

export const entryOf = (it: Attempt): Entry.Attempted => {
  const { answer, body, holding, request, route } = it
  let topic = ""
  let pushType = "liveactivity"
  let priority = 10
  let collapseId: string | null = null
  for (const [name, value] of request.shared) {
    if (name === "apns-topic") topic = value
    else if (name === "apns-push-type") pushType = value
    else if (name === "apns-priority") priority = Number(value)
    else if (name === "apns-collapse-id") collapseId = value
  }
  return {
    _tag: "Attempted",
    at: it.at,
    process: it.process,
    pushId: it.pushId,
    attempt: it.attempt,
    recorded: it.recorded,
    route,
    address: it.address,
    deviceId: holding?.deviceId ?? null,
    holds: route === "channel" ? "channel" : holds(holding),
    environment: request.environment,
    topic,
    pushType,
    event: body.event ?? pushType,
    stamp: body.stamp,
    priority,
    alert: body.alert,
    bytes: body.bytes,
    body: body.name,
    collapseId,
    bearerIssuedAt: Instant.toSeconds(it.bearer),
    underWay: it.underWay,
    taken: it.taken,
    heard: heardOf(answer),
    reason: reasonOf(answer),
    retryAfter: it.retryAfter
  }
}

const holds = (holding: Holding | undefined): Entry.Attempted["holds"] =>
  holding === undefined ? "unknown" : holding.isAlive ? holding.kind : "dead"

const reasonOf = (answer: Transport.Answer): string | null => {
  if (answer._tag !== "Answered") return answer.why
  if (answer.status === 200) return null
  const verdict = Verdict.of(answer)
  return "reason" in verdict ? verdict.reason : null
}
