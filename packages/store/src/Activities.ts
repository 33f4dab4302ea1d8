import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema, Struct } from "effect"
import type { Statement } from "effect/sql"
import type { Fault, StoreError } from "./Fault.ts"
import * as Groups from "./Groups.ts"
import type { Page } from "./Page.ts"
import * as Table from "./Table.ts"

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
  state: Schema.Json,
  updatedAt: Instant.Instant
})
export type Activity = typeof Activity.Type

export type Draft = Omit<Activity, "version">

export interface Save extends Pick<Activity, "activityId" | "status" | "updateToken" | "state"> {
  /** The version that this save follows. */
  readonly version: number
  readonly at: Instant.Instant
}

/** What a push needs to know. */
export const LiveToken = Activity.mapFields(Struct.pick(["activityId", "deviceId"])).pipe(
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
    /** The one that had the token last. */
    readonly byUpdateToken: (token: string) => Effect.Effect<Activity | null, Fault>
    /** Where a ball is pushed to: the active ones that have a token, in the order of their ids, in pages or all. */
    readonly liveTokens: (matchId: Ids.MatchId, page?: Page) => Effect.Effect<ReadonlyArray<LiveToken>, Fault>
    /** Drops those that ended or failed before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Activities") {
  static readonly layer = Layer.effect(
    Activities,
    Effect.gen(function* () {
      const { all, insert, read, readOne, rows, sql, write } = yield* Table.open({
        name: "activities",
        row: Activity,
        fields,
        key: ({ activityId }) => String(activityId)
      })
      const live = yield* Table.open({
        name: "activities",
        row: LiveToken,
        fields: { activityId: "text", deviceId: "text", updateToken: "text" },
        key: ({ activityId }) => String(activityId)
      })
      const saved = rows("activityId", "version", "status", "updateToken", "state", "updatedAt")
      const ids = (operation: string, statement: Statement.Statement<object>) =>
        Effect.map(write(operation, statement), (rows) =>
          (rows as ReadonlyArray<Pick<Activity, "activityId">>).map(({ activityId }) => activityId)
        )
      return Activities.of({
        insert: (drafts) =>
          ids(
            "insert",
            sql`${insert(byId(drafts).map((draft) => ({ ...draft, version: 0 })))} on conflict do nothing
              returning activity_id as "activityId"`
          ),
        save: (wanted) => {
          const { again, first } = apart(wanted)
          const given = first.map(({ at, ...rest }) => ({ ...rest, updatedAt: at }))
          return ids(
            "save",
            sql`update activities as a
              set version = a.version + 1, status = t.status, update_token = t."updateToken", state = coalesce(t.state, 'null'::json),
                updated_at = t."updatedAt"
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
        ofDevice: (deviceId) =>
          read(
            "ofDevice",
            sql`select ${all} from activities where device_id = ${deviceId} order by activity_id`
          ),
        byUpdateToken: (token) =>
          readOne(
            "byUpdateToken",
            sql`select ${all} from activities where update_token = ${token}
              order by activities.updated_at desc, activity_id desc limit 1`
          ),
        liveTokens: (matchId, page) =>
          live.read(
            "liveTokens",
            sql`select ${live.all} from activities
              where match_id = ${matchId} and status = 'active' and update_token is not null
                and activity_id > ${page?.after ?? ""}
              order by activity_id limit ${page?.limit ?? null}::int8`
          ),
        forget: (before) =>
          ids(
            "forget",
            sql`delete from activities where status in ('ended', 'failed') and updated_at < ${before}
              returning activity_id as "activityId"`
          ).pipe(Effect.map((gone) => gone.length))
      })
    })
  )

  static readonly layerMemory = Layer.sync(Activities, () => {
    const rows = new Map<string, Activity>()
    const taken = new Map<string, string>()
    const ofMatch = Groups.make()
    const ofDevice = Groups.make()
    const ofToken = Groups.make()
    const put = (activity: Activity): void => {
      const before = rows.get(activity.activityId)
      if (before !== undefined && before.updateToken !== null)
        ofToken.remove(before.updateToken, before.activityId)
      if (activity.updateToken !== null) ofToken.add(activity.updateToken, activity.activityId)
      rows.set(activity.activityId, activity)
    }
    const drop = ({ activityId, ...activity }: Activity): void => {
      rows.delete(activityId)
      taken.delete(place(activity))
      ofMatch.remove(activity.matchId, activityId)
      ofDevice.remove(activity.deviceId, activityId)
      if (activity.updateToken !== null) ofToken.remove(activity.updateToken, activityId)
    }
    const those = (keys: Iterable<string>) => [...keys].flatMap((each) => rows.get(each) ?? [])
    return Activities.of({
      insert: (drafts) =>
        Effect.sync(() =>
          byId(drafts)
            .filter((draft) => {
              if (rows.has(draft.activityId) || taken.has(place(draft))) return false
              put({ ...draft, version: 0 })
              taken.set(place(draft), draft.activityId)
              ofMatch.add(draft.matchId, draft.activityId)
              ofDevice.add(draft.deviceId, draft.activityId)
              return true
            })
            .map(({ activityId }) => activityId)
        ),
      save: (wanted) =>
        Effect.sync(() => {
          const { again, first } = apart(wanted)
          const refused = first.filter(({ activityId, at, state, status, updateToken, version }) => {
            const row = rows.get(activityId)
            if (row?.version !== version) return true
            put({ ...row, version: version + 1, status, updateToken, state, updatedAt: at })
            return false
          })
          return [...refused, ...again].map(({ activityId }) => activityId)
        }),
      get: (activityId) => Effect.sync(() => rows.get(activityId) ?? null),
      ofMatch: (matchId, statuses, page) =>
        Effect.sync(() =>
          Groups.page(ofMatch, matchId, page, (activityId) => {
            const row = rows.get(activityId)
            return row !== undefined && statuses.includes(row.status) ? row : null
          })
        ),
      ofDevice: (deviceId) => Effect.sync(() => those(ofDevice.after(deviceId, null))),
      byUpdateToken: (token) =>
        Effect.sync(() =>
          those(ofToken.after(token, null)).reduce<Activity | null>(
            (best, each) => (best === null || each.updatedAt >= best.updatedAt ? each : best),
            null
          )
        ),
      liveTokens: (matchId, page = { limit: Infinity, after: null }) =>
        Effect.sync(() =>
          Groups.page(ofMatch, matchId, page, (key) => {
            const row = rows.get(key)
            if (row === undefined || row.status !== "active" || row.updateToken === null) return null
            return { activityId: row.activityId, deviceId: row.deviceId, updateToken: row.updateToken }
          })
        ),
      forget: (before) =>
        Effect.sync(() => {
          const gone = [...rows.values()].filter(
            ({ status, updatedAt }) => (status === "ended" || status === "failed") && updatedAt < before
          )
          gone.forEach(drop)
          return gone.length
        })
    })
  })
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
  state: "json",
  updatedAt: "int8"
} as const

const place = ({
  deviceId,
  generation,
  matchId
}: Pick<Activity, "deviceId" | "generation" | "matchId">): string =>
  JSON.stringify([matchId, deviceId, generation])

/** Writers that lock rows in one order do not wait for each other in a circle. */
const byId = <Row extends { readonly activityId: string }>(rows: ReadonlyArray<Row>): ReadonlyArray<Row> =>
  rows.toSorted((a, b) => (a.activityId < b.activityId ? -1 : a.activityId > b.activityId ? 1 : 0))

/** Of several saves of one activity the first counts; the others follow a version that is gone by then. */
const apart = (saves: ReadonlyArray<Save>) => {
  const seen = new Set<string>()
  const first: Array<Save> = []
  const again: Array<Save> = []
  for (const save of byId(saves)) {
    ;(seen.has(save.activityId) ? again : first).push(save)
    seen.add(save.activityId)
  }
  return { first, again }
}
