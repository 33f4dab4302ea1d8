import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { Fault, StoreError } from "./Fault.ts"
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
  reason: Schema.NullOr(Schema.String)
})
export type Delivery = typeof Delivery.Type

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
    /** Those of the given pushes that are recorded. */
    readonly knows: (pushIds: ReadonlyArray<Ids.PushId>) => Effect.Effect<ReadonlySet<Ids.PushId>, StoreError>
    /** Drops those sent before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Deliveries") {
  static readonly layer = Layer.effect(
    Deliveries,
    Effect.gen(function* () {
      const { insert, sql, take, write } = yield* Table.open({
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
          reason: "text"
        },
        key: ({ pushId }) => String(pushId)
      })
      const counts = yield* Table.open({
        name: "deliveries",
        row: Count,
        fields: { kind: "text", priority: "int4", verdict: "text", count: "int8" },
        key: ({ kind, verdict }) => `${String(kind)}/${String(verdict)}`
      })
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
        knows: (pushIds) =>
          write(
            "knows",
            sql<{ readonly pushId: Ids.PushId }>`select push_id::text as "pushId" from deliveries
              where push_id in (select id::uuid from json_array_elements_text(${JSON.stringify(pushIds)}::json) as t(id))`
          ).pipe(Effect.map((rows) => new Set(rows.map(({ pushId }) => pushId)))),
        forget: (before) =>
          // Counted by the database: a day's ledger is millions of rows.
          write(
            "forget",
            sql<{ readonly count: number }>`
              with gone as (delete from deliveries where sent_at < ${before} returning 1)
              select count(*)::float8 as count from gone`
          ).pipe(Effect.map(([gone]) => gone?.count ?? 0))
      })
    })
  )

  static readonly layerMemory = Layer.sync(Deliveries, () => {
    const rows = new Map<Ids.PushId, Delivery>()
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
      knows: (pushIds) => Effect.sync(() => new Set(pushIds.filter((pushId) => rows.has(pushId)))),
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

const byKind = (a: Count, b: Count): number =>
  order(a.kind, b.kind) || a.priority - b.priority || order(a.verdict, b.verdict)

const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)
