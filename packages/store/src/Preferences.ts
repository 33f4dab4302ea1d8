import type { Instant } from "@sightscreen/decider"
import { Ids, Preferences as Likes } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { Fault, StoreError } from "./Fault.ts"
import type { Page } from "./Page.ts"
import * as Table from "./Table.ts"

/** What a person likes to be told. */
const Row = Schema.Struct({ userId: Ids.UserId, body: Likes.Preferences })

/** The preferences of a world in memory, which `Devices` reads too. */
export class Book extends Context.Service<Book, Map<string, Likes.Preferences>>()(
  "@sightscreen/store/Preferences/Book"
) {
  static readonly layer = Layer.sync(Book, () => new Map<string, Likes.Preferences>())
}

export class Preferences extends Context.Service<
  Preferences,
  {
    readonly get: (userId: Ids.UserId) => Effect.Effect<Likes.Preferences | null, Fault>
    /** Takes the place of what was there. */
    readonly set: (
      userId: Ids.UserId,
      preferences: Likes.Preferences,
      at: Instant.Instant
    ) => Effect.Effect<void, StoreError>
    /** Nothing is known of the person any more. */
    readonly remove: (userId: Ids.UserId) => Effect.Effect<void, StoreError>
    /** Those who follow any of these teams, each once, in the order of their ids; teams by `teamName`. */
    readonly followersOf: (
      teams: ReadonlyArray<string>,
      page: Page
    ) => Effect.Effect<ReadonlyArray<Ids.UserId>, StoreError>
  }
>()("@sightscreen/store/Preferences") {
  static readonly layer = Layer.effect(
    Preferences,
    Effect.gen(function* () {
      const { all, readOne, sql, write } = yield* Table.open({
        name: "preferences",
        row: Row,
        fields: { userId: "text", body: "json" },
        key: ({ userId }) => String(userId)
      })
      const leaveTeams = (userId: Ids.UserId) => sql`delete from followed_teams where user_id = ${userId}`
      return Preferences.of({
        get: (userId) =>
          Effect.map(
            readOne("get", sql`select ${all} from preferences where user_id = ${userId}`),
            (row) => row?.body ?? null
          ),
        set: (userId, preferences, at) =>
          write(
            "set",
            sql.withTransaction(
              Effect.gen(function* () {
                // First the row that both of two writers want: the second waits for it, and no teams are mixed.
                yield* sql`
                  insert into preferences (user_id, body, updated_at)
                  values (${userId}, ${JSON.stringify(preferences)}::json, ${at})
                  on conflict (user_id) do update set body = excluded.body, updated_at = excluded.updated_at`
                yield* leaveTeams(userId)
                yield* sql`
                  insert into followed_teams (team, user_id)
                  select team, ${userId} from unnest(${Table.texts(sql, teamsOf(preferences))}) as t(team)`
              })
            )
          ),
        remove: (userId) =>
          write(
            "remove",
            sql.withTransaction(
              Effect.andThen(sql`delete from preferences where user_id = ${userId}`, leaveTeams(userId))
            )
          ).pipe(Effect.asVoid),
        followersOf: (teams, { after, limit }) =>
          write(
            "followersOf",
            sql<{ readonly userId: Ids.UserId }>`
              select distinct user_id as "userId" from followed_teams
              where team = any(${Table.texts(sql, teams)}) and user_id > ${after ?? ""}
              order by user_id limit ${limit}`
          ).pipe(Effect.map((rows) => rows.map(({ userId }) => userId)))
      })
    })
  )

  static readonly layerMemory = Layer.effect(
    Preferences,
    Effect.map(Book, (rows) =>
      Preferences.of({
        get: (userId) => Effect.sync(() => rows.get(userId) ?? null),
        set: (userId, preferences) => Effect.sync(() => void rows.set(userId, preferences)),
        remove: (userId) => Effect.sync(() => void rows.delete(userId)),
        followersOf: (teams, { after, limit }) =>
          Effect.sync(() => {
            const asked = new Set(teams)
            return [...rows]
              .filter(
                ([userId, preferences]) =>
                  (after === null || userId > after) && teamsOf(preferences).some((team) => asked.has(team))
              )
              .map(([userId]) => userId as Ids.UserId)
              .sort()
              .slice(0, limit)
          })
      })
    )
  )
}

const teamsOf = ({ teams }: Likes.Preferences): ReadonlyArray<string> => [
  ...new Set(teams.map(Likes.teamName))
]
