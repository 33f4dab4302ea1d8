import { Token } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { ActiveMatch, type Ids, Wording } from "@sightscreen/domain"
import { type Fault, PushTokens } from "@sightscreen/store"
import { Context, Effect, Layer, Result } from "effect"
import type { Stepped } from "./ActivityDesk.ts"
import { Aftermath } from "./Aftermath.ts"
import { AppSettings } from "./AppSettings.ts"
import { Dispatcher, type Mailing, type Recipient } from "./Dispatcher.ts"
import * as Envelope from "./Envelope.ts"
import { type Lane, removalMailing, standingMailing } from "./Lanes.ts"
import { now } from "./Now.ts"

/** A match as far as this process knows it. */
export interface Place {
  readonly matchId: Ids.MatchId
  /** Null where the match is not being told, by this process or another. */
  readonly state: ActiveMatch.ActiveMatch | null
  /** Its way out, where its runner is in this process. */
  readonly lane: Lane | null
}

/**
 * Carries out what activities' deciders say: starts what is wanted, ends what is not, brings up to date who came late.
 */
export class LACoordinator extends Context.Service<
  LACoordinator,
  {
    readonly carryOut: (place: Place, said: ReadonlyArray<Stepped>) => Effect.Effect<void, Fault.Fault>
    /** Ends an activity that nobody asked for, known by its token alone. */
    readonly turnAway: (place: Place, token: string) => Effect.Effect<void, Fault.Fault>
    /** The devices among these that can be started remotely by this server. */
    readonly startable: (
      deviceIds: ReadonlyArray<Ids.DeviceId>
    ) => Effect.Effect<ReadonlySet<Ids.DeviceId>, Fault.Fault>
  }
>()("@sightscreen/engine/LACoordinator") {
  static readonly layer = Layer.effect(
    LACoordinator,
    Effect.gen(function* () {
      const address = yield* AppSettings
      const aftermath = yield* Aftermath
      const dispatcher = yield* Dispatcher
      const tokens = yield* PushTokens.PushTokens

      /** Start tokens that work with this server's app and host: a phone may have those of a test build as well. */
      const startTokens = (deviceIds: ReadonlyArray<Ids.DeviceId>) =>
        Effect.map(
          deviceIds.length === 0 ? Effect.succeed([]) : tokens.ofDevices("start", deviceIds),
          (found) =>
            found.filter(
              ({ bundleId, environment }) =>
                bundleId === address.bundleId && environment === address.environment
            )
        )

      const send = (mailing: Mailing, recipients: ReadonlyArray<Recipient>) =>
        Effect.flatMap(dispatcher.send(mailing, recipients), (answers) =>
          aftermath.settle(mailing.kind, answers)
        )

      const starts = Effect.fnUntraced(function* ({ matchId, state }: Place, wanted: ReadonlyArray<Stepped>) {
        const standing = state === null ? null : ActiveMatch.standing(state)
        if (wanted.length === 0 || standing === null || state?.match == null) return
        const { match } = state
        const at = yield* now
        const sealed = Envelope.start(match.info, standing, Wording.started(match), at, address)
        if (Result.isFailure(sealed)) return yield* Effect.logError("a start is too large to send", matchId)
        const byDevice = new Map(wanted.map(({ row }) => [row.deviceId, row]))
        const registered = yield* startTokens([...byDevice.keys()])
        const recipients = registered.flatMap(({ deviceId, token }): ReadonlyArray<Recipient> => {
          const hex = Token.fromHex(token)
          const row = byDevice.get(deviceId)
          if (row === undefined || Result.isFailure(hex)) return []
          // A step of an activity is taken once, so the version it was taken at names the start like nothing else.
          const { activityId, version } = row
          return [{ token: hex.success, activityId, cause: `${activityId}/start/${version}` }]
        })
        yield* send(
          {
            cause: `${matchId}/start`,
            kind: "start",
            matchId,
            stamp: standing.stamp,
            priority: 10,
            alert: true,
            sealed: sealed.success,
            until: Instant.plus(at, Envelope.startUsefulFor),
            resumed: false
          },
          recipients
        )
      })

      const removals = Effect.fnUntraced(function* (
        { lane, matchId, state }: Place,
        gone: ReadonlyArray<Recipient>
      ) {
        if (gone.length === 0) return
        // In one breath: nothing newer than the stamp read here goes to these tokens any more.
        lane?.leave(gone.map(({ token }) => token))
        const at = yield* now
        const mailing = removalMailing(matchId, state?.stamp ?? null, address, at)
        if (mailing === null) return
        // One try while somebody waits for the answer; the lane has the patience. A caller who hangs up loses no end.
        yield* send(lane === null ? mailing : { ...mailing, until: at }, gone).pipe(
          Effect.tap((later) => Effect.sync(() => lane?.remove(later, at))),
          Effect.onError(() => Effect.sync(() => lane?.remove(gone, at)))
        )
      })

      const updates = Effect.fnUntraced(function* (
        { lane, state }: Place,
        recipients: ReadonlyArray<Recipient>
      ) {
        const standing = state === null ? null : ActiveMatch.standing(state)
        if (recipients.length === 0 || standing === null) return
        if (lane !== null) return lane.refresh(recipients)
        const mailing = standingMailing(standing, address, yield* now)
        if (mailing === null) return yield* Effect.logError("a bulletin does not fit", standing.matchId)
        yield* send(mailing, recipients)
      })

      const carryOut = Effect.fnUntraced(function* (place: Place, said: ReadonlyArray<Stepped>) {
        if (said.length === 0) return
        const over = place.state?.ended === true
        const refreshed: Array<Recipient> = []
        const gone: Array<Recipient> = []
        for (const { output, row } of said) {
          if (output._tag === "Start") continue
          const token = Token.fromHex(output.token)
          if (Result.isFailure(token)) continue
          const recipient = { token: token.success, activityId: row.activityId }
          // Where the match is over its newest state is the end, with the final score.
          const stays = output._tag === "Refresh" || (output.reason === "match over" && over)
          ;(stays ? refreshed : gone).push(recipient)
        }
        yield* updates(place, refreshed)
        yield* removals(place, gone)
        yield* starts(
          place,
          said.filter(({ output }) => output._tag === "Start")
        )
      })

      return LACoordinator.of({
        carryOut,
        turnAway: (place, token) => {
          const hex = Token.fromHex(token)
          return Result.isFailure(hex)
            ? Effect.void
            : removals(place, [{ token: hex.success, activityId: null }])
        },
        startable: (deviceIds) =>
          Effect.map(startTokens(deviceIds), (found) => new Set(found.map(({ deviceId }) => deviceId)))
      })
    })
  )
}
