import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { PushId } from "../Handling.ts"
import { ProviderToken } from "../ProviderToken.ts"
import type { Request } from "../Request.ts"
import { type Answer, Transport } from "../transport/Transport.ts"
import * as Verdict from "../Verdict.ts"
import type { Channel, ChannelId, Storage } from "./Channel.ts"
import * as Management from "./Management.ts"
import * as Publish from "./Publish.ts"
import type { Told } from "./Told.ts"

/**
 * Creates, reads, lists and deletes broadcast channels, and publishes to them.
 *
 * Whatever Apple answers is an outcome; nothing here fails. A request is sent again, once, only when Apple has certainly done
 * nothing: it has called the bearer token expired, or the transport has held the request back. So no channel is created
 * twice.
 */
export class Channels extends Context.Service<
  Channels,
  {
    /** The id is Apple's choice and cannot be had again. */
    readonly create: <S extends Storage>(
      app: Management.App,
      storage: S
    ) => Effect.Effect<Told<Extract<Channel, { readonly storage: S }>>>
    /** What a channel stores, should nobody know any more. */
    readonly read: (channel: Pick<Channel, "id"> & Management.App) => Effect.Effect<Told<Storage>>
    readonly list: (app: Management.App) => Effect.Effect<Told<ReadonlyArray<ChannelId>>>
    readonly remove: (channel: Pick<Channel, "id"> & Management.App) => Effect.Effect<Told<true>>
    readonly publish: (sealed: Publish.Sealed, requestId?: PushId) => Effect.Effect<Told<Publish.Published>>
  }
>()("@sightscreen/apns/Channels") {
  static readonly layer = Layer.effect(
    Channels,
    Effect.gen(function* () {
      const tokens = yield* ProviderToken
      const transport = yield* Transport

      const exchange = (request: Request, mayRepeat = true): Effect.Effect<Answer> =>
        Effect.gen(function* () {
          const jwt = yield* tokens.current
          const answer = yield* transport.exchange(request, jwt)
          if (answer._tag !== "Answered") {
            const heldBack = answer._tag === "NotProcessed" && answer.why === "disowned"
            return heldBack && mayRepeat ? yield* exchange(request, false) : answer
          }
          const verdict = Verdict.of(answer)
          if (verdict._tag === "AuthExpired") {
            yield* tokens.forget(jwt)
            yield* transport.disown(jwt, answer.connection)
            return mayRepeat ? yield* exchange(request, false) : answer
          }
          if ("reason" in verdict && verdict.reason !== null) yield* tokens.refused(jwt, verdict.reason)
          return answer
        }).pipe(
          Effect.catchTag("SigningFailed", (error) =>
            Effect.as(Effect.logError("no bearer token could be made", error), unsigned)
          )
        )

      return Channels.of({
        create: <S extends Storage>(app: Management.App, storage: S) =>
          Effect.map(exchange(Management.create(app, storage)), (answer) => {
            const told = Management.created(answer)
            return told._tag === "Done" ? { ...told, value: channel(app, told.value, storage) } : told
          }),
        read: (channel) => Effect.map(exchange(Management.read(channel)), Management.wasRead),
        list: (app) => Effect.map(exchange(Management.list(app)), Management.listed),
        remove: (channel) => Effect.map(exchange(Management.remove(channel)), Management.removed),
        publish: (sealed, requestId) =>
          Effect.map(exchange(Publish.request(sealed, requestId)), Publish.published)
      })
    })
  )
}

const channel = <S extends Storage>(app: Management.App, id: ChannelId, storage: S) =>
  ({
    id,
    bundleId: app.bundleId,
    ...(app.environment !== undefined && { environment: app.environment }),
    storage
  }) as unknown as Extract<Channel, { readonly storage: S }>

const unsigned: Answer = { _tag: "NotProcessed", why: "unsigned" }
