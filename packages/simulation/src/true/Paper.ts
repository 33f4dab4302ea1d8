import { Request } from "@sightscreen/apns"

/**
 * What stands on a request to Apple, read from its headers and its body as anybody could who saw it pass.
 *
 * Many requests share one body and one set of headers, the very same objects; each is read once.
 */
export type Paper = Push | Management

export interface Push {
  readonly route: "token" | "channel"
  readonly id: string
  /** A token, or the id of a channel. */
  readonly address: string
  readonly environment: "production" | "sandbox"
  readonly topic: string
  readonly pushType: string
  readonly priority: number
  readonly collapseId: string | null
  readonly says: Says
}

export interface Management {
  readonly route: "management"
  readonly id: string
  readonly does: "create" | "read" | "list" | "delete"
  readonly address: string
}

/** What a body says, as far as it can be told without knowing cricket. */
export interface Says {
  readonly event: string | null
  readonly stamp: number | null
  readonly alert: string | null
  readonly bytes: number
  /** The same for the same bytes, and for no others. */
  readonly name: string
}

const device = "/3/device/"
const publish = "/4/broadcasts/apps/"

export const of = (request: Request.Request): Paper => {
  const { body, environment, path, pushId } = request
  const headers = headersOf(request)
  if (Request.roleOf(request) === "management") {
    const does = methods[headers.get(":method") ?? ""] ?? (path.endsWith("/all-channels") ? "list" : "read")
    const address = headers.get("apns-channel-id") ?? ""
    return { route: "management", id: `${does} ${address}`, does, address }
  }
  const isToken = path.startsWith(device)
  return {
    route: isToken ? "token" : "channel",
    id: pushId ?? headers.get("apns-request-id") ?? "",
    address: isToken ? path.slice(device.length) : (headers.get("apns-channel-id") ?? ""),
    environment,
    topic: headers.get("apns-topic") ?? topicIn(path),
    pushType: headers.get("apns-push-type") ?? "",
    priority: Number(headers.get("apns-priority") ?? 10),
    collapseId: headers.get("apns-collapse-id") ?? null,
    says: saysOf(body)
  }
}

const methods: Readonly<Record<string, Management["does"]>> = { POST: "create", DELETE: "delete" }

/** A publish names its app in its path, without a suffix. */
const topicIn = (path: string): string => (path.startsWith(publish) ? path.slice(publish.length) : "")

const headersRead = new WeakMap<object, ReadonlyMap<string, string>>()

const headersOf = ({ shared }: Request.Request): ReadonlyMap<string, string> => {
  const known = headersRead.get(shared)
  if (known !== undefined) return known
  const read = new Map(shared)
  headersRead.set(shared, read)
  return read
}

const bodiesRead = new WeakMap<Uint8Array, Says>()
const utf8 = new TextDecoder()

const saysOf = (body: Uint8Array): Says => {
  const known = bodiesRead.get(body)
  if (known !== undefined) return known
  const { aps = {} } = JSON.parse(utf8.decode(body)) as {
    readonly aps?: {
      readonly event?: string
      readonly timestamp?: number
      readonly alert?: { readonly title?: string } | string
    }
  }
  const { alert } = aps
  const says: Says = {
    event: aps.event ?? null,
    stamp: aps.timestamp ?? null,
    alert: alert === undefined ? null : typeof alert === "string" ? alert : (alert.title ?? ""),
    bytes: body.length,
    name: nameOf(body)
  }
  bodiesRead.set(body, says)
  return says
}

const nameOf = (body: Uint8Array): string => {
  let one = 0x811c9dc5
  let two = 0x9e3779b9
  for (const byte of body) {
    one = Math.imul(one ^ byte, 0x01000193)
    two = Math.imul(two + byte, 0x5bd1e995) ^ (two >>> 15)
  }
  return (one >>> 0).toString(16).padStart(8, "0") + (two >>> 0).toString(16).padStart(8, "0")
}

/** Apple's word in an answer; null where there is none. */
export const reasonIn = (body: string): string | null => {
  try {
    const { reason } = JSON.parse(body) as { readonly reason?: unknown }
    return typeof reason === "string" ? reason : null
  } catch {
    return null
  }
}
