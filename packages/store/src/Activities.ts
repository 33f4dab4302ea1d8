import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema, Struct } from "effect"
import type { Statement } from "effect/sql"
import { type Fault, type StoreError, UnreadableRow } from "./Fault.ts"
import * as InMemory from "./Activities/InMemory.ts"
import * as Gather from "./Gather.ts"
import type { Page } from "./Page.ts"
import * as Table from "./Table.ts"
import { Vault, veil } from "./Vault.ts"
import * as Waiting from "./Waiting.ts"

export const Status = Schema.Literals(["pending", "active", "token_invalid", "failed", "ended"])
export type Status = typeof Status.Type

/** A Live Activity of a match on a phone. What its state holds is its owner's affair. */
export const Activity = Schema.Struct({
  activityId: Ids.ActivityId,
  matchId: Ids.MatchId,
  deviceId: Ids.DeviceId,
  userId: Ids.UserId,
  /** Which one of this match on this phone: an activity lives for hours, a match may for days. */
  generation: Schema.Int,
  version: Schema.Int,
  status: Status,
  /** Personal data: never logged whole. */
  updateToken: Schema.NullOr(Schema.String),
  /** Whom it is told the same as, by the name of its cohort (`token/1`). Null until it is started. */
  cohort: Schema.NullOr(Schema.String),
  /** What ActivityKit calls it (Apple: `Activity.id`). Null until its phone has told. */
  instance: Schema.NullOr(Schema.String),
  /** The broadcast channel that it listens to, in Apple's name for it. Null for one that is told by its token. */
  channelId: Schema.NullOr(Schema.String),
  /** When it was first known to be on the screen. */
  activeSince: Schema.NullOr(Instant.Instant),
  state: Schema.Json,
  updatedAt: Instant.Instant
})
export type Activity = typeof Activity.Type

export type Draft = Omit<Activity, "version">

/** All that may change, as it is to be from now on. */
export interface Save extends Pick<
  Activity,
  "activityId" | "status" | "updateToken" | "cohort" | "instance" | "channelId" | "activeSince" | "state"
> {
  /** The version that this save follows. */
  readonly version: number
  readonly at: Instant.Instant
}

/** What a push needs to know. */
export const LiveToken = Activity.mapFields(Struct.pick(["activityId", "deviceId", "cohort"])).pipe(
  Schema.fieldsAssign({ updateToken: Schema.String })
)
export type LiveToken = typeof LiveToken.Type

export class Activities extends Context.Service<
  Activities,
  {
    /**
     * Those begin at version 0 that are not there yet, neither by their id nor by match, device and generation. Tells
     * which ones, in the order of their ids.
     */
    readonly insert: (
      drafts: ReadonlyArray<Draft>
    ) => Effect.Effect<ReadonlyArray<Ids.ActivityId>, StoreError>
    /** Saves each that has the version its save follows. Tells which have not, and stay as they are. */
    readonly save: (saves: ReadonlyArray<Save>) => Effect.Effect<ReadonlyArray<Ids.ActivityId>, StoreError>
    readonly get: (activityId: Ids.ActivityId) => Effect.Effect<Activity | null, Fault>
    /** In the order of their ids; `after` is the last activity of the page before. */
    readonly ofMatch: (
      matchId: Ids.MatchId,
      statuses: ReadonlyArray<Status>,
      page: Page
    ) => Effect.Effect<ReadonlyArray<Activity>, Fault>
    /** In the order of their ids. */
    readonly ofDevice: (deviceId: Ids.DeviceId) => Effect.Effect<ReadonlyArray<Activity>, Fault>
    /** The one of the highest generation on each of these devices, in the order of the devices. */
    readonly newest: (
      matchId: Ids.MatchId,
      deviceIds: ReadonlyArray<Ids.DeviceId>
    ) => Effect.Effect<ReadonlyArray<Activity>, Fault>
    /** Those of a person for a match, on whatever device, in the order of their ids. */
    readonly ofUser: (
      userId: Ids.UserId,
      matchId: Ids.MatchId
    ) => Effect.Effect<ReadonlyArray<Activity>, Fault>
    /** The one that had the token last. */
    readonly byUpdateToken: (token: string) => Effect.Effect<Activity | null, Fault>
    /** The one on a device that ActivityKit calls so. */
    readonly byInstance: (deviceId: Ids.DeviceId, instance: string) => Effect.Effect<Activity | null, Fault>
    /**
     * Where a ball is pushed to: the active ones that have a token, of one cohort or of all, in the order of their ids, in
     * pages or all.
     */
    readonly liveTokens: (
      matchId: Ids.MatchId,
      page?: Page,
      cohort?: string
    ) => Effect.Effect<ReadonlyArray<LiveToken>, Fault>
    /** The cohorts of those that have not ended, in the order of their names. */
    readonly cohorts: (matchId: Ids.MatchId) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /** Those that have been asked for and not reported, of all matches, since they were last asked for. */
    readonly waiting: Effect.Effect<Waiting.Waiting, StoreError>
    /** Those that listen to a channel and have not ended, in the order of their ids. */
    readonly ofChannel: (channelId: string, page: Page) => Effect.Effect<ReadonlyArray<Activity>, Fault>
    /** The active ones that have been so since then or longer, in the order of their ids. */
    readonly aged: (
      matchId: Ids.MatchId,
      before: Instant.Instant,
      page: Page
    ) => Effect.Effect<ReadonlyArray<Activity>, Fault>
    /** The active ones that have a token and an owner who has said what they like, in the order of their ids. */
    readonly personal: (matchId: Ids.MatchId, page: Page) => Effect.Effect<ReadonlyArray<Activity>, Fault>
    /** The active ones of any matches, of those of the devices that have so many or more, in the order of their ids. */
    readonly crowding: (
      deviceIds: ReadonlyArray<Ids.DeviceId>,
      many: number
    ) => Effect.Effect<ReadonlyArray<Activity>, Fault>
    /** The devices on which a person has had any, in the order of their ids. */
    readonly devicesOf: (userId: Ids.UserId) => Effect.Effect<ReadonlyArray<Ids.DeviceId>, StoreError>
    /** Drops all of a person's, and tells how many. */
    readonly erase: (userId: Ids.UserId) => Effect.Effect<number, StoreError>
    /** Drops those that ended or failed before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Activities") {
  static readonly layer = Layer.effect(
    Activities,
    Effect.gen(function* () {
      const vault = yield* Vault
      const table = yield* Table.open({
        name: "activities",
        row: Activity,
        fields: { ...fields, updateTokenName: "text" },
        key: ({ activityId }) => String(activityId)
      })
      const { all, drop, insert, rows, sql, write } = table
      const opened = <Row extends Pick<LiveToken, "activityId"> & { readonly updateToken: string | null }>(
        row: Row
      ): Effect.Effect<Row, UnreadableRow> => {
        if (row.updateToken === null) return Effect.succeed(row)
        const updateToken = vault.open(row.updateToken)
        return updateToken === null
          ? Effect.fail(
              new UnreadableRow({ table: "activities", key: row.activityId, fields: ["updateToken"] })
            )
          : Effect.succeed({ ...row, updateToken })
      }
      const read = (operation: string, statement: Statement.Statement<object>) =>
        Effect.flatMap(table.read(operation, statement), (found) =>
          Effect.forEach(found, (row) => Effect.map(opened(row), revealed))
        )
      const readOne = (operation: string, statement: Statement.Statement<object>) =>
        Effect.map(read(operation, statement), ([first]) => first ?? null)
      /** As it lies in the database. */
      const sealed = <Row extends Pick<Activity, "updateToken" | "state">>(row: Row) => {
        const { updateToken } = row
        return updateToken === null
          ? { ...row, updateTokenName: null }
          : {
              ...row,
              updateToken: vault.seal(updateToken),
              updateTokenName: vault.name(updateToken),
              state: vault.isPlain ? row.state : hidden(row.state, updateToken)
            }
      }
      const live = yield* Table.open({
        name: "activities",
        row: LiveToken,
        fields: { activityId: "text", deviceId: "text", updateToken: "text", cohort: "text" },
        key: ({ activityId }) => String(activityId)
      })
      const saved = rows(
        "activityId",
        "version",
        "status",
        "updateToken",
        "updateTokenName",
        "cohort",
        "instance",
        "channelId",
        "activeSince",
        "state",
        "updatedAt"
      )
      const ids = (operation: string, statement: Statement.Statement<object>) =>
        Effect.map(write(operation, statement), (rows) =>
          (rows as ReadonlyArray<Pick<Activity, "activityId">>).map(({ activityId }) => activityId)
        )
      const ofDevice = yield* Gather.byKey(
        (deviceIds: ReadonlyArray<Ids.DeviceId>) =>
          read(
            "ofDevice",
            sql`select ${all} from activities where device_id = any(${Table.texts(sql, deviceIds)}) order by activity_id`
          ),
        ({ deviceId }) => deviceId
      )
      const ofUser = yield* Gather.make((asked: ReadonlyArray<Pick<Activity, "matchId" | "userId">>) => {
        const [users, matches] = [asked.map(({ userId }) => userId), asked.map(({ matchId }) => matchId)]
        return read(
          "ofUser",
          sql`select ${all} from activities
              where user_id = any(${Table.texts(sql, new Set(users))}) and match_id = any(${Table.texts(sql, new Set(matches))})
              order by activity_id`
        ).pipe(
          Effect.map((found) => {
            const ofUsers = Map.groupBy(found, ({ userId }) => userId)
            return asked.map((one) =>
              (ofUsers.get(one.userId) ?? []).filter(({ matchId }) => matchId === one.matchId)
            )
          })
        )
      })
      return Activities.of({
        insert: (drafts) =>
          ids(
            "insert",
            sql`${insert(Table.inOrder(drafts, id).map((draft) => ({ ...sealed(draft), version: 0 })))} on conflict do nothing
              returning activity_id as "activityId"`
          ),
        save: (wanted) => {
          const { again, first } = Table.apart(wanted, id)
          const given = first.map(({ at, ...rest }) => ({ ...sealed(rest), updatedAt: at }))
          return ids(
            "save",
            sql`update activities as a
              set version = a.version + 1, status = t.status, update_token = t."updateToken",
                update_token_name = t."updateTokenName", cohort = t.cohort,
                instance = t.instance, channel_id = t."channelId", active_since = t."activeSince",
                state = coalesce(t.state, 'null'::json), updated_at = t."updatedAt"
              from ${saved(given)}
              where a.activity_id = t."activityId" and a.version = t.version
              returning a.activity_id as "activityId"`
          ).pipe(
            Effect.map((done) => {
              const fitting = new Set(done)
              const refused = first.filter(({ activityId }) => !fitting.has(activityId))
              return [...refused, ...again].map(({ activityId }) => activityId)
            })
          )
        },
        get: (activityId) =>
          readOne("get", sql`select ${all} from activities where activity_id = ${activityId}`),
        ofMatch: (matchId, statuses, { after, limit }) =>
          read(
            "ofMatch",
            sql`select ${all} from activities
              where match_id = ${matchId} and status = any(${Table.texts(sql, statuses)}) and activity_id > ${after ?? ""}
              order by activity_id limit ${limit}`
          ),
        ofDevice,
        newest: (matchId, deviceIds) =>
          read(
            "newest",
            sql`select distinct on (device_id) ${all} from activities
              where match_id = ${matchId} and device_id = any(${Table.texts(sql, deviceIds)})
              order by device_id, generation desc`
          ),
        ofUser: (userId, matchId) => ofUser({ userId, matchId }),
        byInstance: (deviceId, instance) =>
          readOne(
            "byInstance",
            sql`select ${all} from activities where device_id = ${deviceId} and instance = ${instance}
              order by activities.updated_at desc, activity_id desc limit 1`
          ),
        byUpdateToken: (token) =>
          readOne(
            "byUpdateToken",
            sql`select ${all} from activities where update_token_name = any(${Table.texts(sql, vault.names(token))})
              order by activities.updated_at desc, activity_id desc limit 1`
          ),
        liveTokens: (matchId, page, cohort) =>
          live
            .read(
              "liveTokens",
              sql`select ${live.all} from activities
              where match_id = ${matchId} and status = 'active' and update_token is not null
                ${cohort === undefined ? sql.literal("") : sql`and cohort = ${cohort}`}
                and activity_id > ${page?.after ?? ""}
              order by activity_id limit ${page?.limit ?? null}::int8`
            )
            .pipe(
              Effect.flatMap((found) =>
                vault.isPlain ? Effect.succeed(found) : Effect.forEach(found, opened)
              )
            ),
        waiting: write(
          "waiting",
          sql<Waiting.Row>`
            select count(*)::float8 as count, min(updated_at)::float8 as since from activities where status = 'pending'`
        ).pipe(Effect.map(Waiting.ofRows)),
        // From one cohort in the index straight to the next: there are a few, of perhaps a million activities.
        cohorts: (matchId) =>
          write(
            "cohorts",
            sql<{ readonly cohort: string }>`
              with recursive found(cohort) as (
                select min(cohort) from activities
                  where match_id = ${matchId} and status <> 'ended' and cohort is not null
                union all
                select (
                  select min(cohort) from activities
                    where match_id = ${matchId} and status <> 'ended' and cohort is not null and cohort > found.cohort
                ) from found where found.cohort is not null
              )
              select cohort from found where cohort is not null`
          ).pipe(Effect.map((rows) => rows.map(({ cohort }) => cohort))),
        ofChannel: (channelId, { after, limit }) =>
          read(
            "ofChannel",
            sql`select ${all} from activities
              where channel_id = ${channelId} and status <> 'ended' and activity_id > ${after ?? ""}
              order by activity_id limit ${limit}`
          ),
        aged: (matchId, before, { after, limit }) =>
          read(
            "aged",
            sql`select ${all} from activities
              where match_id = ${matchId} and status = 'active' and active_since <= ${before} and activity_id > ${after ?? ""}
              order by activity_id limit ${limit}`
          ),
        personal: (matchId, { after, limit }) =>
          read(
            "personal",
            sql`select ${all} from activities
              where match_id = ${matchId} and status = 'active' and update_token is not null
                and activity_id > ${after ?? ""}
                and exists (select 1 from preferences p where p.user_id = activities.user_id)
              order by activity_id limit ${limit}`
          ),
        crowding: (deviceIds, many) =>
          read(
            "crowding",
            sql`select ${all} from activities
              where status = 'active' and device_id in (
                select device_id from activities
                where device_id = any(${Table.texts(sql, deviceIds)}) and status = 'active'
                group by device_id having count(*) >= ${many})
              order by activity_id`
          ),
        devicesOf: (userId) =>
          write(
            "devicesOf",
            sql<{ readonly deviceId: Ids.DeviceId }>`
              select distinct device_id as "deviceId" from activities where user_id = ${userId} order by device_id`
          ).pipe(Effect.map((found) => found.map(({ deviceId }) => deviceId))),
        erase: (userId) => drop("erase", sql`user_id = ${userId}`),
        forget: (before) => drop("forget", sql`status in ('ended', 'failed') and updated_at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.effect(Activities, Effect.map(InMemory.make, Activities.of))
}

/** In a state that is kept the token is not written out: it lies beside it, sealed. */
const hidden = (state: Schema.Json, token: string): Schema.Json =>
  JSON.parse(JSON.stringify(state).replaceAll(JSON.stringify(token).slice(1, -1), veil)) as Schema.Json

/** The state with its token. */
const revealed = <Row extends Pick<Activity, "updateToken" | "state">>(row: Row): Row => {
  const { state, updateToken } = row
  if (updateToken === null) return row
  const text = JSON.stringify(state)
  return text.includes(veil)
    ? {
        ...row,
        state: JSON.parse(text.replaceAll(veil, JSON.stringify(updateToken).slice(1, -1))) as Schema.Json
      }
    : row
}

const fields = {
  activityId: "text",
  matchId: "text",
  deviceId: "text",
  userId: "text",
  generation: "int4",
  version: "int4",
  status: "text",
  updateToken: "text",
  cohort: "text",
  instance: "text",
  channelId: "text",
  activeSince: "int8",
  state: "json",
  updatedAt: "int8"
} as const

const id = ({ activityId }: { readonly activityId: string }): string => activityId
