import { type LiveActivity } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import {
  ActiveMatch,
  Activity,
  Asking,
  Attempt,
  Cohort,
  Directions,
  Edition,
  Filed,
  type Ids,
  OsVersion,
  PushId,
  Usefulness,
  Wording,
  Words
} from "@sightscreen/domain"
import { type Dispatcher, Envelope, Mailings } from "@sightscreen/engine"
import { Duration, Result } from "effect"
import type { Stepped } from "./Desk.ts"
import type { Lane, Latecomer } from "./Lane.ts"
import type { Task } from "./Loop.ts"
import { address } from "./Address.ts"
import type { Server } from "./Server.ts"
import type { ActivityRow, DeviceRow } from "./Tables.ts"

type Recipient = Dispatcher.Recipient

/** A match as far as this process knows it. */
export interface Place {
  readonly matchId: Ids.MatchId
  readonly state: ActiveMatch.ActiveMatch | null
  readonly lane: Lane | null
}

/** Carries out what activities say. */
export class Coordinator {
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  #inputOf(matchId: Ids.MatchId, device: DeviceRow): LiveActivity.Input {
    if (!OsVersion.hearsChannels(device.osVersion)) return { _tag: "Token" }
    const channelId = this.#server.broadcaster.channelOf(matchId, Cohort.of("channel", device))
    return channelId === null ? { _tag: "Token" } : { _tag: "Channel", channelId }
  }

  *#send(mailing: Dispatcher.Mailing, recipients: ReadonlyArray<Recipient>): Task<ReadonlyArray<Recipient>> {
    const { sending } = this.#server
    return yield* sending.settle(mailing, yield* sending.send(mailing, recipients))
  }

  *#starts({ lane, matchId, state }: Place, wanted: ReadonlyArray<Stepped>): Task {
    const standing = state === null ? null : ActiveMatch.standing(state)
    if (wanted.length === 0 || standing === null || state?.match == null) return
    const { match } = state
    const { process, store } = this.#server
    const groups = new Map<
      string,
      { readonly cohort: Cohort.Cohort; readonly input: LiveActivity.Input; readonly to: Array<Recipient> }
    >()
    for (const { row } of wanted) {
      const { activityId, deviceId, version } = row
      const device = store.device(deviceId)
      const token = store.tokenOn(deviceId, "start")
      if (device?.userId !== row.userId || token === null) continue
      const cohort = Cohort.of("token", device)
      const input = this.#inputOf(matchId, device)
      const name = `${Cohort.nameOf(cohort)}/${input._tag}`
      const group = groups.get(name) ?? { cohort, input, to: [] }
      groups.set(name, group)
      group.to.push({
        token: token.token as Recipient["token"],
        deviceId,
        activityId,
        cause: Asking.startCause(activityId, version)
      })
    }
    for (const { cohort, input, to } of groups.values()) {
      const at = process.now
      const sealed = Envelope.start(
        {
          info: match.info,
          standing,
          content: Edition.worded(standing, cohort),
          alert: Wording.started(match, state.day, Words.of(cohort.language)),
          input
        },
        at,
        address
      )
      if (Result.isFailure(sealed)) continue
      const name = Cohort.nameOf({ ...cohort, route: input._tag === "Token" ? "token" : "channel" })
      lane?.greet(name)
      yield* this.#send(
        {
          cause: `${matchId}/start`,
          kind: "start",
          matchId,
          cohort: name,
          stamp: standing.stamp,
          priority: 10,
          alert: true,
          sealed: sealed.success,
          until: Instant.plus(at, Usefulness.start[input._tag]),
          resumed: false
        },
        to
      )
    }
  }

  *#removals({ lane, matchId, state }: Place, gone: ReadonlyArray<Recipient>): Task {
    if (gone.length === 0) return
    lane?.leave(gone.map(({ token }) => token))
    const { process } = this.#server
    const at = process.now
    const mailing = Mailings.removal(matchId, state?.stamp ?? null, address, at)
    if (mailing === null) return
    const missed = yield* this.#send({ ...mailing, until: at }, gone)
    if (lane !== null) lane.remove(missed, at)
    else if (missed.length > 0) process.spawn(this.#send(mailing, missed))
  }

  *#updates({ lane, state }: Place, recipients: ReadonlyArray<Latecomer>): Task {
    const standing = state === null ? null : ActiveMatch.standing(state)
    if (recipients.length === 0 || standing === null) return
    if (lane !== null) return lane.refresh(recipients)
    for (const [name, some] of Map.groupBy(recipients, ({ cohort }) => cohort)) {
      const cohort = Cohort.named(name)
      const mailing =
        cohort === null ? null : Mailings.standing(standing, cohort, address, this.#server.process.now)
      if (mailing !== null) yield* this.#send(mailing, some)
    }
  }

  *#welcomeAlive(place: Place, alive: ReadonlyArray<ActivityRow>): Task {
    if (alive.length === 0) return
    const { matchId } = place
    const { desk, ladders, process, store } = this.#server
    const at = process.now
    yield* ladders.hear(
      alive.map(
        ({ deviceId }): Directions.Heard => ({
          deviceId,
          input: { _tag: "StartAnswered", matchId, at }
        })
      )
    )
    for (const { deviceId, generation } of alive) {
      for (let before = generation - 1; before >= 1; before--) {
        const row = store.activity(Filed.idOf(matchId, deviceId, before))
        if (row === null || row.status === "ended") break
        yield* this.carryOut(place, desk.insist([row], { _tag: "SuccessorActive", at }))
      }
    }
  }

  *#renewals(place: Place, old: ReadonlyArray<ActivityRow>): Task {
    if (old.length === 0) return
    const { store } = this.#server
    const drafts = old.flatMap((row) => {
      const device = store.device(row.deviceId)
      return device === null || device.userId !== row.userId
        ? []
        : [{ row: Filed.first(row.matchId, device, row.generation + 1), state: Activity.wanted }]
    })
    const begun = drafts.length === 0 ? [] : store.begin(drafts)
    if (begun.length > 0) yield* this.tend(() => place, begun)
  }

  *carryOut(place: Place, said: ReadonlyArray<Stepped>): Task {
    if (said.length === 0) return
    const { matchId } = place
    const { ladders, notifier, process } = this.#server
    const ends = place.state === null ? null : (ActiveMatch.standing(place.state)?.ends ?? null)
    const directions = Directions.of(said, matchId, ends !== null, process.now)
    place.lane?.leave(directions.leave)
    for (const cohort of directions.republish) place.lane?.republish(cohort)
    yield* this.#updates(
      place,
      directions.refresh.map(({ cohort, row, token }) => ({ ...recipientOf(row, token), cohort }))
    )
    yield* this.#removals(
      place,
      directions.remove.map(({ row, token }) => recipientOf(row, token))
    )
    if (directions.recall.length > 0) notifier.recall(matchId, directions.recall)
    yield* this.#welcomeAlive(place, directions.alive)
    yield* ladders.hear(directions.ladder)
    yield* this.#starts(place, directions.start)
    yield* this.#renewals(place, directions.renew)
  }

  /** Tells activities the time. */
  *tend(place: () => Place, rows: ReadonlyArray<ActivityRow>): Task {
    const { matchId, state } = place()
    if (rows.length === 0 || state === null || !ActiveMatch.isTold(state)) return
    const { desk, ladders, process, sending, store } = this.#server
    const at = process.now
    const input = Asking.time(state, Duration.zero, at)
    const { asking, others } = Asking.sort(
      rows.map((row) => ({ row, state: row.state })),
      input
    )
    const down = sending.downUntil
    const wanted = down !== null && Instant.isBefore(at, down) ? [] : asking
    const silent: Array<ActivityRow> = []
    const again: Array<(typeof wanted)[number]> = []
    const devices = new Map<Ids.DeviceId, DeviceRow>()
    for (const one of wanted) {
      const { row } = one
      const device = store.device(row.deviceId)
      if (device?.userId !== row.userId || !OsVersion.startsRemotely(device.osVersion)) continue
      devices.set(row.deviceId, device)
      const token = store.tokenOn(row.deviceId, "start")
      const isShown =
        token !== null &&
        Asking.mayBeShown(one.state, this.#inputOf(matchId, device)._tag) &&
        this.#isPerhapsTaken(row, token.token)
      if (isShown) silent.push(row)
      else again.push(one)
    }
    const allowed =
      again.length === 0
        ? new Set<Ids.DeviceId>()
        : yield* ladders.allow(
            matchId,
            again.map(({ attempt, row }) => {
              const token = store.tokenOn(row.deviceId, "start")
              return {
                deviceId: row.deviceId,
                attempt,
                cause: Asking.startCause(row.activityId, row.version),
                startToken: token === null ? "none" : { registeredAt: token.registeredAt }
              }
            })
          )
    const said = desk.step(
      [...others, ...again.filter(({ row }) => allowed.has(row.deviceId))].map(({ row }) => row),
      input,
      (row) => {
        const device = devices.get(row.deviceId)
        return device === undefined ? row.cohort : Cohort.nameOf(Cohort.of("token", device))
      }
    )
    const taken = new Set(said.map(({ row }) => row.deviceId))
    yield* ladders.hear(
      [...allowed].flatMap(
        (deviceId): ReadonlyArray<Directions.Heard> =>
          taken.has(deviceId) ? [] : [{ deviceId, input: { _tag: "StartUnsent", matchId, at } }]
      )
    )
    yield* this.carryOut(place(), said)
    if (silent.length > 0) yield* this.carryOut(place(), desk.step(silent, { _tag: "NotAgain", at }))
    yield* this.#renewals(
      place(),
      rows.filter(({ state }) => Asking.isOwedSuccessor(state))
    )
  }

  #isPerhapsTaken({ activityId, version }: ActivityRow, token: string): boolean {
    const pushId = PushId.of(Asking.startCause(activityId, version - 1), token)
    const verdict = this.#server.process.tables.ledger.get(pushId)
    return verdict !== undefined && Attempt.perhapsTaken.includes(verdict)
  }

  /** Ends an activity that nobody asked for, known by its address alone. */
  *turnAway(place: Place, deviceId: Ids.DeviceId, where: Activity.Address): Task {
    if (where._tag === "Channel") this.#server.notifier.recall(place.matchId, [deviceId])
    else
      yield* this.#removals(place, [{ token: where.token as Recipient["token"], deviceId, activityId: null }])
  }
}

const recipientOf = ({ activityId, deviceId }: ActivityRow, token: string): Recipient => ({
  token: token as Recipient["token"],
  deviceId,
  activityId
})
