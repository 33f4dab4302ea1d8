import type { Headers } from "../Headers.ts"
import * as PushType from "../PushType.ts"
import type { Reason } from "../Reason.ts"
import type { Vouched } from "./Sender.ts"

/**
 * What a request says whoever it is for: its headers and its body, and what is wrong with them.
 *
 * A sender in the same process gives the very same headers and the very same bytes for a whole cohort, and they are looked at
 * once for all of it. Nobody changes what was sent.
 */
export class Contents {
  readonly headers: Headers
  /** The last of those that were sent twice; without pseudo-headers. */
  readonly fields: Fields
  readonly repeats: boolean
  readonly bytes: Uint8Array
  #body: Body | null
  #judged: Judged | null = null

  private constructor(headers: Headers, bytes: Uint8Array, body: Body | null) {
    const fields: Record<string, string> = {}
    let repeats = false
    for (const [name, value] of headers) {
      if (name.startsWith(":")) continue
      repeats ||= fields[name] !== undefined
      fields[name] = value
    }
    this.headers = headers
    this.fields = fields
    this.repeats = repeats
    this.bytes = bytes
    this.#body = body
  }

  static of({ body, headers }: { readonly headers: Headers; readonly body: Uint8Array }): Contents {
    const known = lately.get(body)
    if (known?.headers === headers) return known
    // The same bytes under other headers are still the same bytes.
    const contents = new Contents(headers, body, known === undefined ? null : known.#body)
    lately.set(body, contents)
    return contents
  }

  get body(): Body {
    return (this.#body ??= read(this.bytes))
  }

  get pushType(): PushType.PushType {
    return (this.fields["apns-push-type"] ?? "alert") as PushType.PushType
  }

  /** What of it Apple refuses to push for such a sender; null for nothing. The token is another matter. */
  refusal(strict: boolean, topic: string | undefined, sender: Vouched): Reason | null {
    const before = this.#judged
    if (before !== null && before.sender === sender && before.strict === strict && before.topic === topic)
      return before.reason
    const reason = judge(this, strict, topic, sender)
    this.#judged = { strict, topic, sender, reason }
    return reason
  }
}

interface Judged {
  readonly strict: boolean
  readonly topic: string | undefined
  readonly sender: Vouched
  readonly reason: Reason | null
}

const lately = new WeakMap<Uint8Array, Contents>()

export type Fields = Readonly<Record<string, string>>

export interface Body {
  readonly isJson: boolean
  /** Null where it is none, or no object. */
  readonly payload: Readonly<Record<string, unknown>> | null
}

const notJson: Body = { isJson: false, payload: null }
const fromUtf8 = new TextDecoder("utf-8", { fatal: true })

const read = (bytes: Uint8Array): Body => {
  try {
    const payload: unknown = JSON.parse(fromUtf8.decode(bytes))
    return typeof payload === "object" && payload !== null && !Array.isArray(payload)
      ? { isJson: true, payload: payload as Readonly<Record<string, unknown>> }
      : notJson
  } catch {
    return notJson
  }
}

/** In the order in which the gate looks. */
const judge = (it: Contents, strict: boolean, topic: string | undefined, sender: Vouched): Reason | null =>
  checkForm(it.fields) ??
  (PushType.is(it.pushType) ? null : "InvalidPushType") ??
  checkTopic(topic, it.pushType, sender) ??
  checkPriority(strict, it.fields["apns-priority"], it.pushType) ??
  checkBody(strict, it)

const utf8 = new TextEncoder()

const checkForm = (fields: Fields): Reason | null => {
  const expiration = fields["apns-expiration"]
  // Seconds fit 32 bits until 2106; milliseconds, the usual mistake, do not.
  if (expiration !== undefined && (!/^\d{1,10}$/.test(expiration) || Number(expiration) > 0xffff_ffff))
    return "BadExpirationDate"
  const priority = fields["apns-priority"]
  if (priority !== undefined && !/^(?:1|5|10)$/.test(priority)) return "BadPriority"
  const collapseId = fields["apns-collapse-id"]
  if (collapseId !== undefined && utf8.encode(collapseId).length > 64) return "BadCollapseId"
  return null
}

const longSuffixes = PushType.all.map((type) => PushType.rulesOf(type).suffix).filter((suffix) => !!suffix)

const checkTopic = (
  topic: string | undefined,
  type: PushType.PushType,
  { bundleIds, topics }: Vouched
): Reason | null => {
  if (topic === undefined || topic === "") return "MissingTopic"
  if (!/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/.test(topic)) return "BadTopic"
  const { suffix } = PushType.rulesOf(type)
  if (topics !== undefined && (tokensOnly.has(type) || !topics.includes(topic))) return "TopicDisallowed"
  if (suffix === null) return null
  const wrongSuffix =
    suffix === "" ? longSuffixes.some((other) => topic.endsWith(other!)) : !topic.endsWith(suffix)
  const bundleId = topic.slice(0, topic.length - suffix.length)
  return wrongSuffix || bundleIds?.includes(bundleId) === false ? "TopicDisallowed" : null
}

/** Apple: these need bearer tokens, whatever a certificate lists. */
const tokensOnly: ReadonlySet<PushType.PushType> = new Set(["liveactivity", "location"])

/** Apple: an absent priority is 10. It calls a priority that a type must not have an error, without a reason. */
const checkPriority = (strict: boolean, priority = "10", type: PushType.PushType): Reason | null =>
  strict && !PushType.rulesOf(type).priorities.some((allowed) => String(allowed) === priority)
    ? "BadPriority"
    : null

const checkBody = (strict: boolean, { body, bytes, pushType }: Contents): Reason | null => {
  if (bytes.length === 0) return "PayloadEmpty"
  if (bytes.length > PushType.rulesOf(pushType).limit) return "PayloadTooLarge"
  // Apple documents no reason for a body that is not JSON.
  return body.isJson || !strict ? null : "PayloadEmpty"
}
