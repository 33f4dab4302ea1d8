import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { Fault, StoreError } from "./Fault.ts"
import type { Page } from "./Page.ts"
import * as Table from "./Table.ts"

/** A push that was sent, and what Apple said to it. The ledger knows the end of a token, never a whole one. */
export const Delivery = Schema.Struct({
  /** A UUID in lower case. */
  pushId: Ids.PushId,
  matchId: Ids.MatchId,
  activityId: Schema.NullOr(Ids.ActivityId),
  tokenTail: Schema.String.check(Schema.isMaxLength(6)),
  kind: Schema.String,
  stamp: Instant.EpochSeconds,
  priority: Schema.Int,
  alert: Schema.Boolean,
  sentAt: Instant.Instant,
  verdict: Schema.String,
  reason: Schema.NullOr(Schema.String),
  deviceId: Schema.NullOr(Ids.DeviceId),
  /** What it was sent for: the name of what its id derives from. */
  cause: Schema.NullOr(Schema.String),
  /** The name of the cohort whose body it had. */
  cohort: Schema.NullOr(Schema.String)
})
export type Delivery = typeof Delivery.Type

/** Where a delivery stands among all, in the order of time, for `Page.after`. */
export const key = ({ pushId, sentAt }: Pick<Delivery, "pushId" | "sentAt">): string => `${sentAt}/${pushId}`

export const Count = Schema.Struct({
  kind: Schema.String,
  priority: Schema.Int,
  verdict: Schema.String,
  count: Schema.Int
})
export type Count = typeof Count.Type

export class Deliveries extends Context.Service<
  Deliveries,
  {
    /** Some thousands at a time. A push that is there already keeps everything but its verdict and reason. */
    readonly record: (deliveries: ReadonlyArray<Delivery>) => Effect.Effect<void, StoreError>
    /** In the order of kinds, priorities and verdicts. */
    readonly counts: (matchId: Ids.MatchId) => Effect.Effect<ReadonlyArray<Count>, Fault>
    /** Those of the given pushes that are recorded, with one of the verdicts where some are named. */
    readonly knows: (
      pushIds: ReadonlyArray<Ids.PushId>,
      verdicts?: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlySet<Ids.PushId>, StoreError>
    /** What a device was sent, in one match or in all, in the order of time; `after` is the `key` of the last of the page before. */
    readonly ofDevice: (
      deviceId: Ids.DeviceId,
      matchId: Ids.MatchId | null,
      page: Page
    ) => Effect.Effect<ReadonlyArray<Delivery>, Fault>
    /** What was published to the channels of a match, in the order of time, a page at a time like `ofDevice`. */
    readonly publishes: (matchId: Ids.MatchId, page: Page) => Effect.Effect<ReadonlyArray<Delivery>, Fault>
    readonly byPush: (pushId: Ids.PushId) => Effect.Effect<Delivery | null, Fault>
    /** What was sent to tokens that end so, in one match or in all, the latest first. */
    readonly byTail: (
      tokenTail: string,
      matchId: Ids.MatchId | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Delivery>, Fault>
    /** Drops all that is about these devices, and tells how many. */
    readonly erase: (deviceIds: ReadonlyArray<Ids.DeviceId>) => Effect.Effect<number, StoreError>
    /** Drops those sent before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Deliveries") {
  static readonly layer = Layer.effect(
    Deliveries,
    Effect.gen(function* () {
      const { all, drop, insert, read, readOne, sql, take, write } = yield* Table.open({
        name: "deliveries",
        row: Delivery,
        fields: {
          pushId: "uuid",
          matchId: "text",
          activityId: "text",
          tokenTail: "text",
          kind: "text",
          stamp: "int8",
          priority: "int4",
          alert: "bool",
          sentAt: "int8",
          verdict: "text",
          reason: "text",
          deviceId: "text",
          cause: "text",
          cohort: "text"
        },
        key: ({ pushId }) => String(pushId)
      })
      const counts = yield* Table.open({
        name: "deliveries",
        row: Count,
        fields: { kind: "text", priority: "int4", verdict: "text", count: "int8" },
        key: ({ kind, verdict }) => `${String(kind)}/${String(verdict)}`
      })
      const inMatch = (matchId: Ids.MatchId | null) =>
        matchId === null ? sql.literal("") : sql`and match_id = ${matchId}`
      return Deliveries.of({
        record: (deliveries) =>
          write(
            "record",
            sql`${insert(folded(deliveries))} on conflict (push_id) do update set ${take("verdict", "reason")}`
          ).pipe(Effect.asVoid),
        counts: (matchId) =>
          counts.read(
            "counts",
            sql`select kind, priority, verdict, count(*)::float8 as count from deliveries where match_id = ${matchId}
              group by kind, priority, verdict order by kind, priority, verdict`
          ),
        knows: (pushIds, verdicts) =>
          write(
            "knows",
            sql<{ readonly pushId: Ids.PushId }>`select push_id::text as "pushId" from deliveries
              where push_id in (select id::uuid from json_array_elements_text(${JSON.stringify(pushIds)}::json) as t(id))
                ${verdicts === undefined ? sql.literal("") : sql`and verdict = any(${Table.texts(sql, verdicts)})`}`
          ).pipe(Effect.map((rows) => new Set(rows.map(({ pushId }) => pushId)))),
        ofDevice: (deviceId, matchId, { after, limit }) => {
          const [sentAt = "0", pushId = firstPush] = after?.split("/") ?? []
          return read(
            "ofDevice",
            sql`select ${all} from deliveries
              where device_id = ${deviceId} ${inMatch(matchId)}
                and (deliveries.sent_at, deliveries.push_id) > (${sentAt}::int8, ${pushId}::uuid)
              order by deliveries.sent_at, deliveries.push_id limit ${limit}`
          )
        },
        publishes: (matchId, { after, limit }) => {
          const [sentAt = "0", pushId = firstPush] = after?.split("/") ?? []
          return read(
            "publishes",
            sql`select ${all} from deliveries
              where match_id = ${matchId} and device_id is null and kind = 'publish'
                and (deliveries.sent_at, deliveries.push_id) > (${sentAt}::int8, ${pushId}::uuid)
              order by deliveries.sent_at, deliveries.push_id limit ${limit}`
          )
        },
        byPush: (pushId) =>
          readOne("byPush", sql`select ${all} from deliveries where push_id = ${pushId}::uuid`),
        byTail: (tokenTail, matchId, limit) =>
          read(
            "byTail",
            sql`select ${all} from deliveries where token_tail = ${tokenTail.slice(-6)} ${inMatch(matchId)}
              order by deliveries.sent_at desc, deliveries.push_id desc limit ${limit}`
          ),
        erase: (deviceIds) => drop("erase", sql`device_id = any(${Table.texts(sql, deviceIds)})`),
        forget: (before) => drop("forget", sql`sent_at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.sync(Deliveries, () => {
    const rows = new Map<Ids.PushId, Delivery>()
    const inTime = (pass: (delivery: Delivery) => boolean) => [...rows.values()].filter(pass).sort(byTime)
    return Deliveries.of({
      record: (deliveries) =>
        Effect.sync(() => {
          for (const each of folded(deliveries)) rows.set(each.pushId, again(rows.get(each.pushId), each))
        }),
      counts: (matchId) =>
        Effect.sync(() => {
          const counts = new Map<string, Count>()
          for (const { kind, matchId: of, priority, verdict } of rows.values()) {
            if (of !== matchId) continue
            const key = JSON.stringify([kind, priority, verdict])
            counts.set(key, { kind, priority, verdict, count: (counts.get(key)?.count ?? 0) + 1 })
          }
          return [...counts.values()].sort(byKind)
        }),
      knows: (pushIds, verdicts) =>
        Effect.sync(
          () =>
            new Set(
              pushIds.filter((pushId) => {
                const row = rows.get(pushId)
                return row !== undefined && (verdicts === undefined || verdicts.includes(row.verdict))
              })
            )
        ),
      ofDevice: (deviceId, matchId, { after, limit }) =>
        Effect.sync(() =>
          inTime((each) => each.deviceId === deviceId && (matchId === null || each.matchId === matchId))
            .filter((each) => after === null || isAfter(each, after))
            .slice(0, limit)
        ),
      publishes: (matchId, { after, limit }) =>
        Effect.sync(() =>
          inTime((each) => each.matchId === matchId && each.deviceId === null && each.kind === "publish")
            .filter((each) => after === null || isAfter(each, after))
            .slice(0, limit)
        ),
      byPush: (pushId) => Effect.sync(() => rows.get(pushId) ?? null),
      byTail: (tokenTail, matchId, limit) =>
        Effect.sync(() =>
          inTime(
            (each) => each.tokenTail === tokenTail.slice(-6) && (matchId === null || each.matchId === matchId)
          )
            .toReversed()
            .slice(0, limit)
        ),
      erase: (deviceIds) =>
        Effect.sync(() => {
          const asked = new Set<string | null>(deviceIds)
          const gone = [...rows.values()].filter(({ deviceId }) => deviceId !== null && asked.has(deviceId))
          for (const { pushId } of gone) rows.delete(pushId)
          return gone.length
        }),
      forget: (before) =>
        Effect.sync(() => {
          const gone = [...rows.values()].filter(({ sentAt }) => sentAt < before)
          for (const { pushId } of gone) rows.delete(pushId)
          return gone.length
        })
    })
  })
}

const again = (known: Delivery | undefined, { reason, verdict, ...rest }: Delivery): Delivery => ({
  ...rest,
  ...known,
  // Cut here for good: whoever hands in a whole token has its end recorded.
  tokenTail: (known ?? rest).tokenTail.slice(-6),
  verdict,
  reason
})

/** One for each push, in one order: writers that cross do not wait for each other in a circle. */
const folded = (deliveries: ReadonlyArray<Delivery>): ReadonlyArray<Delivery> => {
  const rows = new Map<Ids.PushId, Delivery>()
  for (const each of deliveries) rows.set(each.pushId, again(rows.get(each.pushId), each))
  return [...rows.values()].sort((a, b) => order(a.pushId, b.pushId))
}

/** No push has this id: all come after it. */
const firstPush = "00000000-0000-0000-0000-000000000000"

const byTime = (a: Delivery, b: Delivery): number => a.sentAt - b.sentAt || order(a.pushId, b.pushId)

const isAfter = (delivery: Delivery, place: string): boolean => {
  const [sentAt, pushId = firstPush] = place.split("/")
  return (
    delivery.sentAt - Number(sentAt) > 0 || (delivery.sentAt === Number(sentAt) && delivery.pushId > pushId)
  )
}

const byKind = (a: Count, b: Count): number =>
  order(a.kind, b.kind) || a.priority - b.priority || order(a.verdict, b.verdict)

const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)
