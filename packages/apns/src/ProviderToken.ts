import { Instant } from "@sightscreen/decider"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import {
  type Credentials,
  KeyRefused,
  type KeyUnreadable,
  readKey,
  sign,
  SigningFailed
} from "./provider/Credentials.ts"
import {
  adopt,
  emptyWallet,
  keepAtLeastMillis,
  pick,
  renewAfterMillis,
  renewEarliestMillis,
  same,
  type Saved
} from "./provider/Wallet.ts"
import { canonical } from "./Reason.ts"

export {
  type Credentials,
  fromConfig,
  fromFile,
  KeyRefused,
  KeyUnreadable,
  SigningFailed
} from "./provider/Credentials.ts"
export type { Saved } from "./provider/Wallet.ts"

/**
 * What became of a wish to forget a token.
 *
 * - `Forgotten`: the next `current` mints a new one.
 * - `Replaced`: another one is current already; there was nothing to forget.
 * - `TooYoung`: Apple allows no new one yet. `current` keeps giving this one until it is 20 minutes old, then mints.
 */
export type Forgotten = "Forgotten" | "Replaced" | "TooYoung"

/** How a key stands with Apple. */
export type Standing =
  | { readonly _tag: "Good" }
  /** Apple has seen too many tokens. Sending goes on with those there are. */
  | { readonly _tag: "MintingPaused"; readonly until: Instant.Instant }
  /** Nothing is sent with this key until somebody calls `reinstate`. */
  | {
      readonly _tag: "KeyRefused"
      readonly keyId: string
      readonly reason: string
      readonly since: Instant.Instant
    }

/** The bearer tokens of one key. */
export interface Tokens {
  readonly current: Effect.Effect<Redacted.Redacted<string>, SigningFailed>
  /**
   * The same without an effect, at a time in milliseconds since 1970; undefined where one must be minted or none may be had.
   * For whoever sends by the hundred thousand. A stand-in may leave it out.
   */
  readonly held?: (now: number) => Redacted.Redacted<string> | undefined
  /** Says that Apple has called this very token expired. Naming it keeps late answers from costing its successor. */
  readonly forget: (jwt: Redacted.Redacted<string>) => Effect.Effect<Forgotten>
  /**
   * Says what Apple has answered to this very token, in Apple's word; reasons that are not about tokens change nothing.
   *
   * Too many updates: minting pauses for 20 minutes, and the token before this one comes back for as long as it lasts, after
   * the pause until it is time to renew it. Invalid or
   * forbidden: the key is refused, and `current` fails from now on, for a new token of the same key would fare no better.
   */
  readonly refused: (jwt: Redacted.Redacted<string>, reason: string) => Effect.Effect<Standing>
  readonly standing: Effect.Effect<Standing>
  /** Gives a refused key another chance: somebody has looked after it. */
  readonly reinstate: Effect.Effect<void>
}

/**
 * Where the senders of one key keep their token together, so that a fleet shows Apple one token and a restart does not
 * mint another.
 *
 * Two tokens of one key and one second differ: the bytes are shared, not the recipe.
 */
export interface Store {
  readonly load: Effect.Effect<Saved | undefined>
  /** Puts `next` in the place of `before`, unless another sender has been quicker. Says which one is kept now. */
  readonly replace: (before: Saved | undefined, next: Saved) => Effect.Effect<Saved>
}

export interface Options {
  /** Renew at a random age between 40 and 50 minutes and not at 50, so that a fleet does not renew in one moment. */
  readonly jitter?: boolean
  readonly store?: Store
}

/** Signs a token that says it was made then, in milliseconds since 1970. */
export interface Signer {
  readonly keyId: string
  readonly sign: (now: number) => Effect.Effect<Redacted.Redacted<string>, SigningFailed>
}

/** The tokens of one key. Fails at once when the key cannot be read. */
export const make = (credentials: Credentials, options?: Options): Effect.Effect<Tokens, KeyUnreadable> =>
  Effect.flatMap(readKey(credentials), (key) =>
    makeWith({ keyId: credentials.keyId, sign: (now) => sign(credentials, key, now) }, options)
  )

/** The tokens of whatever signs: a key kept elsewhere, or one in a world where nothing may truly wait. */
export const makeWith = Effect.fnUntraced(function* (
  signer: Signer,
  { jitter = false, store }: Options = {}
): Effect.fn.Return<Tokens> {
  const { keyId } = signer
  const oneAtATime = yield* Semaphore.make(1)
  let wallet = emptyWallet
  let refusal: KeyRefused | undefined

  const hold = (saved: Saved) =>
    Effect.map(
      jitter ? Random.nextBetween(renewEarliestMillis, renewAfterMillis) : Effect.succeed(renewAfterMillis),
      (renewAfter) => {
        wallet = adopt(wallet, { ...saved, renewAfter, spent: false })
      }
    )

  const mint = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    // Another who waited for the same token has it by now, or another process has left one.
    const minted = pick(wallet, now)
    if (minted !== undefined) return minted.jwt
    const before = store === undefined ? undefined : yield* store.load
    if (before !== undefined && before.issuedAt >= (wallet.newest?.issuedAt ?? 0)) yield* hold(before)
    const found = pick(wallet, now)
    if (found !== undefined) return found.jwt
    const next = { jwt: yield* signer.sign(now), issuedAt: Instant.fromMillis(now) }
    yield* hold(store === undefined ? next : yield* store.replace(before, next))
    return wallet.newest?.jwt ?? next.jwt
  }).pipe(oneAtATime.withPermits(1))

  const current = Effect.suspend(() =>
    refusal === undefined
      ? Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const found = pick(wallet, now)
          return found === undefined ? mint : Effect.succeed(found.jwt)
        })
      : Effect.fail(new SigningFailed({ keyId, cause: refusal }))
  )

  const standing = Effect.map(Clock.currentTimeMillis, (now): Standing => {
    if (refusal !== undefined) {
      return { _tag: "KeyRefused", keyId, reason: refusal.reason, since: refusal.since }
    }
    return now < wallet.pausedUntil
      ? { _tag: "MintingPaused", until: Instant.fromMillis(wallet.pausedUntil) }
      : { _tag: "Good" }
  })

  const forget = (jwt: Redacted.Redacted<string>) =>
    Effect.map(Clock.currentTimeMillis, (now): Forgotten => {
      if (wallet.preferPrevious && same(wallet.previous?.jwt, jwt)) {
        wallet = { ...wallet, preferPrevious: false, previous: undefined }
        return "Replaced"
      }
      const { newest } = wallet
      if (newest === undefined || !same(newest.jwt, jwt)) return "Replaced"
      wallet = { ...wallet, newest: { ...newest, spent: true } }
      return pick(wallet, now) === undefined ? "Forgotten" : "TooYoung"
    })

  const refused = Effect.fnUntraced(function* (jwt: Redacted.Redacted<string>, reason: string) {
    const now = Instant.fromMillis(yield* Clock.currentTimeMillis)
    const { newest, previous } = wallet
    if (!same(newest?.jwt, jwt) && !same(previous?.jwt, jwt)) return yield* standing
    switch (canonical(reason)) {
      case "ExpiredProviderToken":
        yield* forget(jwt)
        break
      case "TooManyProviderTokenUpdates":
        wallet = {
          ...wallet,
          pausedUntil: now + keepAtLeastMillis,
          preferPrevious: wallet.preferPrevious || (previous !== undefined && same(newest?.jwt, jwt))
        }
        break
      case "InvalidProviderToken":
      case "Forbidden":
        refusal ??= new KeyRefused({ keyId, reason, since: now })
        break
    }
    return yield* standing
  })

  return {
    current,
    held: (now) => (refusal === undefined ? pick(wallet, now)?.jwt : undefined),
    forget,
    refused,
    standing,
    reinstate: Effect.sync(() => {
      refusal = undefined
    })
  }
})

const testToken = Redacted.make("test-token")
const noToken = Redacted.make("")

/** What Apple says of a certificate that it will have no more of. */
const ofCertificates: ReadonlySet<string> = new Set([
  "BadCertificate",
  "BadCertificateEnvironment",
  "Forbidden"
])

const good: Standing = { _tag: "Good" }

/**
 * The bearer token every push carries: kept for most of its hour and shared by every push.
 *
 * Apple: a token is refused when an hour old, and renewing it more than once in 20 minutes is refused too. Minting follows
 * the token's own age alone, so no burst of refusals can cause a burst of minting.
 */
export class ProviderToken extends Context.Service<ProviderToken, Tokens>()(
  "@sightscreen/apns/ProviderToken"
) {
  static readonly renewAfterMillis = renewAfterMillis
  static readonly keepAtLeastMillis = keepAtLeastMillis

  static readonly layer = (credentials: Credentials, options?: Options) =>
    Layer.effect(ProviderToken, make(credentials, options))

  /**
   * No token at all, for connections that are opened with a certificate (the `certificate` of a transport). Apple's refusal of
   * the certificate is remembered as that of a key is.
   */
  static readonly layerCertificate = Layer.sync(ProviderToken, (): Tokens => {
    let refusal: KeyRefused | undefined
    const standing = Effect.sync(
      (): Standing =>
        refusal === undefined
          ? good
          : { _tag: "KeyRefused", keyId: refusal.keyId, reason: refusal.reason, since: refusal.since }
    )
    return {
      current: Effect.suspend(() =>
        refusal === undefined
          ? Effect.succeed(noToken)
          : Effect.fail(new SigningFailed({ keyId: refusal.keyId, cause: refusal }))
      ),
      held: () => (refusal === undefined ? noToken : undefined),
      forget: () => Effect.succeed("TooYoung"),
      refused: (_, reason) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          if (ofCertificates.has(reason)) {
            refusal ??= new KeyRefused({ keyId: "certificate", reason, since: Instant.fromMillis(now) })
          }
          return standing
        }),
      standing,
      reinstate: Effect.sync(() => {
        refusal = undefined
      })
    }
  })

  /** A token that no real Apple accepts, for worlds that do not check signatures. */
  static readonly layerTest = Layer.succeed(ProviderToken, {
    current: Effect.succeed(testToken),
    held: () => testToken,
    forget: () => Effect.succeed("TooYoung"),
    refused: () => Effect.succeed(good),
    standing: Effect.succeed(good),
    reinstate: Effect.void
  })
}

/** Nobody has been told of a key by this name. */
export class KeyUnknown extends Schema.TaggedError<KeyUnknown>()("KeyUnknown", {
  name: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message() {
    return `there is no key called ${this.name}; there are ${this.known.join(", ") || "none"}`
  }
}

/**
 * The tokens of several keys, each with a cache of its own: several teams, or a key for each environment.
 *
 * Two names for one key share its tokens, for Apple counts by key.
 */
export class ProviderTokens extends Context.Service<
  ProviderTokens,
  { readonly of: (name: string) => Effect.Effect<Tokens, KeyUnknown> }
>()("@sightscreen/apns/ProviderTokens") {
  /** Reads every key at once, so that a bad one is found at the start and not at its first push. */
  static readonly layer = (keys: Readonly<Record<string, Credentials & Options>>) =>
    Layer.effect(
      ProviderTokens,
      Effect.gen(function* () {
        const byKey = new Map<string, Tokens>()
        const byName = new Map<string, Tokens>()
        for (const [name, it] of Object.entries(keys)) {
          const id = `${it.teamId}/${it.keyId}`
          const tokens = byKey.get(id) ?? (yield* make(it, it))
          byKey.set(id, tokens)
          byName.set(name, tokens)
        }
        return ProviderTokens.of({
          of: (name) => {
            const tokens = byName.get(name)
            return tokens === undefined
              ? Effect.fail(new KeyUnknown({ name, known: [...byName.keys()] }))
              : Effect.succeed(tokens)
          }
        })
      })
    )

  /** One of them as the `ProviderToken` of an `Apns`. */
  static readonly one = (name: string) =>
    Layer.effect(
      ProviderToken,
      Effect.flatMap(ProviderTokens, (tokens) => tokens.of(name))
    )
}

/** A store for the senders of one process. */
export const storeMemory: Effect.Effect<Store> = Effect.sync(() => {
  let kept: Saved | undefined
  return {
    load: Effect.sync(() => kept),
    replace: (before, next) =>
      Effect.sync(() => {
        if (kept === undefined || same(before?.jwt, kept.jwt)) kept = next
        return kept
      })
  }
})
