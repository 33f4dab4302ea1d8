import { type LiveActivity, Token } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  Activity,
  ActiveMatch,
  Cohort,
  Edition,
  type Ids,
  Language,
  OsVersion,
  PushId,
  Status,
  Wording,
  Words
} from "@sightscreen/domain"
import { Activities, Deliveries, Devices, type Fault, PushTokens } from "@sightscreen/store"
import { Cause, Context, Effect, Layer, Result } from "effect"
import { ActivityDesk, cohortAt, draft, idOf, type Phone, stateOf, type Stepped } from "./ActivityDesk.ts"
import { Aftermath } from "./Aftermath.ts"
import { AppleStatus } from "./AppleStatus.ts"
import { AppSettings } from "./AppSettings.ts"
import { Broadcaster } from "./Broadcaster.ts"
import { Dispatcher, type Mailing, perhapsTaken, type Recipient } from "./Dispatcher.ts"
import * as Envelope from "./Envelope.ts"
import type { Lane, Latecomer } from "./Lanes.ts"
import * as Mailings from "./Mailings.ts"
import { Notifier } from "./Notifier.ts"
import { now } from "./Now.ts"
import { type Heard, RecoveryWard } from "./RecoveryWard.ts"

/** A match as far as this process knows it. */
export interface Place {
  readonly matchId: Ids.MatchId
  /** Null where the match is not being told, by this process or another. */
  readonly state: ActiveMatch.ActiveMatch | null
  /** Its way out, where its runner is in this process. */
  readonly lane: Lane | null
}

/** What its activities need to know of a phone. */
export const phoneOf = (device: Devices.Device): Phone => ({
  deviceId: device.deviceId,
  userId: device.userId,
  schemaVersion: device.schemaVersion,
  language: Language.of(device.language),
  frequentUpdates: device.frequentUpdates
})

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
      const broadcaster = yield* Broadcaster
      const deliveries = yield* Deliveries.Deliveries
      const desk = yield* ActivityDesk
      const devices = yield* Devices.Devices
      const dispatcher = yield* Dispatcher
      const ladders = yield* RecoveryWard
      const notifier = yield* Notifier
      const scope = yield* Effect.scope
      const tokens = yield* PushTokens.PushTokens

      /** Start tokens that work with this server's app and host: a phone may have those of a test build as well. */
      const startTokens = (deviceIds: ReadonlyArray<Ids.DeviceId>) =>
        Effect.map(
          deviceIds.length === 0 ? Effect.succeed([]) : tokens.ofDevices("start", deviceIds),
          (found) =>
            new Map(
              found
                .filter(
                  ({ bundleId, environment }) =>
                    bundleId === address.bundleId && environment === address.environment
                )
                .map((one) => [one.deviceId, one])
            )
        )

      const phones = (deviceIds: ReadonlyArray<Ids.DeviceId>) =>
        Effect.map(
          deviceIds.length === 0 ? Effect.succeed([]) : devices.getMany(deviceIds),
          (found) => new Map(found.map((one) => [one.deviceId, one]))
        )

      const send = (mailing: Mailing, recipients: ReadonlyArray<Recipient>) =>
        Effect.flatMap(dispatcher.send(mailing, recipients), (answers) => aftermath.settle(mailing, answers))

      /** Where a phone is to listen: to the channel of its cohort, if it can and there is one. */
      const inputOf = Effect.fnUntraced(function* (matchId: Ids.MatchId, device: Devices.Device) {
        const token: LiveActivity.Input = { _tag: "Token" }
        if (!address.channels || !OsVersion.hearsChannels(device.osVersion)) return token
        const channelId = yield* broadcaster.channelOf(matchId, Cohort.of("channel", phoneOf(device)))
        return channelId === null ? token : ({ _tag: "Channel", channelId } as const)
      })

      /** The same for many phones, asked once for all that are alike. */
      const inputsOf = (matchId: Ids.MatchId) => {
        const known = new Map<string, LiveActivity.Input>()
        return Effect.fnUntraced(function* (device: Devices.Device) {
          const cohort = Cohort.nameOf(Cohort.of("token", phoneOf(device)))
          const kind = `${cohort}/${OsVersion.hearsChannels(device.osVersion)}`
          const input = known.get(kind) ?? (yield* inputOf(matchId, device))
          known.set(kind, input)
          return input
        })
      }

      interface Group {
        readonly cohort: Cohort.Cohort
        readonly input: LiveActivity.Input
        readonly recipients: Array<Recipient>
      }

      /** Phones that are started by the very same bytes. */
      const grouped = Effect.fnUntraced(function* (matchId: Ids.MatchId, wanted: ReadonlyArray<Stepped>) {
        const deviceIds = wanted.map(({ row }) => row.deviceId)
        const [known, registered] = yield* Effect.all([phones(deviceIds), startTokens(deviceIds)], {
          concurrency: 2
        })
        const inputs = inputsOf(matchId)
        const groups = new Map<string, Group>()
        for (const { row } of wanted) {
          const device = known.get(row.deviceId)
          const token = registered.get(row.deviceId)
          const hex = token === undefined ? null : Token.fromHex(token.token)
          if (device?.userId !== row.userId || hex === null || Result.isFailure(hex)) continue
          const cohort = Cohort.of("token", phoneOf(device))
          const input = yield* inputs(device)
          const name = `${Cohort.nameOf(cohort)}/${input._tag}`
          const group = groups.get(name) ?? { cohort, input, recipients: [] }
          groups.set(name, group)
          const { activityId, deviceId, version } = row
          group.recipients.push({
            token: hex.success,
            deviceId,
            activityId,
            cause: startCause(row, version)
          })
        }
        return [...groups.values()]
      })

      const starts = Effect.fnUntraced(function* (
        { lane, matchId, state }: Place,
        wanted: ReadonlyArray<Stepped>
      ) {
        const standing = state === null ? null : ActiveMatch.standing(state)
        if (wanted.length === 0 || standing === null || state?.match == null) return
        const { match } = state
        for (const { cohort, input, recipients } of yield* grouped(matchId, wanted)) {
          const at = yield* now
          const words = Words.of(cohort.language)
          const sealed = Envelope.start(
            {
              info: match.info,
              standing,
              content: Edition.worded(standing, cohort),
              alert: Wording.started(match, state.day, words),
              input
            },
            at,
            address
          )
          if (Result.isFailure(sealed)) {
            yield* Effect.logError("a start is too large to send", matchId)
            continue
          }
          const name = Cohort.nameOf({ ...cohort, route: input._tag === "Token" ? "token" : "channel" })
          // Whoever is started by a channel listens to it from the start, before anybody reports that.
          lane?.greet(name)
          yield* send(
            {
              cause: `${matchId}/start`,
              kind: "start",
              matchId,
              cohort: name,
              stamp: standing.stamp,
              priority: 10,
              alert: true,
              sealed: sealed.success,
              until: Instant.plus(at, Envelope.startUsefulFor[input._tag]),
              resumed: false
            },
            recipients
          )
        }
      })

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

      const recipientOf = (row: Activities.Activity, token: string): Recipient | null => {
        const hex = Token.fromHex(token)
        return Result.isFailure(hex)
          ? null
          : { token: hex.success, deviceId: row.deviceId, activityId: row.activityId }
      }

      /** An activity that has come alive has answered its phone's ladder, and takes the place of the one before. */
      const welcomeAlive = Effect.fnUntraced(function* (
        place: Place,
        alive: ReadonlyArray<Activities.Activity>
      ) {
        const { matchId } = place
        const at = yield* now
        yield* ladders.hear(
          alive.map(({ deviceId }): Heard => ({ deviceId, input: { _tag: "StartAnswered", matchId, at } }))
        )
        for (const { deviceId, generation } of alive) {
          for (let before = generation - 1; before >= 1; before--) {
            const row = yield* activities.get(idOf(matchId, deviceId, before))
            if (row === null || row.status === "ended") break
            yield* carryOut(place, yield* desk.insist([row], { _tag: "SuccessorActive", at }))
          }
        }
      })

      const renewals = Effect.fnUntraced(function* (place: Place, old: ReadonlyArray<Activities.Activity>) {
        if (old.length === 0) return
        const known = yield* phones(old.map(({ deviceId }) => deviceId))
        const at = yield* now
        const drafts = old.flatMap((row) => {
          const device = known.get(row.deviceId)
          return device === undefined || device.userId !== row.userId
            ? []
            : [draft(row.matchId, phoneOf(device), row.generation + 1, at)]
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
          const refreshed: Array<Latecomer> = []
          const gone: Array<Recipient> = []
          const errands: Array<Ids.DeviceId> = []
          const alive: Array<Activities.Activity> = []
          const ladder: Array<Heard> = []
          const at = yield* now
          for (const { output, row } of said) {
            switch (output._tag) {
              case "Refresh":
              case "End": {
                if (output._tag === "Refresh" && stateOf(row)._tag !== "Active") alive.push(row)
                const cohort = cohortAt(row, output.address) ?? Cohort.nameOf(fallbackCohort)
                // Where match or day is over its newest state is the end, with the last score.
                const stays = output._tag === "Refresh" || (ends !== null && closings.has(output.reason))
                if (output.address._tag === "Channel") {
                  if (stays) place.lane?.republish(cohort)
                  else if (output._tag === "End" && output.reason !== "superseded") errands.push(row.deviceId)
                  break
                }
                const recipient = recipientOf(row, output.address.token)
                if (recipient === null) break
                if (stays) refreshed.push({ ...recipient, cohort })
                else gone.push(recipient)
                break
              }
              case "Unanswered":
                ladder.push({
                  deviceId: row.deviceId,
                  input: { _tag: "StartUnanswered", matchId, attempt: output.attempt, at }
                })
                break
              case "GaveUp":
                ladder.push({
                  deviceId: row.deviceId,
                  input: { _tag: "AttemptsExhausted", matchId, at }
                })
                break
              case "Start":
              case "Renew":
              case "Unfollow":
                break
            }
          }
          yield* updates(place, refreshed)
          yield* removals(place, gone)
          if (errands.length > 0) yield* notifier.wake(matchId, errands, { end: [matchId] })
          yield* welcomeAlive(place, alive)
          yield* hearLadders(ladder)
          yield* starts(
            place,
            said.filter(({ output }) => output._tag === "Start")
          )
          yield* renewals(
            place,
            said.flatMap(({ output, row }) => (output._tag === "Renew" ? [row] : []))
          )
        })

      /** One phone may have several things to say, in their order. */
      const hearLadders = Effect.fnUntraced(function* (heard: ReadonlyArray<Heard>) {
        let waiting = heard
        while (waiting.length > 0) {
          const seen = new Set<Ids.DeviceId>()
          const now: Array<Heard> = []
          const later: Array<Heard> = []
          for (const one of waiting) {
            ;(seen.has(one.deviceId) ? later : now).push(one)
            seen.add(one.deviceId)
          }
          yield* ladders.hear(now)
          waiting = later
        }
      })

      const tend = (
        place: () => Place,
        rows: ReadonlyArray<Activities.Activity>
      ): Effect.Effect<void, Fault.Fault> =>
        Effect.gen(function* () {
          const { matchId, state } = place()
          if (rows.length === 0 || state === null || !ActiveMatch.isTold(state)) return
          const at = yield* now
          const input: Activity.Input = {
            _tag: "Ticked",
            at,
            slack: address.slack,
            pause: isResting(state)
          }
          const asking: Array<{ readonly row: Activities.Activity; readonly attempt: number }> = []
          const others: Array<Activities.Activity> = []
          for (const row of rows) {
            const before = stateOf(row)
            const [after, outputs] = Activity.step(before, input)
            const start = outputs.find(({ _tag }) => _tag === "Start")
            if (start !== undefined && start._tag === "Start") asking.push({ row, attempt: start.attempt })
            else if (after !== before || outputs.length > 0) others.push(row)
          }
          // While Apple is down nobody is asked for: it would only be taken back.
          const down = yield* status.downUntil
          if (down !== null && Instant.isBefore(at, down)) asking.length = 0
          const deviceIds = asking.map(({ row }) => row.deviceId)
          const [known, registered] = yield* Effect.all([phones(deviceIds), startTokens(deviceIds)], {
            concurrency: 2
          })
          const able = asking.filter(({ row }) => {
            const device = known.get(row.deviceId)
            // A phone may have changed hands since the row was written.
            return device?.userId === row.userId && OsVersion.startsRemotely(device.osVersion)
          })
          // A phone that was told to listen to a channel may show the match, whether or not its app has run to say so.
          const asked = new Map<Ids.PushId, Ids.ActivityId>()
          const inputs = inputsOf(matchId)
          for (const { row } of able) {
            const device = known.get(row.deviceId)
            const token = registered.get(row.deviceId)
            const state = stateOf(row)
            if (device === undefined || token === undefined) continue
            if (state._tag !== "Pending" || state.attempts === 0) continue
            if ((yield* inputs(device))._tag !== "Channel") continue
            asked.set(PushId.of(startCause(row, row.version - 1), token.token), row.activityId)
          }
          const sent =
            asked.size === 0
              ? new Set<Ids.PushId>()
              : yield* deliveries.knows([...asked.keys()], perhapsTaken)
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
                      startToken: token === undefined ? "none" : { registeredAt: token.registeredAt }
                    }
                  })
                )
          const said = yield* desk.step(
            [...others, ...again.flatMap(({ row }) => (allowed.has(row.deviceId) ? [row] : []))],
            input,
            {
              cohortOf: (row) => {
                const device = known.get(row.deviceId)
                return device === undefined ? row.cohort : Cohort.nameOf(Cohort.of("token", phoneOf(device)))
              }
            }
          )
          // Somebody else has taken the step, and has a start counted for it.
          const taken = new Set(said.map(({ row }) => row.deviceId))
          yield* ladders.hear(
            [...allowed].flatMap(
              (deviceId): ReadonlyArray<Heard> =>
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
            rows.filter((row) => {
              const state = stateOf(row)
              return state._tag === "Active" && state.renewal !== null && state.renewal.startedAt === null
            })
          )
        })

      return LACoordinator.of({
        carryOut,
        tend,
        turnAway: (place, deviceId, where) => {
          if (where._tag === "Channel")
            return notifier.wake(place.matchId, [deviceId], { end: [place.matchId] })
          const hex = Token.fromHex(where.token)
          return Result.isFailure(hex)
            ? Effect.void
            : removals(place, [{ token: hex.success, deviceId, activityId: null }])
        }
      })
    })
  )
}

/** A step of an activity is taken once, so the version it was taken at names its start like nothing else. */
const startCause = ({ activityId }: Activities.Activity, version: number): string =>
  `${activityId}/start/${version}`

/** Its state is told to whoever is of no cohort that is known any more. */
const fallbackCohort: Cohort.Cohort = Cohort.of("token", {
  schemaVersion: Cohort.currentSchema,
  language: Language.fallback,
  frequentUpdates: true
})

const closings: ReadonlySet<Activity.EndReason> = new Set(["match over", "day over", "postponed"])

/** Play rests for a while that a screen may use to be renewed. */
const isResting = ({ match }: ActiveMatch.ActiveMatch): boolean =>
  match !== null &&
  (match.status === "innings break" || Status.interruption(match.status, match.innings.length > 0) !== "none")
