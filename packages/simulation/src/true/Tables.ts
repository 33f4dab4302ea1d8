import { Instant } from "@sightscreen/decider"
import { Attempt } from "@sightscreen/domain"
import {
  Activities,
  ActiveMatches,
  BroadcastChannels,
  Decisions,
  Deliveries,
  Devices,
  Editions,
  Fault,
  Fixtures,
  Follows,
  Notices,
  PushTokens,
  Recoveries,
  type Store
} from "@sightscreen/store"
import { Context, Effect } from "effect"
import type { Faults } from "../faults/Fault.ts"
import type { Journal } from "../journal/Journal.ts"
import * as Said from "../journal/Said.ts"
import type { Operations } from "./Operations.ts"

/**
 * The store as a process has it: operations take their time, fail, or are done and fail all the same; and what is saved is
 * written down for those who look on.
 */
export interface Given {
  readonly journal: Journal
  readonly begins: Instant.Instant
  readonly now: () => Instant.Instant
  readonly faults: Faults
  readonly operations: Operations
  readonly sleep: (millis: number) => Effect.Effect<void>
  /** Pushes that the ledger says Apple has taken, or may have. */
  readonly ledger: Set<string>
  /** How often each operation was asked for, over all processes. */
  readonly counts: Map<string, number>
}

const services = [
  ["activities", Activities.Activities],
  ["activeMatches", ActiveMatches.ActiveMatches],
  ["broadcastChannels", BroadcastChannels.BroadcastChannels],
  ["decisions", Decisions.Decisions],
  ["deliveries", Deliveries.Deliveries],
  ["devices", Devices.Devices],
  ["editions", Editions.Editions],
  ["fixtures", Fixtures.Fixtures],
  ["follows", Follows.Follows],
  ["notices", Notices.Notices],
  ["pushTokens", PushTokens.PushTokens],
  ["recoveries", Recoveries.Recoveries]
] as const

type Operation = Effect.Effect<unknown, unknown>
type Method = (...args: ReadonlyArray<unknown>) => Operation

export const disturbed = (
  given: Given,
  all: Context.Context<Store.Store>,
  process: number
): Context.Context<Store.Store> => {
  let changed = all
  const isTroubled = kinds.some(given.faults.has)
  for (const [table, tag] of services) {
    const service = Context.get(all, tag as never) as Readonly<Record<string, Method | Operation>>
    const made: Record<string, Method | Operation> = {}
    for (const [method, it] of Object.entries(service)) {
      const name = `${table}.${method}`
      const conflict = conflicts[name]
      const witness = witnesses[name]
      const carry = (operation: Operation, args: ReadonlyArray<unknown>): Operation => {
        const seen =
          witness === undefined
            ? operation
            : Effect.tap(operation, (result) => Effect.sync(() => witness(given, process, args, result)))
        return given.operations.of(
          process,
          name,
          isTroubled ? meddle(given, table, method, conflict, args, seen) : seen
        )
      }
      made[method] =
        typeof it === "function"
          ? (...args: ReadonlyArray<unknown>) => carry(Reflect.apply(it, service, args), args)
          : carry(it, [])
    }
    changed = Context.add(changed, tag as never, made as never)
  }
  return changed
}

const second = 1000

const meddle = (
  { begins, counts, faults, journal, now, sleep }: Given,
  table: string,
  method: string,
  conflict: Conflict | undefined,
  args: ReadonlyArray<unknown>,
  operation: Operation
): Operation => {
  return Effect.suspend(() => {
    const name = `${table}.${method}`
    const nth = (counts.get(name) ?? 0) + 1
    counts.set(name, nth)
    const at = now() - begins
    const befalls = (kind: (typeof kinds)[number]): boolean => {
      if (!faults.befalls(kind, at, null, name, nth)) return false
      journal.write({ _tag: "FaultBefell", at: now(), kind, what: `${name} ${nth}` })
      return true
    }
    const fails = Effect.suspend(() =>
      Effect.fail(
        new Fault.StoreError({
          table,
          operation: method,
          retryable: true,
          cause: new Error("the store is not there")
        })
      )
    )
    if (befalls("store.refused")) return fails
    if (befalls("store.timeout")) return Effect.andThen(sleep(5 * second), fails)
    if (conflict !== undefined && befalls("store.conflict")) return conflict(args)
    const slow = befalls("store.slow")
      ? Effect.andThen(sleep(faults.between("store.slow", 50, 3 * second, name, nth)), operation)
      : operation
    return befalls("store.lostAnswer") ? Effect.andThen(slow, fails) : slow
  })
}

const kinds = ["store.refused", "store.timeout", "store.conflict", "store.slow", "store.lostAnswer"] as const

/** What an operation says where somebody else has been quicker; nothing is saved then. */
type Conflict = (args: ReadonlyArray<unknown>) => Operation

const conflicts: Readonly<Record<string, Conflict>> = {
  "activities.save": ([saves]) =>
    Effect.succeed((saves as ReadonlyArray<Activities.Save>).map(({ activityId }) => activityId)),
  "broadcastChannels.save": ([saves]) =>
    Effect.succeed(
      (saves as ReadonlyArray<BroadcastChannels.Save>).map(({ bundleId, cohort, environment, matchId }) => ({
        bundleId,
        cohort,
        environment,
        matchId
      }))
    ),
  "recoveries.save": ([saves]) =>
    Effect.succeed((saves as ReadonlyArray<Recoveries.Save>).map(({ deviceId }) => deviceId)),
  "activeMatches.save": ([save]) => {
    const { matchId, version } = save as ActiveMatches.Save
    return Effect.fail(new ActiveMatches.StaleVersion({ matchId, expected: version, found: version }))
  }
}

type Witness = (given: Given, process: number, args: ReadonlyArray<unknown>, result: unknown) => void

const perhapsTaken: ReadonlySet<string> = new Set(Attempt.perhapsTaken)

const witnesses: Readonly<Record<string, Witness>> = {
  "activeMatches.save": ({ journal, now }, process, [saved]) => {
    for (const entry of Said.entriesIn(saved as ActiveMatches.Save, { at: now(), process }))
      journal.write(entry)
  },
  "deliveries.record": ({ ledger }, _, [rows]) => {
    for (const { pushId, verdict } of rows as ReadonlyArray<Deliveries.Delivery>)
      if (perhapsTaken.has(verdict)) ledger.add(pushId)
      else ledger.delete(pushId)
  },
  "pushTokens.retire": ({ journal, now }, process, [address, retirement], result) => {
    if (result !== true) return
    const { token } = address as PushTokens.Address
    const { reason } = retirement as PushTokens.Retirement
    journal.write({ _tag: "TokenRetired", at: now(), process, token, why: reason })
  }
}
