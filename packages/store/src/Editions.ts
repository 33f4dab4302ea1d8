import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { Fault, StoreError } from "./Fault.ts"
import * as Table from "./Table.ts"
import * as Waiting from "./Waiting.ts"

/**
 * News that somebody's phone is to make a noise about: the body for one match and cohort, kept until all of the cohort
 * have been sent it.
 *
 * An edition comes into being in the same step as the state of its match (`ActiveMatches.save`), so there is no state
 * without its news and no news without its state. The body is text and goes out byte by byte as it was written, also
 * when it is sent again.
 */
export const Edition = Schema.Struct({
  editionId: Schema.NonEmptyString,
  matchId: Ids.MatchId,
  stamp: Instant.EpochSeconds,
  cohort: Schema.String,
  body: Schema.String,
  createdAt: Instant.Instant,
  doneAt: Schema.NullOr(Instant.Instant),
  /** How many slices of the audience have been sent it. */
  progress: Schema.Int
})
export type Edition = typeof Edition.Type

/** An edition as it is handed in, with the state of its match. */
export type Draft = Pick<Edition, "editionId" | "stamp" | "cohort" | "body">

export const publish = (draft: Draft, matchId: Ids.MatchId, at: Instant.Instant): Edition => ({
  ...draft,
  matchId,
  createdAt: at,
  doneAt: null,
  progress: 0
})

/** The editions of a world in memory, which `ActiveMatches` writes and `Editions` reads. */
export class Shelf extends Context.Service<Shelf, Map<string, Edition>>()(
  "@sightscreen/store/Editions/Shelf"
) {
  static readonly layer = Layer.sync(Shelf, () => new Map<string, Edition>())
}

export class Editions extends Context.Service<
  Editions,
  {
    readonly get: (editionId: string) => Effect.Effect<Edition | null, Fault>
    /** Those not done, of one match or of all, oldest first. */
    readonly pending: (matchId?: Ids.MatchId) => Effect.Effect<ReadonlyArray<Edition>, Fault>
    /** Those not done, of all matches. */
    readonly waiting: Effect.Effect<Waiting.Waiting, StoreError>
    /** Notes how far it has got; it never goes back. */
    readonly advance: (editionId: string, progress: number) => Effect.Effect<void, StoreError>
    readonly finish: (editionId: string, at: Instant.Instant) => Effect.Effect<void, StoreError>
    /** Drops those done before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Editions") {
  static readonly layer = Layer.effect(
    Editions,
    Effect.gen(function* () {
      const { all, read, readOne, sql, write } = yield* open
      return Editions.of({
        get: (editionId) => readOne("get", sql`select ${all} from editions where edition_id = ${editionId}`),
        pending: (matchId) =>
          read(
            "pending",
            matchId === undefined
              ? sql`select ${all} from editions where done_at is null order by created_at, stamp, edition_id`
              : sql`select ${all} from editions where done_at is null and match_id = ${matchId}
                  order by created_at, stamp, edition_id`
          ),
        waiting: write(
          "waiting",
          sql<Waiting.Row>`
            select count(*)::float8 as count, min(created_at)::float8 as since from editions where done_at is null`
        ).pipe(Effect.map(Waiting.ofRows)),
        advance: (editionId, progress) =>
          write(
            "advance",
            sql`update editions set progress = greatest(progress, ${progress}) where edition_id = ${editionId}`
          ).pipe(Effect.asVoid),
        finish: (editionId, at) =>
          write(
            "finish",
            sql`update editions set done_at = ${at} where edition_id = ${editionId} and done_at is null`
          ).pipe(Effect.asVoid),
        forget: (before) =>
          write("forget", sql`delete from editions where done_at < ${before} returning 1`).pipe(
            Effect.map((gone) => gone.length)
          )
      })
    })
  )

  static readonly layerMemory = Layer.effect(
    Editions,
    Effect.map(Shelf, (shelf) => {
      const change = (editionId: string, how: (edition: Edition) => Edition) =>
        Effect.sync(() => {
          const edition = shelf.get(editionId)
          if (edition !== undefined) shelf.set(editionId, how(edition))
        })
      return Editions.of({
        get: (editionId) => Effect.sync(() => shelf.get(editionId) ?? null),
        pending: (matchId) =>
          Effect.sync(() =>
            [...shelf.values()]
              .filter((each) => each.doneAt === null && (matchId === undefined || each.matchId === matchId))
              .sort(oldestFirst)
          ),
        waiting: Effect.sync(() =>
          Waiting.of([...shelf.values()].flatMap((each) => (each.doneAt === null ? [each.createdAt] : [])))
        ),
        advance: (editionId, progress) =>
          change(editionId, (each) => ({ ...each, progress: Math.max(each.progress, progress) })),
        finish: (editionId, at) => change(editionId, (each) => ({ ...each, doneAt: each.doneAt ?? at })),
        forget: (before) =>
          Effect.sync(() => {
            const gone = [...shelf.values()].filter(({ doneAt }) => doneAt !== null && doneAt < before)
            for (const { editionId } of gone) shelf.delete(editionId)
            return gone.length
          })
      })
    })
  )
}

export const open = Table.open({
  name: "editions",
  row: Edition,
  fields: {
    editionId: "text",
    matchId: "text",
    stamp: "int8",
    cohort: "text",
    body: "text",
    createdAt: "int8",
    doneAt: "int8",
    progress: "int4"
  },
  key: ({ editionId }) => String(editionId)
})

const oldestFirst = (a: Edition, b: Edition): number =>
  a.createdAt - b.createdAt || a.stamp - b.stamp || (a.editionId < b.editionId ? -1 : 1)
