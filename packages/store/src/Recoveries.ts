import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { Fault, StoreError } from "./Fault.ts"
import * as Gather from "./Gather.ts"
import * as Table from "./Table.ts"

/** How a device is being helped to its next start, kept so that a restart asks it for nothing a second time. */
export const Recovery = Schema.Struct({
  deviceId: Ids.DeviceId,
  version: Schema.Int,
  /** Its owner's affair. */
  state: Schema.Json,
  updatedAt: Instant.Instant
})
export type Recovery = typeof Recovery.Type

export interface Save {
  readonly deviceId: Ids.DeviceId
  /** The version that this save follows; null where there is to be none yet. */
  readonly version: number | null
  readonly state: Schema.Json
  readonly at: Instant.Instant
}

export class Recoveries extends Context.Service<
  Recoveries,
  {
    /** Those that are known, in the order of their devices. */
    readonly load: (deviceIds: ReadonlyArray<Ids.DeviceId>) => Effect.Effect<ReadonlyArray<Recovery>, Fault>
    /**
     * Saves each that has the version its save follows; the first is version 0. Tells which have not, and stay as they
     * are.
     */
    readonly save: (saves: ReadonlyArray<Save>) => Effect.Effect<ReadonlyArray<Ids.DeviceId>, StoreError>
    /** Drops all that is about these devices, and tells how many. */
    readonly erase: (deviceIds: ReadonlyArray<Ids.DeviceId>) => Effect.Effect<number, StoreError>
    /** Drops those not saved since then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Recoveries") {
  static readonly layer = Layer.effect(
    Recoveries,
    Effect.gen(function* () {
      const { all, drop, insert, read, rows, sql, write } = yield* Table.open({
        name: "recoveries",
        row: Recovery,
        fields: { deviceId: "text", version: "int4", state: "json", updatedAt: "int8" },
        key: ({ deviceId }) => String(deviceId)
      })
      const saved = rows("deviceId", "version", "state", "updatedAt")
      const load = (deviceIds: ReadonlyArray<Ids.DeviceId>) =>
        read(
          "load",
          sql`select ${all} from recoveries where device_id = any(${Table.texts(sql, deviceIds)}) order by device_id`
        )
      /** Each of them, whether it has been saved. */
      const save = (wanted: ReadonlyArray<Save>) => {
        const { first } = Table.apart(wanted, device)
        const given = first.map(({ at, ...rest }) => ({ ...rest, updatedAt: at }))
        const begun = given.filter(({ version }) => version === null).map((row) => ({ ...row, version: 0 }))
        const next = given.filter(({ version }) => version !== null)
        return write(
          "save",
          sql<Pick<Recovery, "deviceId">>`
            with begun as (
              ${insert(begun)} on conflict do nothing returning device_id
            ), next as (
              update recoveries as r
              set version = r.version + 1, state = coalesce(t.state, 'null'::json), updated_at = t."updatedAt"
              from ${saved(next)}
              where r.device_id = t."deviceId" and r.version = t.version
              returning r.device_id
            )
            select device_id as "deviceId" from begun union all select device_id from next`
        ).pipe(
          Effect.map((rows) => {
            const done = new Set(rows.map(device))
            const those = new Set(first.filter((one) => done.has(one.deviceId)))
            return wanted.map((one) => those.has(one))
          })
        )
      }
      const loadOne = yield* Gather.byKey(load, device)
      const saveOne = yield* Gather.make(save)
      return Recoveries.of({
        load: (deviceIds) => {
          const [only, ...others] = deviceIds
          return only !== undefined && others.length === 0 ? loadOne(only) : load(deviceIds)
        },
        save: (wanted) => {
          const [only, ...others] = wanted
          const saves =
            only !== undefined && others.length === 0
              ? Effect.map(saveOne(only), (done) => [done])
              : save(wanted)
          return Effect.map(saves, (done) => {
            const { again, first } = Table.apart(wanted, device)
            return refused(first, again, new Set(wanted.filter((_, nth) => done[nth]).map(device)))
          })
        },
        erase: (deviceIds) => drop("erase", sql`device_id = any(${Table.texts(sql, deviceIds)})`),
        forget: (before) => drop("forget", sql`updated_at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.sync(Recoveries, () => {
    const rows = new Map<string, Recovery>()
    return Recoveries.of({
      load: (deviceIds) =>
        Effect.sync(() => [...new Set(deviceIds)].sort().flatMap((deviceId) => rows.get(deviceId) ?? [])),
      save: (wanted) =>
        Effect.sync(() => {
          const { again, first } = Table.apart(wanted, device)
          const done = first.filter(
            ({ deviceId, version }) => (rows.get(deviceId)?.version ?? null) === version
          )
          for (const { at, deviceId, state, version } of done)
            rows.set(deviceId, {
              deviceId,
              version: version === null ? 0 : version + 1,
              state,
              updatedAt: at
            })
          return refused(first, again, new Set(done.map(device)))
        }),
      erase: (deviceIds) =>
        Effect.sync(() => [...new Set(deviceIds)].filter((deviceId) => rows.delete(deviceId)).length),
      forget: (before) =>
        Effect.sync(() => {
          const gone = [...rows.values()].filter(({ updatedAt }) => updatedAt < before)
          for (const { deviceId } of gone) rows.delete(deviceId)
          return gone.length
        })
    })
  })
}

const device = ({ deviceId }: Pick<Recovery, "deviceId">): string => deviceId

const refused = (
  first: ReadonlyArray<Save>,
  again: ReadonlyArray<Save>,
  done: ReadonlySet<string>
): ReadonlyArray<Ids.DeviceId> =>
  [...first.filter(({ deviceId }) => !done.has(deviceId)), ...again].map(({ deviceId }) => deviceId)
