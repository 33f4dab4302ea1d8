import type { Ids } from "@sightscreen/domain"
import { Devices, type Fault, Page } from "@sightscreen/store"
import { Cause, Context, Effect, Layer, Semaphore, Stream } from "effect"
import { Notifier } from "./Notifier.ts"

export interface Announcement {
  readonly name: string
  readonly title: string
  readonly body: string
  readonly matchId: Ids.MatchId | null
  /** Everybody, where null. */
  readonly userIds: ReadonlyArray<Ids.UserId> | null
}

/** Says what operators have to say to many people, in the background and one announcement after the other. */
export class Announcer extends Context.Service<
  Announcer,
  { readonly announce: (announcement: Announcement) => Effect.Effect<void> }
>()("@sightscreen/engine/Announcer") {
  /** Phones told at once. */
  static readonly page = 500

  static readonly layer = Layer.effect(
    Announcer,
    Effect.gen(function* () {
      const devices = yield* Devices.Devices
      const notifier = yield* Notifier
      const scope = yield* Effect.scope
      const oneAtATime = yield* Semaphore.make(1)

      const tell = (it: Announcement): Effect.Effect<void, Fault.Fault> => {
        const told = (some: ReadonlyArray<Devices.Device>) =>
          notifier.announce(
            it.name,
            some.map(({ deviceId }) => deviceId),
            it
          )
        return it.userIds === null
          ? Page.stream(devices.page, ({ deviceId }) => deviceId, Announcer.page).pipe(
              Stream.grouped(Announcer.page),
              Stream.runForEach(told)
            )
          : Effect.flatMap(devices.ofUsers(it.userIds), told)
      }

      return Announcer.of({
        announce: (it) =>
          tell(it).pipe(
            Effect.catchCause((cause) =>
              Cause.hasInterruptsOnly(cause)
                ? Effect.interrupt
                : Effect.logError(`announcement ${it.name} broke off`, cause)
            ),
            oneAtATime.withPermits(1),
            Effect.forkIn(scope),
            Effect.asVoid
          )
      })
    })
  )
}
