import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { Statement } from "effect/sql"
import type { Fault, StoreError } from "./Fault.ts"
import * as Gather from "./Gather.ts"
import * as Groups from "./Groups.ts"
import type { Page } from "./Page.ts"
import * as Table from "./Table.ts"

/** Somebody wants to hear of a match. A follow that has ended is remembered. */
export const Follow = Schema.Struct({
  userId: Ids.UserId,
  matchId: Ids.MatchId,
  /** When the match was first followed. */
  createdAt: Instant.Instant,
  endedAt: Schema.NullOr(Instant.Instant),
  /** The side that is cheered for, by the name that the person's app gave it. */
  teamId: Schema.NullOr(Schema.String)
})
export type Follow = typeof Follow.Type

interface Draft extends Pick<Follow, "userId" | "matchId" | "createdAt"> {
  readonly teamId?: string
}

export class Follows extends Context.Service<
  Follows,
  {
    /** Once or often, the same. One that had ended begins anew. A team takes the place of the one before; none leaves it. */
    readonly follow: (
      userId: Ids.UserId,
      matchId: Ids.MatchId,
      at: Instant.Instant,
      teamId?: string
    ) => Effect.Effect<void, StoreError>
    /** False, and nothing changes, where the match is not followed. */
    readonly setTeam: (
      userId: Ids.UserId,
      matchId: Ids.MatchId,
      teamId: string | null
    ) => Effect.Effect<boolean, StoreError>
    /** Whether somebody follows a match now. */
    readonly has: (userId: Ids.UserId, matchId: Ids.MatchId) => Effect.Effect<boolean, StoreError>
    /** Tells whether there was anything to end. */
    readonly unfollow: (
      userId: Ids.UserId,
      matchId: Ids.MatchId,
      at: Instant.Instant
    ) => Effect.Effect<boolean, StoreError>
    /** Ends all follows of a match, and tells how many. */
    readonly endAll: (matchId: Ids.MatchId, at: Instant.Instant) => Effect.Effect<number, StoreError>
    /** Those who follow now, in the order of their ids; `after` is the last user of the page before. */
    readonly followers: (matchId: Ids.MatchId, page: Page) => Effect.Effect<ReadonlyArray<Follow>, Fault>
    /** What somebody follows now, in the order of the matches' ids. */
    readonly ofUser: (userId: Ids.UserId) => Effect.Effect<ReadonlyArray<Follow>, Fault>
    /** Drops all of a person's, and tells how many. */
    readonly erase: (userId: Ids.UserId) => Effect.Effect<number, StoreError>
    /** Drops those that ended before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Follows") {
  static readonly layer = Layer.effect(
    Follows,
    Effect.gen(function* () {
      const { all, drop, insert, read, sql, write } = yield* Table.open({
        name: "follows",
        row: Follow,
        fields: { userId: "text", matchId: "text", createdAt: "int8", endedAt: "int8", teamId: "text" },
        key: ({ matchId, userId }) => `${String(userId)}/${String(matchId)}`
      })
      const end = (operation: string, statement: Statement.Statement<object>) =>
        Effect.map(write(operation, statement), (ended) => ended.length)
      /** A statement may touch a row once only: the same follow again has its turn afterwards. */
      const follow = yield* Gather.make(
        Effect.fnUntraced(function* (asked: ReadonlyArray<Draft>) {
          for (let left = asked; left.length > 0;) {
            const { again, first } = Table.apart(left, ({ matchId, userId }) =>
              JSON.stringify([userId, matchId])
            )
            yield* write(
              "follow",
              sql`${insert(first.map((one) => ({ ...one, endedAt: null })))}
                on conflict (user_id, match_id) do update
                set ended_at = null, team_id = coalesce(excluded.team_id, follows.team_id),
                  created_at = case when follows.ended_at is null then follows.created_at else excluded.created_at end
                where follows.ended_at is not null or follows.team_id is distinct from coalesce(excluded.team_id, follows.team_id)`
            )
            left = again
          }
          return asked.map(() => undefined)
        })
      )
      const ofUser = yield* Gather.byKey(
        (userIds: ReadonlyArray<Ids.UserId>) =>
          read(
            "ofUser",
            sql`select ${all} from follows where user_id = any(${Table.texts(sql, userIds)}) and ended_at is null
              order by match_id`
          ),
        ({ userId }) => userId
      )
      return Follows.of({
        follow: (userId, matchId, createdAt, teamId) =>
          follow({ userId, matchId, createdAt, ...(teamId !== undefined && { teamId }) }),
        setTeam: (userId, matchId, teamId) =>
          write(
            "setTeam",
            sql`update follows set team_id = ${teamId}
              where user_id = ${userId} and match_id = ${matchId} and ended_at is null returning 1`
          ).pipe(Effect.map((set) => set.length > 0)),
        has: (userId, matchId) =>
          write(
            "has",
            sql`select 1 from follows where user_id = ${userId} and match_id = ${matchId} and ended_at is null`
          ).pipe(Effect.map((found) => found.length > 0)),
        unfollow: (userId, matchId, at) =>
          end(
            "unfollow",
            sql`update follows set ended_at = ${at}
              where user_id = ${userId} and match_id = ${matchId} and ended_at is null returning 1`
          ).pipe(Effect.map((ended) => ended > 0)),
        endAll: (matchId, at) =>
          end(
            "endAll",
            sql`update follows set ended_at = ${at} where match_id = ${matchId} and ended_at is null returning 1`
          ),
        followers: (matchId, { after, limit }) =>
          read(
            "followers",
            sql`select ${all} from follows where match_id = ${matchId} and ended_at is null and user_id > ${after ?? ""}
              order by user_id limit ${limit}`
          ),
        ofUser,
        erase: (userId) => drop("erase", sql`user_id = ${userId}`),
        forget: (before) => drop("forget", sql`ended_at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.sync(Follows, () => {
    const rows = new Map<string, Follow>()
    const ofMatch = Groups.make()
    const ofUser = Groups.make()
    const key = (userId: string, matchId: string) => JSON.stringify([userId, matchId])
    const now = (userId: string, matchId: string): Follow | undefined => {
      const row = rows.get(key(userId, matchId))
      return row?.endedAt === null ? row : undefined
    }
    const end = (userId: Ids.UserId, matchId: Ids.MatchId, at: Instant.Instant): boolean => {
      const row = now(userId, matchId)
      if (row === undefined) return false
      rows.set(key(userId, matchId), { ...row, endedAt: at })
      ofMatch.remove(matchId, userId)
      ofUser.remove(userId, matchId)
      return true
    }
    return Follows.of({
      follow: (userId, matchId, at, teamId) =>
        Effect.sync(() => {
          const before = rows.get(key(userId, matchId))
          rows.set(key(userId, matchId), {
            userId,
            matchId,
            createdAt: before === undefined || before.endedAt !== null ? at : before.createdAt,
            endedAt: null,
            teamId: teamId ?? before?.teamId ?? null
          })
          ofMatch.add(matchId, userId)
          ofUser.add(userId, matchId)
        }),
      setTeam: (userId, matchId, teamId) =>
        Effect.sync(() => {
          const row = now(userId, matchId)
          if (row === undefined) return false
          rows.set(key(userId, matchId), { ...row, teamId })
          return true
        }),
      has: (userId, matchId) => Effect.sync(() => now(userId, matchId) !== undefined),
      unfollow: (userId, matchId, at) => Effect.sync(() => end(userId, matchId, at)),
      endAll: (matchId, at) =>
        Effect.sync(
          () =>
            [...ofMatch.after(matchId, null)].filter((userId) => end(userId as Ids.UserId, matchId, at))
              .length
        ),
      followers: (matchId, page) =>
        Effect.sync(() =>
          Groups.page(ofMatch, matchId, page, (userId) => rows.get(key(userId, matchId)) ?? null)
        ),
      ofUser: (userId) =>
        Effect.sync(() =>
          [...ofUser.after(userId, null)].flatMap((matchId) => rows.get(key(userId, matchId)) ?? [])
        ),
      erase: (userId) =>
        Effect.sync(() => {
          const gone = [...rows].filter(([, row]) => row.userId === userId)
          for (const [name, { matchId }] of gone) {
            rows.delete(name)
            ofMatch.remove(matchId, userId)
            ofUser.remove(userId, matchId)
          }
          return gone.length
        }),
      forget: (before) =>
        Effect.sync(() => {
          const gone = [...rows].filter(([, { endedAt }]) => endedAt !== null && endedAt < before)
          for (const [name] of gone) rows.delete(name)
          return gone.length
        })
    })
  })
}
