import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Array as Arr, Context, Effect, Layer, Schema } from "effect"
import type { Statement } from "effect/sql"
import { type Fault, type StoreError, UnreadableRow } from "./Fault.ts"
import * as Gather from "./Gather.ts"
import * as Table from "./Table.ts"
import { endOf, Vault } from "./Vault.ts"

export const Kind = Schema.Literals(["alert", "start", "update", "voip"])
export type Kind = typeof Kind.Type

export const Environment = Schema.Literals(["production", "sandbox"])
export type Environment = typeof Environment.Type

/** Where a push can be sent to. The same letters in another environment or for another app are another address. */
const address = {
  /** Hexadecimal, as Apple's addresses have it. Personal data: never logged whole. */
  token: Schema.NonEmptyString,
  kind: Kind,
  environment: Environment,
  bundleId: Schema.NonEmptyString
}
export const Address = Schema.Struct(address)
export type Address = typeof Address.Type

/** A token that a phone has registered. A retired one is remembered, so that late news of it is understood. */
export const PushToken = Schema.Struct({
  ...address,
  deviceId: Ids.DeviceId,
  userId: Ids.UserId,
  /** When the phone last said that it is valid. */
  registeredAt: Instant.Instant,
  retiredAt: Schema.NullOr(Instant.Instant),
  retiredFor: Schema.NullOr(Schema.String),
  /** The activity that it updates; null for the other kinds. */
  activityId: Schema.NullOr(Ids.ActivityId),
  /** How often Apple has called it bad since it was registered, without saying since when. */
  suspicions: Schema.Int,
  suspectedAt: Schema.NullOr(Instant.Instant)
})
export type PushToken = typeof PushToken.Type

export type Registration = Omit<PushToken, "retiredAt" | "retiredFor" | keyof Suspicion>

export type Suspicion = Pick<PushToken, "suspicions" | "suspectedAt">

export interface Registered {
  /** The device that the token was on until now, where that was another. */
  readonly movedFrom: Ids.DeviceId | null
  /** The person whose token it was until now, where that was another. */
  readonly formerUser: Ids.UserId | null
  /** Tokens that this one takes the place of. */
  readonly replaced: ReadonlyArray<string>
}

export interface Retirement {
  readonly reason: string
  readonly at: Instant.Instant
  /**
   * The moment that a verdict is about (Apple: the `timestamp` of a 410). A token that its phone has registered after that
   * moment lives on. Null for a verdict without one.
   */
  readonly unlessRegisteredAfter: Instant.Instant | null
}

/** All that a call touches is locked while it runs, and the database has room for some tens of thousands of locks at most. */
const slice = 100

/** A device has one valid token of these kinds in each environment and app; a new one takes the place of the old. */
const oneEach: ReadonlySet<Kind> = new Set(["alert", "start", "voip"])

export class PushTokens extends Context.Service<
  PushTokens,
  {
    /**
     * Once or often, the same. A retired token lives again, a suspected one is no longer; a token that turns up elsewhere
     * moves there.
     */
    readonly register: (registration: Registration) => Effect.Effect<Registered, Fault>
    /** As if registered one after the other, and tells of each in that order. Any number; some at a time, not all or nothing. */
    readonly registerMany: (
      registrations: ReadonlyArray<Registration>
    ) => Effect.Effect<ReadonlyArray<Registered>, Fault>
    /** Notes a suspicion of a living token, unless its phone has registered it since. Tells whether it was noted. */
    readonly note: (
      address: Address,
      suspicion: Suspicion,
      ifRegisteredAt: Instant.Instant
    ) => Effect.Effect<boolean, StoreError>
    /**
     * A living token turned out to belong to the other host; what it was suspected of was the address. False, and nothing
     * changes, where it is not there, or where the address or the device's place for it is taken.
     */
    readonly moveTo: (address: Address, environment: Environment) => Effect.Effect<boolean, StoreError>
    /** Tells whether a living token was retired. */
    readonly retire: (address: Address, retirement: Retirement) => Effect.Effect<boolean, StoreError>
    /** Retires all living tokens of devices, and tells how many. */
    readonly retireOf: (
      deviceIds: ReadonlyArray<Ids.DeviceId>,
      reason: string,
      at: Instant.Instant
    ) => Effect.Effect<number, StoreError>
    /** The living tokens of one kind, in the order of devices and tokens. */
    readonly ofDevices: (
      kind: Kind,
      deviceIds: ReadonlyArray<Ids.DeviceId>
    ) => Effect.Effect<ReadonlyArray<PushToken>, Fault>
    /** Wherever a token is known, retired or not. */
    readonly byToken: (token: string) => Effect.Effect<ReadonlyArray<PushToken>, Fault>
    /** Drops all of a person's, living or not, and tells how many. */
    readonly erase: (userId: Ids.UserId) => Effect.Effect<number, StoreError>
    /** Drops those retired before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
    /** Drops update tokens that were registered before then, living or not: an activity has an end. Tells how many. */
    readonly forgetUpdates: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/PushTokens") {
  static readonly layer = Layer.effect(
    PushTokens,
    Effect.gen(function* () {
      const vault = yield* Vault
      const table = yield* Table.open({
        name: "push_tokens",
        row: Sealed,
        fields: {
          sealed: "text",
          kind: "text",
          environment: "text",
          bundleId: "text",
          deviceId: "text",
          userId: "text",
          registeredAt: "int8",
          retiredAt: "int8",
          retiredFor: "text",
          activityId: "text",
          suspicions: "int4",
          suspectedAt: "int8"
        },
        key: ({ kind, sealed }) => `${String(kind)}/…${endOf(String(sealed))}`
      })
      const { all, drop, sql, write } = table
      const opened = (row: typeof Sealed.Type): Effect.Effect<PushToken, UnreadableRow> => {
        const { sealed, ...others } = row
        const token = vault.open(sealed)
        return token === null ? Effect.fail(unopened(row)) : Effect.succeed({ ...others, token })
      }
      const read = (operation: string, statement: Statement.Statement<object>) =>
        Effect.flatMap(table.read(operation, statement), (rows) => Effect.forEach(rows, opened))
      const at = ({ bundleId, environment, kind, token }: Address) =>
        sql`token = any(${Table.texts(sql, vault.names(token))}) and kind = ${kind} and environment = ${environment} and bundle_id = ${bundleId}`
      const hidden = (registration: Registration) => ({
        ...registration,
        token: vault.name(registration.token),
        sealed: vault.seal(registration.token)
      })
      const register = (operation: string, registrations: ReadonlyArray<Registration>) =>
        sql<Registered>`select * from register_push_tokens(${JSON.stringify(registrations.map(hidden))}::json)`.pipe(
          // A token that is moved to another host takes no locks: it may come into a device's place after that was cleared.
          // The next try finds it there and replaces it; each token moves once only.
          Effect.retry({ times: 3, while: ({ reason }) => reason._tag === "UniqueViolation" }),
          (registered) => write(operation, registered),
          Effect.map((all) =>
            all.map((one) => ({
              ...one,
              replaced: one.replaced.flatMap((it) => vault.open(it) ?? []).sort()
            }))
          )
        )
      const ofDevices = (kinds: ReadonlyArray<Kind>, deviceIds: ReadonlyArray<Ids.DeviceId>) =>
        read(
          "ofDevices",
          sql`select ${all} from push_tokens
            where device_id = any(${Table.texts(sql, deviceIds)}) and kind = any(${Table.texts(sql, kinds)})
              and retired_at is null
            order by device_id`
        ).pipe(
          Effect.map((found) =>
            found.toSorted(inOrder((each) => [each.deviceId, each.token, each.environment, each.bundleId]))
          )
        )
      const registerOne = yield* Gather.make((some: ReadonlyArray<Registration>) =>
        register("register", some)
      )
      const ofDevice = yield* Gather.make(
        (some: ReadonlyArray<{ readonly kind: Kind; readonly deviceId: Ids.DeviceId }>) =>
          Effect.map(
            ofDevices(
              [...new Set(some.map(({ kind }) => kind))],
              [...new Set(some.map(({ deviceId }) => deviceId))]
            ),
            (found) =>
              some.map((one) =>
                found.filter(({ deviceId, kind }) => deviceId === one.deviceId && kind === one.kind)
              )
          )
      )
      const byToken = yield* Gather.byKey(
        (tokens: ReadonlyArray<string>) =>
          read(
            "byToken",
            sql`select ${all} from push_tokens
              where token = any(${Table.texts(
                sql,
                tokens.flatMap((token) => vault.names(token))
              )})
              order by kind, environment, bundle_id`
          ),
        ({ token }) => token
      )
      return PushTokens.of({
        register: registerOne,
        registerMany: (registrations) =>
          Effect.map(
            Effect.forEach(Arr.chunksOf(registrations, slice), (some) => register("registerMany", some)),
            (slices) => slices.flat()
          ),
        note: (address, { suspectedAt, suspicions }, ifRegisteredAt) =>
          write(
            "note",
            sql`update push_tokens set suspicions = ${suspicions}, suspected_at = ${suspectedAt}
              where ${at(address)} and retired_at is null and registered_at = ${ifRegisteredAt}
              returning 1`
          ).pipe(Effect.map((noted) => noted.length > 0)),
        moveTo: (address, environment) =>
          sql`update push_tokens set environment = ${environment}, suspicions = 0, suspected_at = null
            where ${at(address)} and retired_at is null and environment <> ${environment}
            returning 1`.pipe(
            // Both kinds of being taken are what a unique index is for, also while somebody registers there.
            Effect.catchIf(
              ({ reason }) => reason._tag === "UniqueViolation",
              () => Effect.succeed([])
            ),
            (moved) => write("moveTo", moved),
            Effect.map((moved) => moved.length > 0)
          ),
        retire: (address, { at: retiredAt, reason, unlessRegisteredAfter }) =>
          write(
            "retire",
            sql`update push_tokens set retired_at = ${retiredAt}, retired_for = ${reason}
              where ${at(address)} and retired_at is null
                and registered_at <= coalesce(${unlessRegisteredAfter}::int8, registered_at)
              returning 1`
          ).pipe(Effect.map((retired) => retired.length > 0)),
        retireOf: (deviceIds, reason, at) =>
          write(
            "retireOf",
            sql`update push_tokens set retired_at = ${at}, retired_for = ${reason}
              where device_id = any(${Table.texts(sql, deviceIds)}) and retired_at is null
              returning 1`
          ).pipe(Effect.map((retired) => retired.length)),
        ofDevices: (kind, deviceIds) => {
          const [only, ...others] = deviceIds
          return only !== undefined && others.length === 0
            ? ofDevice({ kind, deviceId: only })
            : ofDevices([kind], deviceIds)
        },
        byToken,
        erase: (userId) => drop("erase", sql`user_id = ${userId}`),
        forget: (before) => drop("forget", sql`retired_at < ${before}`),
        forgetUpdates: (before) => drop("forgetUpdates", sql`kind = 'update' and registered_at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.sync(PushTokens, () => {
    const rows = new Map<string, PushToken>()
    const ofDevice = new Map<string, Set<string>>()
    const ofToken = new Map<string, Set<string>>()
    const those = (keys: Iterable<string>) => [...keys].flatMap((each) => rows.get(each) ?? [])
    const living = (deviceId: string) =>
      those(ofDevice.get(deviceId) ?? []).filter(({ retiredAt }) => retiredAt === null)
    const drop = (row: PushToken): void => {
      rows.delete(key(row))
      outOf(ofDevice, row.deviceId, key(row))
      outOf(ofToken, row.token, key(row))
    }
    const put = (row: PushToken): void => {
      rows.set(key(row), row)
      into(ofDevice, row.deviceId, key(row))
      into(ofToken, row.token, key(row))
    }
    const register = (registration: Registration): Registered => {
      const { deviceId, kind, registeredAt, token, userId } = registration
      const before = rows.get(key(registration))
      const replaced = oneEach.has(kind)
        ? living(deviceId).filter((each) => each.token !== token && slot(each) === slot(registration))
        : []
      for (const each of replaced)
        rows.set(key(each), { ...each, retiredAt: registeredAt, retiredFor: "replaced" })
      if (before !== undefined) drop(before)
      put({
        ...registration,
        registeredAt: Instant.later(before?.registeredAt ?? registeredAt, registeredAt),
        retiredAt: null,
        retiredFor: null,
        suspicions: 0,
        suspectedAt: null
      })
      return {
        movedFrom: before === undefined || before.deviceId === deviceId ? null : before.deviceId,
        formerUser: before === undefined || before.userId === userId ? null : before.userId,
        replaced: replaced.map((each) => each.token).sort()
      }
    }
    return PushTokens.of({
      register: (registration) => Effect.sync(() => register(registration)),
      registerMany: (registrations) => Effect.sync(() => registrations.map(register)),
      note: (address, suspicion, ifRegisteredAt) =>
        Effect.sync(() => {
          const row = rows.get(key(address))
          if (row === undefined || row.retiredAt !== null || row.registeredAt !== ifRegisteredAt) return false
          rows.set(key(address), { ...row, ...suspicion })
          return true
        }),
      moveTo: (address, environment) =>
        Effect.sync(() => {
          const row = rows.get(key(address))
          if (row === undefined || row.retiredAt !== null) return false
          const moved = { ...row, environment, suspicions: 0, suspectedAt: null }
          const inPlace = oneEach.has(row.kind) ? living(row.deviceId) : []
          if (rows.has(key(moved)) || inPlace.some((each) => slot(each) === slot(moved))) return false
          drop(row)
          put(moved)
          return true
        }),
      retire: (address, { at, reason, unlessRegisteredAfter }) =>
        Effect.sync(() => {
          const row = rows.get(key(address))
          if (row === undefined || row.retiredAt !== null) return false
          if (unlessRegisteredAfter !== null && row.registeredAt > unlessRegisteredAfter) return false
          rows.set(key(address), { ...row, retiredAt: at, retiredFor: reason })
          return true
        }),
      retireOf: (deviceIds, reason, at) =>
        Effect.sync(() => {
          const all = [...new Set(deviceIds)].flatMap(living)
          for (const each of all) rows.set(key(each), { ...each, retiredAt: at, retiredFor: reason })
          return all.length
        }),
      ofDevices: (kind, deviceIds) =>
        Effect.sync(() =>
          [...new Set(deviceIds)]
            .flatMap(living)
            .filter((each) => each.kind === kind)
            .sort(inOrder((each) => [each.deviceId, each.token, each.environment, each.bundleId]))
        ),
      byToken: (token) =>
        Effect.sync(() =>
          those(ofToken.get(token) ?? []).sort(
            inOrder((each) => [each.kind, each.environment, each.bundleId])
          )
        ),
      erase: (userId) =>
        Effect.sync(() => {
          const gone = [...rows.values()].filter((row) => row.userId === userId)
          gone.forEach(drop)
          return gone.length
        }),
      forget: (before) =>
        Effect.sync(() => {
          const gone = [...rows.values()].filter(({ retiredAt }) => retiredAt !== null && retiredAt < before)
          gone.forEach(drop)
          return gone.length
        }),
      forgetUpdates: (before) =>
        Effect.sync(() => {
          const gone = [...rows.values()].filter(
            (each) => each.kind === "update" && each.registeredAt < before
          )
          gone.forEach(drop)
          return gone.length
        })
    })
  })
}

/** As it lies in the database. */
const { token: _token, ...unsealed } = PushToken.fields
const Sealed = Schema.Struct({ ...unsealed, sealed: Schema.NonEmptyString })

const unopened = ({ kind, sealed }: typeof Sealed.Type): UnreadableRow =>
  new UnreadableRow({ table: "push_tokens", key: `${kind}/…${endOf(sealed)}`, fields: ["sealed"] })

const key = ({ bundleId, environment, kind, token }: Address): string =>
  [token, kind, environment, bundleId].join("/")

const slot = ({ bundleId, deviceId, environment, kind }: Registration): string =>
  [deviceId, kind, environment, bundleId].join("/")

const into = (groups: Map<string, Set<string>>, group: string, member: string): void => {
  const members = groups.get(group)
  if (members === undefined) groups.set(group, new Set([member]))
  else members.add(member)
}

const outOf = (groups: Map<string, Set<string>>, group: string, member: string): void => {
  const members = groups.get(group)
  if (members?.delete(member) === true && members.size === 0) groups.delete(group)
}

const inOrder =
  <Row>(parts: (row: Row) => ReadonlyArray<string>) =>
  (a: Row, b: Row): number => {
    const [left, right] = [parts(a), parts(b)]
    const at = left.findIndex((part, index) => part !== right[index])
    return at === -1 ? 0 : left[at]! < right[at]! ? -1 : 1
  }
