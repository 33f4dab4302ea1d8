import { type Instant, PersistentMap } from "@sightscreen/decider"
import { Result } from "effect"
import type { Environment } from "../Handling.ts"
import type { Reason } from "../Reason.ts"
import type { Certificate } from "./Certificate.ts"
import type { Jwt, Unreadable } from "./Jwt.ts"

/**
 * Who sends: the signing keys that Apple has issued, and what it remembers of each connection that has shown one; or whoever
 * has the certificate that a connection was opened with.
 *
 * Apple: "Establishing a token-based connection to APNs" and "Establishing a certificate-based connection to APNs". Whether a
 * signature is good comes with the request.
 */
export interface Senders {
  readonly keys: ReadonlyArray<Key>
  readonly revoked: PersistentMap<string, true>
  readonly connections: PersistentMap<number, Connection>
  /** The token last seen for each key on any connection. */
  readonly minted: PersistentMap<string, Jwt>
}

/** A signing key that Apple knows. */
export interface Key {
  readonly keyId: string
  readonly teamId: string
  /** The bundle IDs it may push to; absent for any. */
  readonly bundleIds?: ReadonlyArray<string>
  /** The environment it is for; absent for both, as with older keys. */
  readonly environment?: Environment
  /** Whether it stands for all of its team's apps or for the listed ones only. */
  readonly scope?: "team" | "topics"
  /** Apple: a key for single topics may have one related key, which may share its connections. */
  readonly related?: string
}

export interface Rules {
  /** Refuse what Apple calls an error without naming a reason. */
  readonly strict: boolean
  /** Where a second token of one key within 20 minutes is noticed. Apple says: on a connection. Reports say: by key. */
  readonly mintLimit: { readonly perConnection: boolean; readonly perKey: boolean }
  /** The spelling of that reason: Apple's page has one and the wire the other. */
  readonly environmentReason: "BadEnvironmentKeyInToken" | "BadEnvironmentKeyIdInToken"
  /** What a revoked key is told. Apple does not say. */
  readonly revokedReason: "InvalidProviderToken" | "Forbidden"
}

interface Connection {
  /** An expired token has been shown: nothing is accepted any more. */
  readonly wedged: boolean
  /** The first key accepted, which decides which others may follow. */
  readonly first: Key | null
  /** Every key as it was when the connection first showed it. */
  readonly keys: PersistentMap<string, Key>
  readonly jwts: PersistentMap<string, Jwt>
}

const unused: Connection = {
  wedged: false,
  first: null,
  keys: PersistentMap.empty(),
  jwts: PersistentMap.empty()
}

export interface Shown {
  readonly at: Instant.Instant
  readonly connection: number
  /** The `authorization` header, read by `Jwt.parse`, … */
  readonly jwt: Result.Result<Jwt, Unreadable>
  /** … and whether its signature is by the key it names. */
  readonly signature: "valid" | "invalid"
  /** What the connection was opened with. Apple looks at no bearer token then. */
  readonly certificate?: Certificate | undefined
}

/** What a sender may push to: apps, or whole topics; anything where neither is said. */
export interface Vouched {
  readonly bundleIds?: ReadonlyArray<string>
  readonly topics?: ReadonlyArray<string>
}

export const make = (keys: ReadonlyArray<Key>): Senders => ({
  keys,
  revoked: PersistentMap.empty(),
  connections: PersistentMap.empty(),
  minted: PersistentMap.empty()
})

/** A key that is issued again may do more or less than before, on connections that have not shown it yet. */
export const issue = (self: Senders, key: Key): Senders => ({
  ...self,
  keys: [...self.keys.filter(({ keyId }) => keyId !== key.keyId), key],
  revoked: self.revoked.remove(key.keyId)
})

export const revoke = (self: Senders, keyId: string): Senders => ({
  ...self,
  revoked: self.revoked.set(keyId, true)
})

export const forget = (self: Senders, connection: number): Senders => ({
  ...self,
  connections: self.connections.remove(connection)
})

/** Whether a connection has shown a good token. */
export const isProven = (self: Senders, connection: number): boolean =>
  connectionOf(self, connection).first !== null

const connectionOf = (self: Senders, connection: number): Connection =>
  self.connections.get(connection) ?? unused

const hour = 3600
const twentyMinutes = 1200

/** What vouches for a request, or why nothing does. A connection remembers what it has been shown. */
export const authenticate = (
  self: Senders,
  rules: Rules,
  shown: Shown,
  environment: Environment
): readonly [Senders, Vouched | Reason] => {
  if (shown.certificate !== undefined) return [self, checkCertificate(shown.certificate, environment)]
  const connection = connectionOf(self, shown.connection)
  if (Result.isFailure(shown.jwt)) {
    return [self, shown.jwt.failure === "Missing" ? "MissingProviderToken" : "InvalidProviderToken"]
  }
  if (connection.wedged && rules.strict) return [self, "ExpiredProviderToken"]

  const jwt = shown.jwt.success
  const issued = self.keys.find(({ keyId }) => keyId === jwt.keyId)
  if (issued === undefined || issued.teamId !== jwt.teamId || shown.signature === "invalid") {
    return [self, "InvalidProviderToken"]
  }
  if (self.revoked.has(jwt.keyId)) return [self, rules.revokedReason]
  const age = shown.at / 1000 - jwt.issuedAtSeconds
  if (age > hour) {
    return [remember(self, shown, { ...connection, wedged: true }), "ExpiredProviderToken"]
  }
  // Apple names no reason for a token from the future.
  if (age < -hour) return [self, "InvalidProviderToken"]

  // Apple: a connection knows the apps of its first push. One that is added later needs a new connection.
  const key = connection.keys.get(jwt.keyId) ?? issued
  const misplaced = checkKey(rules, environment, connection.first, key)
  if (misplaced !== undefined) return [self, misplaced]

  const last = connection.jwts.get(key.keyId)
  const { perConnection, perKey } = rules.mintLimit
  if ((perConnection && tooSoon(last, jwt)) || (perKey && tooSoon(self.minted.get(key.keyId), jwt)))
    return [self, "TooManyProviderTokenUpdates"]
  // The same token again, which nearly every request brings, changes nothing.
  if (last?.text === jwt.text) return [self, key]
  const bound: Connection = {
    ...connection,
    first: connection.first ?? key,
    keys: connection.keys.set(key.keyId, key),
    jwts: connection.jwts.set(key.keyId, jwt)
  }
  return [{ ...remember(self, shown, bound), minted: self.minted.set(key.keyId, jwt) }, key]
}

const checkCertificate = (
  { environments, topics, trusted }: Certificate,
  environment: Environment
): Vouched | Reason => {
  if (!trusted) return "BadCertificate"
  return environments.includes(environment) ? { topics } : "BadCertificateEnvironment"
}

const remember = (self: Senders, { connection }: Shown, as: Connection): Senders => ({
  ...self,
  connections: self.connections.set(connection, as)
})

/**
 * Tokens are told apart by their own `iat`, not by when they are first seen: a sender that renews properly may well open a
 * connection just before it renews. Going back to the previous token is allowed.
 */
const tooSoon = (last: Jwt | undefined, next: Jwt): boolean =>
  last !== undefined &&
  last.text !== next.text &&
  Math.abs(next.issuedAtSeconds - last.issuedAtSeconds) < twentyMinutes

/** Apple: the first push ties its team to the connection, and keys of narrower scope exclude all others. */
const checkKey = (
  rules: Rules,
  environment: Environment,
  first: Key | null,
  key: Key
): Reason | undefined => {
  if (key.environment !== undefined && key.environment !== environment) return rules.environmentReason
  if (first === null || first.keyId === key.keyId) return undefined
  // Apple names no reason for a second team.
  if (first.teamId !== key.teamId) return "InvalidProviderToken"
  if (first.scope !== "topics" && key.scope !== "topics") return undefined
  const related = first.related === key.keyId || key.related === first.keyId
  return related && first.scope === key.scope ? undefined : "UnrelatedKeyIdInToken"
}
