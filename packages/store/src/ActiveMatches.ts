import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import * as Gather from "./Gather.ts"
import * as Decisions from "./Decisions.ts"
import * as Editions from "./Editions.ts"
import type { Fault } from "./Fault.ts"
import { StoreError } from "./Fault.ts"
import * as Table from "./Table.ts"

/**
 * The state of a match that is being told, saved before anything of it is sent.
 *
 * What the state holds is its owner's affair. Each save names the version that it follows; an owner that has been
 * replaced without knowing it is refused.
 */
export const ActiveMatch = Schema.Struct({
  matchId: Ids.MatchId,
  version: Schema.Int,
  state: Schema.Json,
  updatedAt: Instant.Instant
})
export type ActiveMatch = typeof ActiveMatch.Type

/** Somebody else has saved in the meantime, or the match is gone. */
export class StaleVersion extends Schema.TaggedError<StaleVersion>()("StaleVersion", {
  matchId: Ids.MatchId,
  expected: Schema.Int,
  /** Null where there is no such match any more. */
  found: Schema.NullOr(Schema.Int)
}) {}

export interface Save {
  readonly matchId: Ids.MatchId
  /** The version that this save follows. */
  readonly version: number
  readonly state: Schema.Json
  readonly at: Instant.Instant
  /** News that belongs to this step. An edition that is there already stays as it is. */
  readonly editions: ReadonlyArray<Editions.Draft>
  /** Why this step is as it is. */
  readonly decisions?: ReadonlyArray<Decisions.Entry>
}

export class ActiveMatches extends Context.Service<
  ActiveMatches,
  {
    readonly load: (matchId: Ids.MatchId) => Effect.Effect<ActiveMatch | null, Fault>
    /** In the order of their ids. */
    readonly all: Effect.Effect<ReadonlyArray<ActiveMatch>, Fault>
    /** Begins at version 0. False, and nothing changes, where the match is there already. */
    readonly insert: (match: Pick<Save, "matchId" | "state" | "at">) => Effect.Effect<boolean, StoreError>
    /** State, editions and decisions together, or nothing. Gives the new version. */
    readonly save: (save: Save) => Effect.Effect<number, StaleVersion | StoreError>
    /** Takes the match from the list; editions that wait to be sent stay. */
    readonly remove: (matchId: Ids.MatchId) => Effect.Effect<void, StoreError>
  }
>()("@sightscreen/store/ActiveMatches") {
  static readonly layer = Layer.effect(
    ActiveMatches,
    Effect.gen(function* () {
      const { all, insert, read, sql, write } = yield* Table.open({
        name: "active_matches",
        row: ActiveMatch,
        fields: { matchId: "text", version: "int4", state: "json", updatedAt: "int8" },
        key: ({ matchId }) => String(matchId)
      })
      const editions = yield* Editions.open
      const journal = yield* Decisions.openEntries
      const versionOf = (rows: ReadonlyArray<object>) =>
        (rows as ReadonlyArray<{ readonly version: number }>)[0]?.version ?? null
      const load = yield* Gather.byKey(
        (matchIds: ReadonlyArray<Ids.MatchId>) =>
          read(
            "load",
            sql`select ${all} from active_matches where match_id = any(${Table.texts(sql, matchIds)})`
          ),
        ({ matchId }) => matchId
      )
      return ActiveMatches.of({
        load: (matchId) => Effect.map(load(matchId), ([row]) => row ?? null),
        all: read("all", sql`select ${all} from active_matches order by match_id`),
        insert: ({ at, matchId, state }) =>
          write(
            "insert",
            sql`${insert([{ matchId, version: 0, state, updatedAt: at }])} on conflict do nothing returning 1`
          ).pipe(Effect.map((begun) => begun.length === 1)),
        // One statement, so one transaction: editions and decisions go in only where the state did.
        save: ({ at, decisions = [], editions: drafts, matchId, state, version }) =>
          Effect.gen(function* () {
            const rows = drafts.map((draft) => Editions.publish(draft, matchId, at))
            const saved = yield* write(
              "save",
              sql`
                with saved as (
                  update active_matches
                  set version = version + 1, state = ${JSON.stringify(state)}::json, updated_at = ${at}
                  where match_id = ${matchId} and version = ${version}
                  returning version
                ), said as (
                  ${editions.insert(rows)} where exists (select from saved)
                  on conflict do nothing
                ), told as (
                  ${journal.insert(decisions)} where exists (select from saved)
                )
                select version from saved`
            ).pipe(Effect.map(versionOf))
            if (saved !== null) return saved
            const found = yield* write(
              "save",
              sql`select version from active_matches where match_id = ${matchId}`
            )
            return yield* new StaleVersion({ matchId, expected: version, found: versionOf(found) })
          }),
        remove: (matchId) =>
          Effect.asVoid(write("remove", sql`delete from active_matches where match_id = ${matchId}`))
      })
    })
  )

  static readonly layerMemory = Layer.effect(
    ActiveMatches,
    Effect.gen(function* () {
      const shelf = yield* Editions.Shelf
      const journal = yield* Decisions.Journal
      const rows = new Map<Ids.MatchId, ActiveMatch>()
      return ActiveMatches.of({
        load: (matchId) => Effect.sync(() => rows.get(matchId) ?? null),
        all: Effect.sync(() => [...rows.values()].sort((a, b) => (a.matchId < b.matchId ? -1 : 1))),
        insert: ({ at, matchId, state }) =>
          Effect.sync(() => {
            if (rows.has(matchId)) return false
            rows.set(matchId, { matchId, version: 0, state, updatedAt: at })
            return true
          }),
        save: ({ at, decisions = [], editions, matchId, state, version }) =>
          Effect.suspend(() => {
            const found = rows.get(matchId)?.version ?? null
            if (found !== version) return Effect.fail(new StaleVersion({ matchId, expected: version, found }))
            rows.set(matchId, { matchId, version: version + 1, state, updatedAt: at })
            for (const draft of editions) {
              if (!shelf.has(draft.editionId))
                shelf.set(draft.editionId, Editions.publish(draft, matchId, at))
            }
            journal.record(decisions)
            return Effect.succeed(version + 1)
          }),
        remove: (matchId) => Effect.sync(() => void rows.delete(matchId))
      })
    })
  )
}
