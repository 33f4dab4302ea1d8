import { Token } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  ActiveMatch,
  type Activity,
  Asking,
  Attempt,
  Cohort,
  Directions,
  Filed,
  type Ids,
  OsVersion,
  PushId
} from "@sightscreen/domain"
import { Activities, Deliveries, type Fault } from "@sightscreen/store"
import { Cause, Context, Effect, Layer, Result } from "effect"
import { ActivityDesk, draft, filed, stateOf, type Stepped } from "./ActivityDesk.ts"
import { Aftermath } from "./Aftermath.ts"
import { AppleStatus } from "./AppleStatus.ts"
import { AppSettings } from "./AppSettings.ts"
import { Dispatcher, type Mailing, type Recipient } from "./Dispatcher.ts"
import type { Lane, Latecomer } from "./Lanes.ts"
import * as Mailings from "./Mailings.ts"
import { Notifier } from "./Notifier.ts"
import { now } from "./Now.ts"
import * as Phones from "./Phones.ts"
import { RecoveryWard } from "./RecoveryWard.ts"
import * as Starts from "./Starts.ts"

/** A match as far as this process knows it. */
export interface Place {
  readonly matchId: Ids.MatchId
  /** Null where the match is not being told, by this process or another. */
  readonly state: ActiveMatch.ActiveMatch | null
  /** Its way out, where its runner is in this process. */
  readonly lane: Lane | null
}

/**
 * Carries out what activities' deciders say: starts what is wanted, renews what is old, ends what is not wanted, brings up to
 * date who came late.
 */
export class LACoordinator extends Context.Service<
  LACoordinator,
  {
    readonly carryOut: (place: Place, said: ReadonlyArray<Stepped>) => Effect.Effect<void, Fault.Fault>
    /** Tells activities the time: those that wait are asked for if their phones may be asked, old ones are renewed. */
    readonly tend: (
      place: () => Place,
      rows: ReadonlyArray<Activities.Activity>
    ) => Effect.Effect<void, Fault.Fault>
    /** Ends an activity that nobody asked for, known by its address alone. */
    readonly turnAway: (
      place: Place,
      deviceId: Ids.DeviceId,
      address: Activity.Address
    ) => Effect.Effect<void, Fault.Fault>
  }
>()("@sightscreen/engine/LACoordinator") {
  static readonly layer = Layer.effect(
    LACoordinator,
    Effect.gen(function* () {
      const address = yield* AppSettings
      const activities = yield* Activities.Activities
      const aftermath = yield* Aftermath
      const status = yield* AppleStatus
      const deliveries = yield* Deliveries.Deliveries
      const desk = yield* ActivityDesk
      const dispatcher = yield* Dispatcher
      const ladders = yield* RecoveryWard
      const notifier = yield* Notifier
      const scope = yield* Effect.scope
      const phones = yield* Phones.make
      const starts = yield* Starts.make

      const send = (mailing: Mailing, recipients: ReadonlyArray<Recipient>) =>
        Effect.flatMap(dispatcher.send(mailing, recipients), (answers) => aftermath.settle(mailing, answers))

      const removals = Effect.fnUntraced(function* (
        { lane, matchId, state }: Place,
        gone: ReadonlyArray<Recipient>
      ) {
        if (gone.length === 0) return
        // In one breath: nothing newer than the stamp read here goes to these tokens any more.
        lane?.leave(gone.map(({ token }) => token))
        const at = yield* now
        const mailing = Mailings.removal(matchId, state?.stamp ?? null, address, at)
        if (mailing === null) return
        // One try while somebody waits for the answer; the patience is the lane's, or that of a fiber where there is none here.
        // A caller who hangs up loses no end.
        const patiently = (some: ReadonlyArray<Recipient>) =>
          lane !== null
            ? Effect.sync(() => lane.remove(some, at))
            : some.length === 0
              ? Effect.void
              : send(mailing, some).pipe(
                  Effect.catchCause((cause) =>
                    Cause.hasInterruptsOnly(cause)
                      ? Effect.interrupt
                      : Effect.logError(`match ${matchId}: an end could not be sent`, cause)
                  ),
                  Effect.forkIn(scope),
                  Effect.asVoid
                )
        yield* send({ ...mailing, until: at }, gone).pipe(
          Effect.tap(patiently),
          Effect.onError(() => patiently(gone))
        )
      })

      const updates = Effect.fnUntraced(function* (
        { lane, state }: Place,
        recipients: ReadonlyArray<Latecomer>
      ) {
        const standing = state === null ? null : ActiveMatch.standing(state)
        if (recipients.length === 0 || standing === null) return
        if (lane !== null) return lane.refresh(recipients)
        for (const [name, some] of Map.groupBy(recipients, ({ cohort }) => cohort)) {
          const cohort = Cohort.named(name)
          const mailing = cohort === null ? null : Mailings.standing(standing, cohort, address, yield* now)
          if (mailing === null) yield* Effect.logError("a bulletin does not fit", standing.matchId)
          else yield* send(mailing, some)
        }
      })

      const recipientOf = (
        { activityId, deviceId }: Activities.Activity,
        token: string
      ): ReadonlyArray<Recipient> => {
        const hex = Token.fromHex(token)
        return Result.isFailure(hex) ? [] : [{ token: hex.success, deviceId, activityId }]
      }

      /** An activity that has come alive has answered its phone's ladder, and takes the place of the one before. */
      const welcomeAlive = Effect.fnUntraced(function* (
        place: Place,
        alive: ReadonlyArray<Activities.Activity>
      ) {
        const { matchId } = place
        const at = yield* now
        yield* ladders.hear(
          alive.map(
            ({ deviceId }): Directions.Heard => ({ deviceId, input: { _tag: "StartAnswered", matchId, at } })
          )
        )
        for (const { deviceId, generation } of alive) {
          for (let before = generation - 1; before >= 1; before--) {
            const row = yield* activities.get(Filed.idOf(matchId, deviceId, before))
            if (row === null || row.status === "ended") break
            yield* carryOut(place, yield* desk.insist([row], { _tag: "SuccessorActive", at }))
          }
        }
      })

      const renewals = Effect.fnUntraced(function* (place: Place, old: ReadonlyArray<Activities.Activity>) {
        if (old.length === 0) return
        const known = yield* phones.known(old.map(({ deviceId }) => deviceId))
        const at = yield* now
        const drafts = old.flatMap((row) => {
          const device = known.get(row.deviceId)
          return device === undefined || device.userId !== row.userId
            ? []
            : [draft(row.matchId, Phones.phoneOf(device, at), row.generation + 1, at)]
        })
        const begun = new Set(drafts.length === 0 ? [] : yield* activities.insert(drafts))
        const fresh = drafts.filter(({ activityId }) => begun.has(activityId))
        if (fresh.length === 0) return
        yield* tend(
          () => place,
          fresh.map((one) => ({ ...one, version: 0 }))
        )
      })

      const carryOut = (place: Place, said: ReadonlyArray<Stepped>): Effect.Effect<void, Fault.Fault> =>
        Effect.gen(function* () {
          if (said.length === 0) return
          const { matchId } = place
          const ends = place.state === null ? null : (ActiveMatch.standing(place.state)?.ends ?? null)
          const directions = Directions.of(said, matchId, ends !== null, yield* now)
          place.lane?.leave(directions.leave)
          for (const cohort of directions.republish) place.lane?.republish(cohort)
          yield* updates(
            place,
            directions.refresh.flatMap(({ cohort, row, token }) =>
              recipientOf(row, token).map((recipient) => ({ ...recipient, cohort }))
            )
          )
          yield* removals(
            place,
            directions.remove.flatMap(({ row, token }) => recipientOf(row, token))
          )
          if (directions.recall.length > 0) yield* notifier.recall(matchId, directions.recall)
          yield* welcomeAlive(place, directions.alive)
          yield* ladders.hear(directions.ladder)
          yield* starts(place, directions.start)
          yield* renewals(place, directions.renew)
        })

      const tend = (
        place: () => Place,
        rows: ReadonlyArray<Activities.Activity>
      ): Effect.Effect<void, Fault.Fault> =>
        Effect.gen(function* () {
          const { matchId, state } = place()
          if (rows.length === 0 || state === null || !ActiveMatch.isTold(state)) return
          const at = yield* now
          const input = Asking.time(state, address.slack, at)
          const { asking, others } = Asking.sort(filed(rows), input)
          // While Apple is down nobody is asked for: it would only be taken back.
          const down = yield* status.downUntil
          const wanted = down !== null && Instant.isBefore(at, down) ? [] : asking
          const [known, registered] = yield* phones.of(wanted.map(({ row }) => row.deviceId))
          const able = wanted.filter(({ row }) => {
            const device = known.get(row.deviceId)
            // A phone may have changed hands since the row was written.
            return device?.userId === row.userId && OsVersion.startsRemotely(device.osVersion)
          })
          const asked = new Map<Ids.PushId, Ids.ActivityId>()
          const inputs = phones.inputsOf(matchId)
          for (const { row, state } of able) {
            const device = known.get(row.deviceId)
            const token = registered.get(row.deviceId)
            if (device === undefined || token === undefined) continue
            if (!Asking.mayBeShown(state, (yield* inputs(device))._tag)) continue
            const { activityId, version } = row
            asked.set(PushId.of(Asking.startCause(activityId, version - 1), token.token), activityId)
          }
          const sent =
            asked.size === 0
              ? new Set<Ids.PushId>()
              : yield* deliveries.knows([...asked.keys()], Attempt.perhapsTaken)
          const silent = new Set([...sent].flatMap((pushId) => asked.get(pushId) ?? []))
          const again = able.filter(({ row }) => !silent.has(row.activityId))
          const allowed =
            again.length === 0
              ? new Set<Ids.DeviceId>()
              : yield* ladders.allow(
                  matchId,
                  again.map(({ attempt, row }) => {
                    const token = registered.get(row.deviceId)
                    return {
                      deviceId: row.deviceId,
                      attempt,
                      cause: Asking.startCause(row.activityId, row.version),
                      startToken: token === undefined ? "none" : { registeredAt: token.registeredAt }
                    }
                  })
                )
          const said = yield* desk.step(
            [...others, ...again.filter(({ row }) => allowed.has(row.deviceId))].map(({ row }) => row),
            input,
            {
              cohortOf: (row) => {
                const device = known.get(row.deviceId)
                return device === undefined
                  ? row.cohort
                  : Cohort.nameOf(Cohort.of("token", Phones.phoneOf(device, at)))
              }
            }
          )
          // Somebody else has taken the step, and has a start counted for it.
          const taken = new Set(said.map(({ row }) => row.deviceId))
          yield* ladders.hear(
            [...allowed].flatMap(
              (deviceId): ReadonlyArray<Directions.Heard> =>
                taken.has(deviceId) ? [] : [{ deviceId, input: { _tag: "StartUnsent", matchId, at } }]
            )
          )
          yield* carryOut(place(), said)
          yield* carryOut(
            place(),
            yield* desk.step(
              able.flatMap(({ row }) => (silent.has(row.activityId) ? [row] : [])),
              { _tag: "NotAgain", at }
            )
          )
          // Whose successor was decided on and never written down, because something broke off in between.
          yield* renewals(
            place(),
            rows.filter((row) => Asking.isOwedSuccessor(stateOf(row)))
          )
        })

      return LACoordinator.of({
        carryOut,
        tend,
        turnAway: (place, deviceId, where) => {
          if (where._tag === "Channel") return notifier.recall(place.matchId, [deviceId])
          const hex = Token.fromHex(where.token)
          return Result.isFailure(hex)
            ? Effect.void
            : removals(place, [{ token: hex.success, deviceId, activityId: null }])
        }
      })
    })
  )
}
