import { Instant } from "@sightscreen/decider"
import {
  Activity,
  type Directions,
  Filed,
  type Ids,
  Ladders,
  Recovery,
  Usefulness
} from "@sightscreen/domain"
import type { Task } from "./Loop.ts"
import type { Server } from "./Server.ts"
import type { ActivityRow } from "./Tables.ts"

export type Stepped = Filed.Stepped<ActivityRow>

/** Takes activities through their decider and saves them; what they say counts only where they were saved. */
export class Desk {
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  /** For what comes again: a row that somebody else has saved meanwhile is left alone. */
  step(
    rows: ReadonlyArray<ActivityRow>,
    input: Activity.Input,
    cohortOf?: (row: ActivityRow) => string | null
  ): ReadonlyArray<Stepped> {
    const said: Array<Stepped> = []
    for (const row of rows) this.#attempt(row, input, said, cohortOf)
    return said
  }

  /** For news that comes once: a row that somebody else has saved meanwhile is read and stepped again. */
  insist(rows: ReadonlyArray<ActivityRow>, input: Activity.Input): ReadonlyArray<Stepped> {
    const said: Array<Stepped> = []
    for (const row of rows) {
      for (let current: ActivityRow | null = row; current !== null;) {
        if (this.#attempt(current, input, said)) break
        current = this.#server.store.activity(row.activityId)
      }
    }
    return said
  }

  tell(activityId: Ids.ActivityId, input: Activity.Input): ReadonlyArray<Stepped> {
    const row = this.#server.store.activity(activityId)
    return row === null ? [] : this.insist([row], input)
  }

  #attempt(
    row: ActivityRow,
    input: Activity.Input,
    said: Array<Stepped>,
    cohortOf?: (row: ActivityRow) => string | null
  ): boolean {
    const before = row.state
    const [after, outputs] = Activity.step(before, input)
    if (after !== before) {
      this.#server.process.op()
      const cohort = cohortOf === undefined ? row.cohort : cohortOf(row)
      if (!this.#server.store.saveActivity(row, after, cohort)) return false
    }
    for (const output of outputs) said.push({ row, before, after, output })
    return true
  }
}

/** A start that somebody would like to send. */
export interface Wanted {
  readonly deviceId: Ids.DeviceId
  readonly attempt: number
  readonly cause: string
  readonly startToken: Recovery.StartToken
}

/** Takes phones through the ladder, and counts their starts; what a ladder says is carried out after it was saved. */
export class LadderWard {
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  *allow(matchId: Ids.MatchId, wanted: ReadonlyArray<Wanted>): Task<ReadonlySet<Ids.DeviceId>> {
    const at = this.#server.process.now
    const said = this.#steps(
      wanted.map(({ deviceId, ...start }) => ({
        deviceId,
        input: { _tag: "StartWanted", matchId, ...start, at }
      }))
    )
    yield* this.#carryOut(said)
    return Ladders.saying(said, "StartAllowed")
  }

  *hear(heard: ReadonlyArray<Directions.Heard>): Task {
    if (heard.length === 0) return
    for (const some of Ladders.rounds(heard)) yield* this.#carryOut(this.#steps(some))
  }

  #steps(heard: ReadonlyArray<Directions.Heard>): ReadonlyArray<Ladders.Said> {
    const { process, store } = this.#server
    const { owed } = process.tables
    const said: Array<Ladders.Said> = []
    for (const one of heard) {
      for (;;) {
        const row = store.ladder(one.deviceId)
        const before = row?.state ?? Recovery.fresh
        const [after, outputs] = Recovery.step(before, one.input)
        // Written down before the ladder says that it was done: so it is told, whatever falls in between.
        if (outputs.some(({ _tag }) => _tag === "NotifyUser") && !owed.has(one.deviceId)) {
          process.op()
          owed.set(one.deviceId, process.now)
        }
        if (after !== before && !store.saveLadder(one.deviceId, row?.version ?? null, after)) continue
        for (const output of outputs) said.push({ heard: one, output })
        break
      }
    }
    return said
  }

  *#carryOut(said: ReadonlyArray<Ladders.Said>): Task {
    if (said.length === 0) return
    const { notifier, process } = this.#server
    const { notify, wake } = Ladders.errands(said)
    for (const [matchId, deviceIds] of wake) {
      const unsent = yield* notifier.wake(matchId, deviceIds)
      const at = process.now
      this.#steps(unsent.map((deviceId) => ({ deviceId, input: { _tag: "WakeUnsent", matchId, at } })))
    }
    // A notice is tried for minutes while Apple is away, and nobody is to wait for that.
    for (const [matchId, deviceIds] of notify) process.spawn(this.#tell(matchId, deviceIds, false))
  }

  *#tell(matchId: Ids.MatchId, deviceIds: ReadonlyArray<Ids.DeviceId>, isAgain: boolean): Task {
    const unsaid = yield* this.#server.notifier.fallback(matchId, deviceIds, isAgain)
    this.#release(deviceIds.filter((deviceId) => !unsaid.has(deviceId)))
  }

  #release(deviceIds: ReadonlyArray<Ids.DeviceId>): void {
    const { process } = this.#server
    if (deviceIds.length > 0) process.op()
    for (const deviceId of deviceIds) process.tables.owed.delete(deviceId)
  }

  /** Tells people what they were to be told and were not, since Apple was away or a process fell. */
  repay(): void {
    const { matchId, process } = this.#server
    const { owed } = process.tables
    process.op()
    const at = process.now
    const before = Instant.minus(at, Usefulness.fallbackOwedAgain)
    const found = [...owed].flatMap(([deviceId, since]) => (since < before ? [deviceId] : []))
    if (found.length === 0) return
    for (const deviceId of found) owed.set(deviceId, at)
    // Who has the match on their screen by now need not be told how to get it there.
    const isShown = (deviceId: Ids.DeviceId) =>
      process.tables.newestOn(deviceId, matchId)?.status === "active"
    this.#release(found.filter(isShown))
    const others = found.filter((deviceId) => !isShown(deviceId))
    if (others.length > 0) process.spawn(this.#tell(matchId, others, true))
  }
}
