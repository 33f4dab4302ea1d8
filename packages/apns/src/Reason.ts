/**
 * Every reason Apple gives for refusing a push, a publish or a channel, and what it calls for.
 *
 * Apple: "Handling notification responses from APNs" and "Handling error responses from APNs" (channels). A reason that is
 * not here is data all the same: its raw text is kept and its status alone decides.
 */

/** What a reason calls for, coarsely. `Verdict` turns it into what callers act on. */
export type Class =
  /** The token will never work again, unless the app registers it again. */
  | "token-dead"
  /** The token does not work here: it may be dead, or ours may be the wrong host or topic. */
  | "token-suspect"
  /** The request is wrong, and the same request will be wrong again. */
  | "our-fault"
  /** The bearer token is too old: a new one on a new connection cures it. */
  | "auth-expired"
  /** The key or certificate is not welcome: a person must look, a new token will not help. */
  | "auth-refused"
  /** This connection cannot serve this request; another one may. */
  | "connection"
  /** Too many pushes to one token or channel. */
  | "slow-token"
  /** Too many bearer tokens were minted. */
  | "slow-minting"
  /** Apple has trouble or is going away. */
  | "apple-down"
  /** The channel is gone, or none can be had. */
  | "channel"

interface Entry {
  /** The status Apple documents it with. */
  readonly status: number
  readonly class: Class
  readonly meaning: string
  readonly remedy: string
}

const entry = (status: number, class_: Class, meaning: string, remedy: string): Entry => ({
  status,
  class: class_,
  meaning,
  remedy
})

export const table = {
  // Pushes to a token.
  BadCollapseId: entry(400, "our-fault", "the collapse id exceeds 64 bytes", "shorten it"),
  BadDeviceToken: entry(
    400,
    "token-suspect",
    "the token is malformed, or belongs to the other environment",
    "rule out the environment first, then drop it; a burst of these is a wrong setting of ours"
  ),
  BadExpirationDate: entry(
    400,
    "our-fault",
    "apns-expiration is not whole seconds since 1970, or not 0 on a channel without storage",
    "look for milliseconds"
  ),
  BadMessageId: entry(400, "our-fault", "apns-id is not a canonical UUID", "send a lower-case UUID or none"),
  BadPriority: entry(400, "our-fault", "apns-priority is not one the push type may have", "send 10, 5 or 1"),
  BadTopic: entry(400, "our-fault", "apns-topic is malformed", "check the bundle ID"),
  DeviceTokenNotForTopic: entry(
    400,
    "token-suspect",
    "the token belongs to another topic",
    "check the stored bundle ID and the kind of token the app registered"
  ),
  DuplicateHeaders: entry(400, "our-fault", "a header is repeated", "send each header once"),
  IdleTimeout: entry(400, "connection", "the connection was idle for too long", "send again on a new one"),
  InvalidPushType: entry(400, "our-fault", "apns-push-type is unknown here", "check its spelling"),
  MissingDeviceToken: entry(400, "our-fault", "the path has no token", "do not send without a token"),
  MissingTopic: entry(400, "our-fault", "apns-topic is absent", "send it"),
  PayloadEmpty: entry(400, "our-fault", "there is no payload", "send one"),
  TopicDisallowed: entry(
    400,
    "our-fault",
    "pushing to this topic is not allowed",
    "check the suffix for the push type and the key's topics"
  ),
  BadCertificate: entry(403, "auth-refused", "the certificate is not valid", "replace it"),
  BadCertificateEnvironment: entry(
    403,
    "auth-refused",
    "the certificate is for the other environment",
    "replace it or change the host"
  ),
  ExpiredProviderToken: entry(
    403,
    "auth-expired",
    "the bearer token is more than an hour old",
    "mint once, leave the connection, send once more; if it repeats, check the clock"
  ),
  Forbidden: entry(403, "auth-refused", "the action is not allowed", "do not retry; the key may be revoked"),
  InvalidProviderToken: entry(
    403,
    "auth-refused",
    "the bearer token is malformed, wrongly signed, or of an unknown key or team",
    "stop using this key until its file, key id and team id are checked"
  ),
  MissingProviderToken: entry(403, "auth-refused", "there is no bearer token", "send one"),
  UnrelatedKeyIdInToken: entry(
    403,
    "connection",
    "the key is unrelated to the one this connection was first used with",
    "give each key its own connection"
  ),
  // Apple's page and the wire spell this one differently.
  BadEnvironmentKeyIdInToken: entry(
    403,
    "auth-refused",
    "the key is for the other environment",
    "use the right key or host"
  ),
  BadEnvironmentKeyInToken: entry(
    403,
    "auth-refused",
    "the key is for the other environment",
    "use the right key or host"
  ),
  BadPath: entry(404, "our-fault", "the path is wrong; says nothing about the token", "check the path"),
  MethodNotAllowed: entry(405, "our-fault", "the method is wrong", "send POST"),
  ExpiredToken: entry(410, "token-dead", "the token has expired", "drop it unless registered since"),
  Unregistered: entry(
    410,
    "token-dead",
    "the token is no longer active for the topic",
    "drop it unless registered since"
  ),
  PayloadTooLarge: entry(
    413,
    "our-fault",
    "the payload exceeds 4096 bytes (5120 for VoIP and channels)",
    "shrink it"
  ),
  TooManyProviderTokenUpdates: entry(
    429,
    "slow-minting",
    "the bearer token is renewed more than once in 20 minutes",
    "share one token among all senders and keep the previous one while it lasts"
  ),
  TooManyRequests: entry(
    429,
    "slow-token",
    "too many pushes in a row to one token, or to one channel",
    "wait, then send the newest state only; other tokens are not affected"
  ),
  InternalServerError: entry(500, "apple-down", "trouble at Apple", "send the newest state later"),
  ServiceUnavailable: entry(503, "apple-down", "trouble at Apple", "send the newest state later"),
  Shutdown: entry(503, "apple-down", "this server is going away", "send again on a new connection"),

  // Channels and publishing to them.
  FeatureNotEnabled: entry(
    400,
    "channel",
    "the app's broadcast capability is off",
    "switch it on at the developer portal"
  ),
  MissingChannelId: entry(400, "our-fault", "apns-channel-id is absent", "send it"),
  BadChannelId: entry(
    400,
    "our-fault",
    "the channel id is wrongly encoded or too long",
    "send it as received"
  ),
  ChannelNotRegistered: entry(
    400,
    "channel",
    "the channel is unknown: deleted, or of the other environment",
    "make a new channel and bind the match to it"
  ),
  BadRequestParams: entry(400, "our-fault", "the JSON has an unknown attribute", "check the request"),
  BadRequestPayload: entry(400, "our-fault", "the JSON cannot be parsed", "check the request"),
  MissingPushType: entry(400, "our-fault", "the push type is absent", "send it"),
  CannotCreateChannelConfig: entry(400, "channel", "the app has all its channels", "delete unused channels"),
  // Undocumented; seen when the storage policy is missing or invalid.
  MissingChannelQueueSize: entry(
    400,
    "our-fault",
    "message-storage-policy is missing or invalid",
    "send 0 or 1"
  ),
  TopicMismatch: entry(
    403,
    "auth-refused",
    "the key does not cover the bundle ID in the path",
    "check the key's topics"
  ),
  // Apple prints it with a space on the page about channels.
  "Service Unavailable": entry(503, "apple-down", "trouble at Apple", "send the newest state later")
} as const satisfies Record<string, Entry>

/** A reason that Apple documents or is known to send. */
export type Reason = keyof typeof table

export const is = (text: string): text is Reason => Object.hasOwn(table, text)

/** Apple writes some reasons in two ways: one on its pages and another on the wire, or one on each of two pages. */
const spellings: Readonly<Record<string, Reason>> = {
  BadEnvironmentKeyInToken: "BadEnvironmentKeyIdInToken",
  "Service Unavailable": "ServiceUnavailable"
}

/** One spelling for each reason, so that they can be counted. A reason we do not know stays as it is. */
export const canonical = (reason: string): string =>
  Object.hasOwn(spellings, reason) ? spellings[reason]! : reason

/**
 * Whether a push may be sent again, and after what. Apple: never to a token it has refused; after mending for other 4xx;
 * after a delay for 429; after 15 minutes for 5xx, by when a score is news of yesterday.
 */
export const repeatable = (class_: Class): "never" | "once-mended" | "after-a-delay" | "elsewhere" => {
  switch (class_) {
    case "token-dead":
    case "token-suspect":
      return "never"
    case "our-fault":
    case "auth-refused":
    case "channel":
      return "once-mended"
    case "auth-expired":
    case "connection":
      return "elsewhere"
    case "slow-token":
    case "slow-minting":
    case "apple-down":
      return "after-a-delay"
  }
}

/** What a refusal calls for; a reason we do not know, or none, is judged by its status. */
export const classify = (status: number, reason: string | undefined): Class =>
  reason !== undefined && is(reason) ? table[reason].class : byStatus(status)

const byStatus = (status: number): Class => {
  switch (status) {
    case 403:
      return "auth-refused"
    case 410:
      return "token-dead"
    case 429:
      return "slow-token"
  }
  return status >= 400 && status < 500 ? "our-fault" : "apple-down"
}
