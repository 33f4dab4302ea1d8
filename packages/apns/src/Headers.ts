import { Instant } from "@sightscreen/decider"
import type { BundleId, Expiration, Handling } from "./Handling.ts"
import * as PushType from "./PushType.ts"

/** Headers in the order in which they are sent, names in lower case. */
export type Headers = ReadonlyArray<readonly [name: string, value: string]>

/** A push's app; or its whole topic, where that is not made from an app's name. */
export type Subject = { readonly bundleId: BundleId } | { readonly topic: string }

/**
 * The headers that are the same for every token a message goes to.
 *
 * Equal ones are one and the same object, for as long as they are among the last few: a transport that recognises them
 * encodes them once, though every push has a message of its own.
 */
export const shared = (type: PushType.PushType, handling: Omit<Handling, "bundleId"> & Subject): Headers => {
  const name = "topic" in handling ? `=${handling.topic}` : handling.bundleId
  const { collapseId, expiration: until, priority } = handling
  if (
    last !== undefined &&
    last.type === type &&
    last.name === name &&
    last.priority === priority &&
    last.until === until &&
    last.collapseId === collapseId
  ) {
    return last.headers
  }
  const key = `${type} ${name} ${priority} ${expiration(until)} ${collapseId ?? ""}`
  const headers = lately.get(key) ?? make(type, handling)
  if (lately.size >= mostLately) lately.clear()
  lately.set(key, headers)
  last = { type, name, priority, until, collapseId, headers }
  return headers
}

const lately = new Map<string, Headers>()
const mostLately = 256

/** What was asked for last is mostly asked for next, and is found by comparing. */
let last:
  | {
      readonly priority: Handling["priority"]
      readonly collapseId: Handling["collapseId"] | undefined
      readonly type: PushType.PushType
      readonly name: string
      readonly until: Expiration
      readonly headers: Headers
    }
  | undefined

const make = (type: PushType.PushType, handling: Omit<Handling, "bundleId"> & Subject): Headers => {
  const headers: Array<readonly [string, string]> = [
    [":method", "POST"],
    ["apns-push-type", type],
    ["apns-topic", topic(type, handling)],
    ["apns-priority", String(handling.priority)],
    ["apns-expiration", expiration(handling.expiration)]
  ]
  if (handling.collapseId !== undefined) headers.push(["apns-collapse-id", handling.collapseId])
  return headers
}

const topic = (type: PushType.PushType, subject: Subject): string =>
  "topic" in subject ? subject.topic : (PushType.topic(type, subject.bundleId) ?? subject.bundleId)

/** Apple: whole seconds since 1970, or 0 for a single attempt. */
export const expiration = (until: Expiration): string =>
  until === "once" ? "0" : String(Instant.toSeconds(until))
