import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema, Struct } from "effect"
import type { Fault, StoreError } from "./Fault.ts"
import type { Page } from "./Page.ts"
import * as Gather from "./Gather.ts"
import * as Table from "./Table.ts"

/** Why something happened, or why nothing did: the answer to whoever asks later. What the body holds is its kind's affair. */
export const Decision = Schema.Struct({
  /** In the order in which they were recorded. */
  id: Schema.Int,
  matchId: Schema.NullOr(Ids.MatchId),
  deviceId: Schema.NullOr(Ids.DeviceId),
  activityId: Schema.NullOr(Ids.ActivityId),
  at: Instant.Instant,
  kind: Schema.String,
  /** The stamp of the bulletin that it is about, where there is one. */
  stamp: Schema.NullOr(Instant.EpochSeconds),
  body: Schema.Json
})
export type Decision = typeof Decision.Type

/** A decision as it is handed in. */
export const Entry = Decision.mapFields(Struct.omit(["id"]))
export type Entry = typeof Entry.Type

/** How much was decided about a match, and when. */
export const OfMatch = Schema.Struct({
  matchId: Ids.MatchId,
  bulletins: Schema.Int,
  devices: Schema.Int,
  firstAt: Instant.Instant,
  lastAt: Instant.Instant
})
export type OfMatch = typeof OfMatch.Type

/** Where a decision stands among all, for `Page.after`. */
export const key = ({ id }: Pick<Decision, "id">): string => String(id)

/** The decisions of a world in memory, which `ActiveMatches` writes too. */
export class Journal extends Context.Service<
  Journal,
  {
    readonly record: (entries: ReadonlyArray<Entry>) => void
    readonly rows: Map<number, Decision>
  }
>()("@sightscreen/store/Decisions/Journal") {
  static readonly layer = Layer.sync(Journal, () => {
    const rows = new Map<number, Decision>()
    let last = 0
    return Journal.of({
      record: (entries) => {
        for (const entry of entries) rows.set(++last, { ...entry, id: last })
      },
      rows
    })
  })
}

export class Decisions extends Context.Service<
  Decisions,
  {
    /** Some thousands at a time. */
    readonly record: (entries: ReadonlyArray<Entry>) => Effect.Effect<void, StoreError>
    /** As they were recorded, all or those about one bulletin; `after` is the `key` of the last of the page before. */
    readonly ofMatch: (
      matchId: Ids.MatchId,
      which: { readonly stamp?: Instant.EpochSeconds },
      page: Page
    ) => Effect.Effect<ReadonlyArray<Decision>, Fault>
    /** Those about no device in particular, as they were recorded: what everybody who follows a match has in common. */
    readonly shared: (matchId: Ids.MatchId, page: Page) => Effect.Effect<ReadonlyArray<Decision>, Fault>
    /** What there is to ask about, the matches of the latest decisions first. It reads all of them. */
    readonly matches: Effect.Effect<ReadonlyArray<OfMatch>, Fault>
    /** As they were recorded, in one match or in all. */
    readonly ofDevice: (
      deviceId: Ids.DeviceId,
      matchId: Ids.MatchId | null,
      page: Page
    ) => Effect.Effect<ReadonlyArray<Decision>, Fault>
    /** Drops all that is about these devices, and tells how many. */
    readonly erase: (deviceIds: ReadonlyArray<Ids.DeviceId>) => Effect.Effect<number, StoreError>
    /** Drops those made before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Decisions") {
  static readonly layer = Layer.effect(
    Decisions,
    Effect.gen(function* () {
      const { insert } = yield* openEntries
      const { all, drop, read, sql, write } = yield* Table.open({
        name: "decisions",
        row: Decision,
        fields: { id: "int8", ...fields },
        key: ({ id }) => String(id)
      })
      const counts = yield* Table.open({
        name: "decisions",
        row: OfMatch,
        fields: { matchId: "text", bulletins: "int8", devices: "int8", firstAt: "int8", lastAt: "int8" },
        key: ({ matchId }) => String(matchId)
      })
      const record = yield* Gather.make((some: ReadonlyArray<ReadonlyArray<Entry>>) =>
        Effect.as(
          write("record", sql`${insert(some.flat())}`),
          some.map(() => undefined)
        )
      )
      return Decisions.of({
        record,
        ofMatch: (matchId, { stamp }, { after, limit }) =>
          read(
            "ofMatch",
            sql`select ${all} from decisions
              where match_id = ${matchId} ${stamp === undefined ? sql.literal("") : sql`and stamp = ${stamp}`}
                and decisions.id > ${after ?? "0"}::int8
              order by decisions.id limit ${limit}`
          ),
        shared: (matchId, { after, limit }) =>
          read(
            "shared",
            sql`select ${all} from decisions
              where match_id = ${matchId} and device_id is null and decisions.id > ${after ?? "0"}::int8
              order by decisions.id limit ${limit}`
          ),
        matches: counts.read(
          "matches",
          sql`select match_id as "matchId", count(*) filter (where kind = 'bulletin')::float8 as bulletins,
              count(distinct device_id)::float8 as devices, min(at)::float8 as "firstAt", max(at)::float8 as "lastAt"
            from decisions where match_id is not null group by match_id order by max(at) desc, match_id`
        ),
        ofDevice: (deviceId, matchId, { after, limit }) =>
          read(
            "ofDevice",
            sql`select ${all} from decisions
              where device_id = ${deviceId} ${matchId === null ? sql.literal("") : sql`and match_id = ${matchId}`}
                and decisions.id > ${after ?? "0"}::int8
              order by decisions.id limit ${limit}`
          ),
        erase: (deviceIds) => drop("erase", sql`device_id = any(${Table.texts(sql, deviceIds)})`),
        forget: (before) => drop("forget", sql`at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.effect(
    Decisions,
    Effect.map(Journal, ({ record, rows }) => {
      const paged = ({ after, limit }: Page, pass: (decision: Decision) => boolean) =>
        [...rows.values()].filter((each) => each.id > Number(after ?? 0) && pass(each)).slice(0, limit)
      return Decisions.of({
        record: (entries) => Effect.sync(() => record(entries)),
        ofMatch: (matchId, { stamp }, page) =>
          Effect.sync(() =>
            paged(page, (each) => each.matchId === matchId && (stamp === undefined || each.stamp === stamp))
          ),
        shared: (matchId, page) =>
          Effect.sync(() => paged(page, (each) => each.matchId === matchId && each.deviceId === null)),
        matches: Effect.sync(() => counted([...rows.values()])),
        ofDevice: (deviceId, matchId, page) =>
          Effect.sync(() =>
            paged(
              page,
              (each) => each.deviceId === deviceId && (matchId === null || each.matchId === matchId)
            )
          ),
        erase: (deviceIds) =>
          Effect.sync(() => {
            const asked = new Set<string | null>(deviceIds)
            const gone = [...rows.values()].filter(({ deviceId }) => deviceId !== null && asked.has(deviceId))
            for (const { id } of gone) rows.delete(id)
            return gone.length
          }),
        forget: (before) =>
          Effect.sync(() => {
            const gone = [...rows.values()].filter(({ at }) => at < before)
            for (const { id } of gone) rows.delete(id)
            return gone.length
          })
      })
    })
  )
}

const counted = (rows: ReadonlyArray<Decision>): ReadonlyArray<OfMatch> =>
  [...Map.groupBy(rows, ({ matchId }) => matchId)]
    .flatMap(([matchId, all]): ReadonlyArray<OfMatch> => {
      const times = all.map(({ at }) => at).sort((a, b) => a - b)
      const [firstAt, lastAt] = [times[0], times.at(-1)]
      if (matchId === null || firstAt === undefined || lastAt === undefined) return []
      const bulletins = all.filter(({ kind }) => kind === "bulletin").length
      const devices = new Set(all.flatMap(({ deviceId }) => deviceId ?? [])).size
      return [{ matchId, bulletins, devices, firstAt, lastAt }]
    })
    .sort((a, b) => b.lastAt - a.lastAt || (a.matchId < b.matchId ? -1 : 1))

const fields = {
  matchId: "text",
  deviceId: "text",
  activityId: "text",
  at: "int8",
  kind: "text",
  stamp: "int8",
  body: "json"
} as const

export const openEntries = Table.open({
  name: "decisions",
  row: Entry,
  fields,
  key: ({ kind }) => String(kind)
})
