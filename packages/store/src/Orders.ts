import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { Fault, StoreError } from "./Fault.ts"
import * as Table from "./Table.ts"

/** What operators have ordered of a match. Written down before it is answered, and heard by whoever tells the match. */
export const Order = Schema.Struct({
  /** In the order in which they were given. */
  number: Schema.Int,
  matchId: Ids.MatchId,
  body: Schema.Json,
  /** The operator's name. */
  givenBy: Schema.String,
  at: Instant.Instant
})
export type Order = typeof Order.Type

export class Orders extends Context.Service<
  Orders,
  {
    readonly give: (order: Omit<Order, "number">) => Effect.Effect<void, StoreError>
    /** Those of a match that come after one, as they were given; all, after 0. */
    readonly after: (matchId: Ids.MatchId, number: number) => Effect.Effect<ReadonlyArray<Order>, Fault>
    /** The number of the last one of a match; 0 where there is none. */
    readonly last: (matchId: Ids.MatchId) => Effect.Effect<number, StoreError>
    /** Drops those given before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Orders") {
  static readonly layer = Layer.effect(
    Orders,
    Effect.gen(function* () {
      const fields = { matchId: "text", body: "json", givenBy: "text", at: "int8" } as const
      const { insert } = yield* Table.open({
        name: "orders",
        row: Schema.Struct({ matchId: Schema.String }),
        fields,
        key: ({ matchId }) => String(matchId)
      })
      const { all, drop, read, sql, write } = yield* Table.open({
        name: "orders",
        row: Order,
        fields: { number: "int8", ...fields },
        key: ({ number }) => String(number)
      })
      return Orders.of({
        give: (order) => Effect.asVoid(write("give", sql`${insert([order])}`)),
        after: (matchId, number) =>
          read(
            "after",
            sql`select ${all} from orders where match_id = ${matchId} and orders.number > ${number} order by orders.number`
          ),
        last: (matchId) =>
          write(
            "last",
            sql<{ readonly last: number }>`
              select coalesce(max(number), 0)::float8 as last from orders where match_id = ${matchId}`
          ).pipe(Effect.map(([row]) => row?.last ?? 0)),
        forget: (before) => drop("forget", sql`at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.sync(Orders, () => {
    let rows: ReadonlyArray<Order> = []
    let last = 0
    const those = (matchId: Ids.MatchId, number: number) =>
      rows.filter((one) => one.matchId === matchId && one.number > number)
    return Orders.of({
      give: (order) =>
        Effect.sync(() => {
          rows = [...rows, { ...order, number: ++last }]
        }),
      after: (matchId, number) => Effect.sync(() => those(matchId, number)),
      last: (matchId) => Effect.sync(() => those(matchId, 0).at(-1)?.number ?? 0),
      forget: (before) =>
        Effect.sync(() => {
          const kept = rows.filter(({ at }) => at >= before)
          const gone = rows.length - kept.length
          rows = kept
          return gone
        })
    })
  })
}
