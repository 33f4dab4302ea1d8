import type { Instant } from "@sightscreen/decider"
import { Context, Effect, Layer, Schema } from "effect"
import type { StoreError } from "./Fault.ts"
import * as Table from "./Table.ts"

/** What callers have asked of one process since it last said so, and how their allowance fills. */
export interface Asked {
  readonly name: string
  readonly taken: number
  /** The whole allowance, and how much of it comes back in a millisecond. */
  readonly most: number
  readonly perMilli: number
}

/** What is left of an allowance, of all that was asked of all processes; below 0 where they have given more than there was. */
export interface Left {
  readonly name: string
  readonly requests: number
}

/**
 * How much callers have asked of all processes together.
 *
 * Each process counts for itself, and says here now and then what it has counted. Nothing of it outlives a fall of the
 * database: the table is unlogged, so that counting costs no durable commit.
 */
export class RateCounts extends Context.Service<
  RateCounts,
  {
    /** In the order given. */
    readonly settle: (
      asked: ReadonlyArray<Asked>,
      at: Instant.Instant
    ) => Effect.Effect<ReadonlyArray<Left>, StoreError>
    /** Drops those that were not settled since then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/RateCounts") {
  static readonly layer = Layer.effect(
    RateCounts,
    Effect.gen(function* () {
      const { drop, sql, write } = yield* Table.open({
        name: "rate_counts",
        row: Schema.Struct({ name: Schema.String }),
        fields: { name: "text" },
        key: ({ name }) => String(name)
      })
      return RateCounts.of({
        settle: (asked, at) =>
          asked.length === 0
            ? Effect.succeed([])
            : write(
                "settle",
                // In one order: processes that settle at once do not wait for each other in a circle. What was taken is what
                // the new row lacks of its whole.
                sql<Left>`
                  insert into rate_counts as r (name, requests, most, per_milli, at)
                  select t.name, greatest(-t.most, t.most - t.taken), t.most, t."perMilli", ${at}
                  from json_to_recordset(${JSON.stringify(asked)}::json)
                    as t(name text, taken float8, most float8, "perMilli" float8)
                  order by t.name
                  on conflict (name) do update set
                    requests = greatest(
                      -excluded.most,
                      least(excluded.most, r.requests + greatest(0, excluded.at - r.at) * excluded.per_milli)
                        - (excluded.most - excluded.requests)),
                    most = excluded.most, per_milli = excluded.per_milli, at = greatest(r.at, excluded.at)
                  returning r.name, r.requests`
              ).pipe(Effect.map((found) => inTurn(asked, found))),
        forget: (before) => drop("forget", sql`at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.sync(RateCounts, () => {
    const rows = new Map<string, { readonly requests: number; readonly at: Instant.Instant }>()
    return RateCounts.of({
      settle: (asked, at) =>
        Effect.sync(() =>
          asked.map(({ most, name, perMilli, taken }): Left => {
            const row = rows.get(name) ?? { requests: most, at }
            const filled = Math.min(most, row.requests + Math.max(0, at - row.at) * perMilli)
            const requests = Math.max(-most, filled - taken)
            rows.set(name, { requests, at: row.at > at ? row.at : at })
            return { name, requests }
          })
        ),
      forget: (before) =>
        Effect.sync(() => {
          const gone = [...rows].filter(([, { at }]) => at < before)
          for (const [name] of gone) rows.delete(name)
          return gone.length
        })
    })
  })
}

const inTurn = (asked: ReadonlyArray<Asked>, found: ReadonlyArray<Left>): ReadonlyArray<Left> => {
  const byName = new Map(found.map((one) => [one.name, one]))
  return asked.flatMap(({ name }) => byName.get(name) ?? [])
}
