import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import { type Fault, StoreError } from "./Fault.ts"
import type { Page } from "./Page.ts"
import { Environment } from "./PushTokens.ts"
import * as Table from "./Table.ts"

/** What a channel is for: one cohort of a match, at one host, for one app. */
const place = {
  matchId: Ids.MatchId,
  cohort: Schema.String,
  environment: Environment,
  bundleId: Schema.NonEmptyString
}
export const Key = Schema.Struct(place)
export type Key = typeof Key.Type

/** A channel at Apple that many activities listen to, from before it is asked for until after it is deleted. */
export const BroadcastChannel = Schema.Struct({
  ...place,
  /** Apple's name for it (`apns-channel-id`). Null until Apple has given one. */
  channelId: Schema.NullOr(Schema.String),
  version: Schema.Int,
  /** Its owner's affair. */
  state: Schema.Json,
  updatedAt: Instant.Instant
})
export type BroadcastChannel = typeof BroadcastChannel.Type

export type Draft = Omit<BroadcastChannel, "version">

/** All that may change, as it is to be from now on. */
export interface Save extends Key, Pick<BroadcastChannel, "channelId" | "state"> {
  /** The version that this save follows. */
  readonly version: number
  readonly at: Instant.Instant
}

/** Where a channel stands among all, for `Page.after`. */
export const key = ({ bundleId, cohort, environment, matchId }: Key): string =>
  JSON.stringify([matchId, cohort, environment, bundleId])

/** Apple gives each channel a name of its own: whoever brings one that is another's gets an error. */
export class BroadcastChannels extends Context.Service<
  BroadcastChannels,
  {
    /** Those begin at version 0 whose place is free. Tells which ones, in the order of their places. */
    readonly insert: (drafts: ReadonlyArray<Draft>) => Effect.Effect<ReadonlyArray<Key>, StoreError>
    /** Saves each that has the version its save follows. Tells which have not, and stay as they are. */
    readonly save: (saves: ReadonlyArray<Save>) => Effect.Effect<ReadonlyArray<Key>, StoreError>
    /** In the order of their places: match, cohort, environment, app. */
    readonly ofMatch: (matchId: Ids.MatchId) => Effect.Effect<ReadonlyArray<BroadcastChannel>, Fault>
    readonly byChannel: (channelId: string) => Effect.Effect<BroadcastChannel | null, Fault>
    /** In the order of their places; `after` is the `key` of the last channel of the page before. */
    readonly all: (page: Page) => Effect.Effect<ReadonlyArray<BroadcastChannel>, Fault>
    readonly remove: (place: Key) => Effect.Effect<void, StoreError>
  }
>()("@sightscreen/store/BroadcastChannels") {
  static readonly layer = Layer.effect(
    BroadcastChannels,
    Effect.gen(function* () {
      const { all, insert, read, readOne, rows, sql, write } = yield* Table.open({
        name: "broadcast_channels",
        row: BroadcastChannel,
        fields: {
          matchId: "text",
          cohort: "text",
          environment: "text",
          bundleId: "text",
          channelId: "text",
          version: "int4",
          state: "json",
          updatedAt: "int8"
        },
        key: ({ bundleId, cohort, environment, matchId }) =>
          [matchId, cohort, environment, bundleId].join("/")
      })
      const saved = rows(
        "matchId",
        "cohort",
        "environment",
        "bundleId",
        "channelId",
        "version",
        "state",
        "updatedAt"
      )
      const inOrder = sql.literal("order by match_id, cohort, environment, bundle_id")
      return BroadcastChannels.of({
        insert: (drafts) =>
          write(
            "insert",
            sql<Key>`${insert(Table.inOrder(drafts, key).map((draft) => ({ ...draft, version: 0 })))}
              on conflict (match_id, cohort, environment, bundle_id) do nothing
              returning match_id as "matchId", cohort, environment, bundle_id as "bundleId"`
          ).pipe(Effect.map((begun) => [...begun].sort(byPlace))),
        save: (wanted) => {
          const { again, first } = Table.apart(wanted, key)
          const given = first.map(({ at, ...rest }) => ({ ...rest, updatedAt: at }))
          return write(
            "save",
            sql<Key>`update broadcast_channels as b
              set version = b.version + 1, channel_id = t."channelId", state = coalesce(t.state, 'null'::json),
                updated_at = t."updatedAt"
              from ${saved(given)}
              where b.match_id = t."matchId" and b.cohort = t.cohort and b.environment = t.environment
                and b.bundle_id = t."bundleId" and b.version = t.version
              returning b.match_id as "matchId", b.cohort, b.environment, b.bundle_id as "bundleId"`
          ).pipe(Effect.map((done) => refused(first, again, new Set(done.map(key)))))
        },
        ofMatch: (matchId) =>
          read("ofMatch", sql`select ${all} from broadcast_channels where match_id = ${matchId} ${inOrder}`),
        byChannel: (channelId) =>
          readOne("byChannel", sql`select ${all} from broadcast_channels where channel_id = ${channelId}`),
        all: ({ after, limit }) =>
          read(
            "all",
            after === null
              ? sql`select ${all} from broadcast_channels ${inOrder} limit ${limit}`
              : sql`select ${all} from broadcast_channels
                  where (match_id, cohort, environment, bundle_id) >
                    (${after}::json ->> 0, ${after}::json ->> 1, ${after}::json ->> 2, ${after}::json ->> 3)
                  ${inOrder} limit ${limit}`
          ),
        remove: ({ bundleId, cohort, environment, matchId }) =>
          write(
            "remove",
            sql`delete from broadcast_channels
              where match_id = ${matchId} and cohort = ${cohort} and environment = ${environment}
                and bundle_id = ${bundleId}`
          ).pipe(Effect.asVoid)
      })
    })
  )

  static readonly layerMemory = Layer.sync(BroadcastChannels, () => {
    const rows = new Map<string, BroadcastChannel>()
    const those = (pass: (row: BroadcastChannel) => boolean) => [...rows.values()].filter(pass).sort(byPlace)
    /** All of them, or none where a channel would be in two places. */
    const put = (operation: string, changed: ReadonlyArray<BroadcastChannel>) => {
      const after = new Map([...rows, ...changed.map((row) => [key(row), row] as const)])
      const channels = [...after.values()].flatMap(({ channelId }) => channelId ?? [])
      if (new Set(channels).size < channels.length) {
        const cause = new Error("UniqueViolation channel_id")
        return Effect.fail(
          new StoreError({ table: "broadcast_channels", operation, retryable: false, cause })
        )
      }
      return Effect.sync(() => changed.forEach((row) => rows.set(key(row), row)))
    }
    return BroadcastChannels.of({
      insert: (drafts) =>
        Effect.suspend(() => {
          const begun = Table.apart(drafts, key)
            .first.filter((draft) => !rows.has(key(draft)))
            .map((draft) => ({ ...draft, version: 0 }))
          return Effect.as(put("insert", begun), begun.map(placeOf).sort(byPlace))
        }),
      save: (wanted) =>
        Effect.suspend(() => {
          const { again, first } = Table.apart(wanted, key)
          const done = first.filter((save) => rows.get(key(save))?.version === save.version)
          const next = done.map(({ at, ...save }) => ({ ...save, version: save.version + 1, updatedAt: at }))
          return Effect.as(put("save", next), refused(first, again, new Set(done.map(key))))
        }),
      ofMatch: (matchId) => Effect.sync(() => those((row) => row.matchId === matchId)),
      byChannel: (channelId) => Effect.sync(() => those((row) => row.channelId === channelId)[0] ?? null),
      all: ({ after, limit }) =>
        Effect.sync(() => {
          const last = after === null ? null : (JSON.parse(after) as Parts)
          return those((row) => last === null || compare(parts(row), last) > 0).slice(0, limit)
        }),
      remove: (place) => Effect.sync(() => void rows.delete(key(place)))
    })
  })
}

type Parts = ReadonlyArray<string>

const parts = ({ bundleId, cohort, environment, matchId }: Key): Parts => [
  matchId,
  cohort,
  environment,
  bundleId
]

const compare = (left: Parts, right: Parts): number => {
  const at = left.findIndex((part, index) => part !== right[index])
  return at === -1 ? 0 : left[at]! < right[at]! ? -1 : 1
}

const byPlace = (a: Key, b: Key): number => compare(parts(a), parts(b))

/** What it is for, without the rest of it. */
export const placeOf = ({ bundleId, cohort, environment, matchId }: Key): Key => ({
  matchId,
  cohort,
  environment,
  bundleId
})

const refused = (
  first: ReadonlyArray<Key>,
  again: ReadonlyArray<Key>,
  done: ReadonlySet<string>
): ReadonlyArray<Key> =>
  [...first.filter((save) => !done.has(key(save))), ...again].map(placeOf).sort(byPlace)
