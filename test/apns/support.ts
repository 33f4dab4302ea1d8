import {
  Apns,
  Authority,
  type Gate,
  Http2,
  LiveActivity,
  Notification,
  ProviderToken,
  Server,
  SigningKey,
  Token,
  type Transport
} from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Clock, Effect, Layer, Result, Schema } from "effect"

export const bundleId = Schema.decodeSync(Notification.BundleId)("uk.example.cricket")

/** Distinct tokens of the length that Live Activities have been seen with. */
export const token = (n: number): Token.DeviceToken =>
  Result.getOrThrow(Token.fromHex(n.toString(16).padStart(8, "0").repeat(20)))

export const pushId = (n: number): Notification.PushId =>
  Schema.decodeSync(Notification.PushId)(`00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`)

export const known = (n: number, more: Partial<Gate.Known> = {}): Gate.Known => ({
  token: token(n),
  bundleId,
  environment: "production",
  kind: "update",
  ...more
})

export const sealed = (runs = 0, more: Partial<LiveActivity.Update> = {}): Notification.Sealed =>
  Result.getOrThrow(
    Notification.seal(
      LiveActivity.update({
        bundleId,
        timestamp: Instant.toSeconds(Instant.fromMillis(1_700_000_000_000 + runs * 1000)),
        contentState: { runs },
        priority: 5,
        expiration: "once",
        ...more
      })
    )
  )

export const authority = Effect.runSync(Effect.cached(Authority.make))
export const signingKey = Effect.runSync(Effect.cached(SigningKey.make()))

/** A model Apple on loopback, who knows tokens 0 to `tokens`, and what it has accepted. */
export const apple = Effect.fnUntraced(function* (
  more: Partial<Server.Options> & { readonly howMany?: number } = {}
) {
  const key = yield* signingKey
  const clock = yield* Clock.Clock
  const delivered: Array<Gate.Accepted> = []
  const server = yield* Server.make({
    authority: yield* authority,
    keys: [{ ...key.credentials, publicKey: key.publicKey }],
    now: () => Instant.fromMillis(clock.currentTimeMillisUnsafe()),
    onAccepted: (push) => delivered.push(push),
    tokens: Array.from({ length: more.howMany ?? 10 }, (_, n) => known(n)),
    ...more
  })
  return { server, delivered }
})

/** The real layers, pointed at a server on loopback. */
export const sender = Effect.fnUntraced(function* (
  origin: string,
  more: Partial<Http2.Options> = {},
  transport: (options: Http2.Options) => Layer.Layer<Transport.Transport> = Http2.layer
) {
  const { ca } = yield* authority
  const { credentials } = yield* signingKey
  return Apns.Apns.layer.pipe(
    Layer.provideMerge(transport({ hosts: { production: origin }, ca, ...more })),
    Layer.provideMerge(ProviderToken.ProviderToken.layer(credentials))
  )
})
