import { Instant } from "@sightscreen/decider"
import { Ids, Preferences as Likes } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { Statement } from "effect/sql"
import type { Fault, StoreError } from "./Fault.ts"
import * as Gather from "./Gather.ts"
import * as Groups from "./Groups.ts"
import type { Page } from "./Page.ts"
import { Book } from "./Preferences.ts"
import * as Table from "./Table.ts"

/** A phone with the app on it, and whose it is: one person's at a time. */
export const Device = Schema.Struct({
  deviceId: Ids.DeviceId,
  userId: Ids.UserId,
  osVersion: Schema.String,
  appVersion: Schema.String,
  /** The version of the content state that its app can read. */
  schemaVersion: Schema.Int,
  /** Whether its owner allows frequent updates (Apple: `frequentPushesEnabled`). */
  frequentUpdates: Schema.Boolean,
  /** What its owner reads, as a BCP 47 tag: `en`, `pt-BR`. */
  language: Schema.String,
  lastSeenAt: Instant.Instant,
  /** What its owner likes to be told; absent where they have not said. It is the owner's, and not registered with a device. */
  likes: Schema.optionalKey(Likes.Preferences)
})
export type Device = typeof Device.Type

export class Devices extends Context.Service<
  Devices,
  {
    /** Writes the device as given. It may have been somebody else's until now: that person is told, else null. */
    readonly register: (device: Omit<Device, "likes">) => Effect.Effect<Ids.UserId | null, Fault>
    readonly get: (deviceId: Ids.DeviceId) => Effect.Effect<Device | null, Fault>
    /** Those that are known, in the order of their ids. */
    readonly getMany: (deviceIds: ReadonlyArray<Ids.DeviceId>) => Effect.Effect<ReadonlyArray<Device>, Fault>
    /** In the order of users and devices. */
    readonly ofUsers: (userIds: ReadonlyArray<Ids.UserId>) => Effect.Effect<ReadonlyArray<Device>, Fault>
    /** All of them, in the order of their ids; `after` is the last device of the page before. */
    readonly page: (page: Page) => Effect.Effect<ReadonlyArray<Device>, Fault>
    /** Its owner has signed out. True if it was there, and this person's. */
    readonly remove: (deviceId: Ids.DeviceId, userId: Ids.UserId) => Effect.Effect<boolean, StoreError>
    /** Drops those not seen since then, and tells which, in the order of their ids. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<ReadonlyArray<Ids.DeviceId>, StoreError>
  }
>()("@sightscreen/store/Devices") {
  static readonly layer = Layer.effect(
    Devices,
    Effect.gen(function* () {
      const table = yield* Table.open({
        name: "devices",
        row: Row,
        fields: {
          deviceId: "text",
          userId: "text",
          osVersion: "text",
          appVersion: "text",
          schemaVersion: "int4",
          frequentUpdates: "bool",
          language: "text",
          lastSeenAt: "int8"
        },
        key: ({ deviceId }) => String(deviceId)
      })
      const { dropNamed, inTurn, insert, sql, take, write } = table
      const all = sql`${table.all}, (select body from preferences p where p.user_id = devices.user_id) as likes`
      const read = (operation: string, statement: Statement.Statement<object>) =>
        Effect.map(table.read(operation, statement), (rows) => rows.map(deviceOf))
      const getMany = (operation: string, deviceIds: ReadonlyArray<Ids.DeviceId>) =>
        read(
          operation,
          sql`select ${all} from devices where device_id = any(${Table.texts(sql, deviceIds)}) order by device_id`
        )
      const get = yield* Gather.byKey(
        (ids: ReadonlyArray<Ids.DeviceId>) => getMany("get", ids),
        ({ deviceId }) => deviceId
      )
      const register = yield* Gather.make((devices: ReadonlyArray<Omit<Device, "likes">>) => {
        const ids = devices.map(({ deviceId }) => deviceId)
        return write(
          "register",
          inTurn(
            ids,
            Effect.gen(function* () {
              const before = (yield* sql`
                select device_id as "deviceId", user_id as "userId" from devices
                where device_id = any(${Table.texts(sql, ids)})`) as ReadonlyArray<
                Pick<Device, "deviceId" | "userId">
              >
              yield* sql`${insert(Table.lastOfEach(devices, ({ deviceId }) => deviceId))} on conflict (device_id) do update
                set ${take("userId", "osVersion", "appVersion", "schemaVersion", "frequentUpdates", "language", "lastSeenAt")}`
              const owners = new Map(before.map((row) => [row.deviceId, row]))
              return devices.map((device) => {
                const moved = movedFrom(owners.get(device.deviceId), device)
                owners.set(device.deviceId, device)
                return moved
              })
            })
          )
        )
      })
      return Devices.of({
        register,
        get: (deviceId) => Effect.map(get(deviceId), ([row]) => row ?? null),
        getMany: (deviceIds) => getMany("getMany", deviceIds),
        ofUsers: (userIds) =>
          read(
            "ofUsers",
            sql`select ${all} from devices where user_id = any(${Table.texts(sql, userIds)}) order by user_id, device_id`
          ),
        page: ({ after, limit }) =>
          read(
            "page",
            sql`select ${all} from devices where device_id > ${after ?? ""} order by device_id limit ${limit}`
          ),
        remove: (deviceId, userId) =>
          write(
            "remove",
            sql`delete from devices where device_id = ${deviceId} and user_id = ${userId} returning 1`
          ).pipe(Effect.map((gone) => gone.length > 0)),
        forget: (before) =>
          Effect.map(dropNamed("forget", sql`last_seen_at < ${before}`, "deviceId"), (names) =>
            names.map((name) => name as Ids.DeviceId)
          )
      })
    })
  )

  static readonly layerMemory = Layer.effect(
    Devices,
    Effect.map(Book, (book) => {
      const known = new Map<string, Device>()
      const rows = {
        get: (deviceId: string): Device | undefined => {
          const row = known.get(deviceId)
          const likes = row === undefined ? undefined : book.get(row.userId)
          return row === undefined || likes === undefined ? row : { ...row, likes }
        },
        set: (deviceId: string, device: Device) => known.set(deviceId, device),
        delete: (deviceId: string) => known.delete(deviceId),
        keys: () => known.keys(),
        values: () => known.values()
      }
      const ofUser = Groups.make()
      const drop = ({ deviceId, userId }: Device): void => {
        ofUser.remove(userId, deviceId)
        rows.delete(deviceId)
      }
      return Devices.of({
        register: (device) =>
          Effect.sync(() => {
            const before = rows.get(device.deviceId)
            if (before !== undefined) ofUser.remove(before.userId, before.deviceId)
            rows.set(device.deviceId, device)
            ofUser.add(device.userId, device.deviceId)
            return movedFrom(before, device)
          }),
        get: (deviceId) => Effect.sync(() => rows.get(deviceId) ?? null),
        getMany: (deviceIds) =>
          Effect.sync(() => [...new Set(deviceIds)].sort().flatMap((deviceId) => rows.get(deviceId) ?? [])),
        ofUsers: (userIds) =>
          Effect.sync(() =>
            [...new Set(userIds)]
              .sort()
              .flatMap((userId) =>
                [...ofUser.after(userId, null)].flatMap((deviceId) => rows.get(deviceId) ?? [])
              )
          ),
        page: ({ after, limit }) =>
          Effect.sync(() =>
            [...rows.keys()]
              .filter((deviceId) => after === null || deviceId > after)
              .sort()
              .slice(0, limit)
              .flatMap((deviceId) => rows.get(deviceId) ?? [])
          ),
        remove: (deviceId, userId) =>
          Effect.sync(() => {
            const row = rows.get(deviceId)
            if (row === undefined || row.userId !== userId) return false
            drop(row)
            return true
          }),
        forget: (before) =>
          Effect.sync(() => {
            const gone = [...rows.values()].filter(({ lastSeenAt }) => lastSeenAt < before)
            gone.forEach(drop)
            return gone.map(({ deviceId }) => deviceId).sort()
          })
      })
    })
  )
}

const Row = Schema.Struct({ ...Device.fields, likes: Schema.NullOr(Likes.Preferences) })

const deviceOf = ({ likes, ...device }: typeof Row.Type): Device =>
  likes === null ? device : { ...device, likes }

const movedFrom = (
  before: Pick<Device, "userId"> | undefined,
  device: Pick<Device, "userId">
): Ids.UserId | null => (before === undefined || before.userId === device.userId ? null : before.userId)
