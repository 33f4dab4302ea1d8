import { Instant } from "@sightscreen/decider"
import { Ids, Outcome, Snapshot, Status } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { Fault, StoreError } from "./Fault.ts"
import type { Page } from "./Page.ts"
import * as Gather from "./Gather.ts"
import * as Table from "./Table.ts"

/** A match as people see it listed: what it is, when it starts, where it stands. */
export const Fixture = Schema.Struct({
  matchId: Ids.MatchId,
  info: Snapshot.MatchInfo,
  status: Status.Status,
  outcome: Schema.NullOr(Outcome.Outcome),
  updatedAt: Instant.Instant
})
export type Fixture = typeof Fixture.Type

/** From the first ball to the result, breaks and nights included. */
export const underWay: ReadonlySet<Status.Status> = new Set(
  Status.Status.literals.filter((status) => ["live", "innings_break"].includes(Status.phase(status, false)))
)

/** Which fixtures are asked for; all, where nothing is said. */
export interface Asked {
  readonly competition?: string
  readonly statuses?: ReadonlySet<Status.Status>
  /** Those that start then or later. */
  readonly from?: Instant.Instant
  /** Those that start before then. */
  readonly to?: Instant.Instant
}

/** Where a fixture stands among all, in the order of their start, for `Page.after`. */
export const key = ({ info: { startsAt }, matchId }: Fixture): string => `${startsAt}/${matchId}`

const placeOf = (after: string | null): readonly [startsAt: number, matchId: string] => {
  if (after === null) return [-1, ""]
  const cut = after.indexOf("/")
  const startsAt = Number(after.slice(0, cut))
  return Number.isSafeInteger(startsAt) && cut > 0 ? [startsAt, after.slice(cut + 1)] : [-1, ""]
}

export class Fixtures extends Context.Service<
  Fixtures,
  {
    /** Writes what is news. A fixture that was updated later than the one given stays. */
    readonly upsert: (fixtures: ReadonlyArray<Fixture>) => Effect.Effect<void, StoreError>
    readonly get: (matchId: Ids.MatchId) => Effect.Effect<Fixture | null, Fault>
    /** Those that are known, in the order of their start. */
    readonly getMany: (matchIds: ReadonlyArray<Ids.MatchId>) => Effect.Effect<ReadonlyArray<Fixture>, Fault>
    /** Those under way, in the order of their start. */
    readonly live: Effect.Effect<ReadonlyArray<Fixture>, Fault>
    /** Those that start at `from` or later and before `to`, in that order. */
    readonly startingBetween: (
      from: Instant.Instant,
      to: Instant.Instant
    ) => Effect.Effect<ReadonlyArray<Fixture>, Fault>
    /** In the order of their start; `after` is the `key` of the last of the page before. */
    readonly page: (asked: Asked, page: Page) => Effect.Effect<ReadonlyArray<Fixture>, Fault>
    readonly remove: (matchId: Ids.MatchId) => Effect.Effect<void, StoreError>
  }
>()("@sightscreen/store/Fixtures") {
  static readonly layer = Layer.effect(
    Fixtures,
    Effect.gen(function* () {
      const { all, insert, read, sql, take, write } = yield* Table.open({
        name: "fixtures",
        row: Fixture,
        fields: {
          matchId: "text",
          info: "jsonb",
          status: "text",
          outcome: "jsonb",
          startsAt: "int8",
          updatedAt: "int8"
        },
        key: ({ matchId }) => String(matchId)
      })
      const get = yield* Gather.byKey(
        (matchIds: ReadonlyArray<Ids.MatchId>) =>
          read("get", sql`select ${all} from fixtures where match_id = any(${Table.texts(sql, matchIds)})`),
        ({ matchId }) => matchId
      )
      return Fixtures.of({
        upsert: (fixtures) => {
          const rows = newestOfEach(fixtures).map((each) => ({
            ...encode(each),
            startsAt: each.info.startsAt
          }))
          return write(
            "upsert",
            sql`${insert(rows)} on conflict (match_id)
              do update set ${take("info", "status", "outcome", "startsAt", "updatedAt")}
              where fixtures.updated_at <= excluded.updated_at`
          ).pipe(Effect.asVoid)
        },
        get: (matchId) => Effect.map(get(matchId), ([row]) => row ?? null),
        getMany: (matchIds) =>
          read(
            "getMany",
            sql`select ${all} from fixtures where match_id = any(${Table.texts(sql, matchIds)}) order by starts_at, match_id`
          ),
        live: read(
          "live",
          sql`select ${all} from fixtures where status = any(${Table.texts(sql, underWay)}) order by starts_at, match_id`
        ),
        startingBetween: (from, to) =>
          read(
            "startingBetween",
            sql`select ${all} from fixtures where starts_at >= ${from} and starts_at < ${to} order by starts_at, match_id`
          ),
        page: ({ competition, from, statuses, to }, { after, limit }) => {
          const [startsAt, matchId] = placeOf(after)
          return read(
            "page",
            sql`select ${all} from fixtures
              where (fixtures.starts_at, fixtures.match_id) > (${startsAt}::int8, ${matchId})
                ${competition === undefined ? sql.literal("") : sql`and info ->> 'competition' = ${competition}`}
                ${statuses === undefined ? sql.literal("") : sql`and status = any(${Table.texts(sql, statuses)})`}
                ${from === undefined ? sql.literal("") : sql`and fixtures.starts_at >= ${from}`}
                ${to === undefined ? sql.literal("") : sql`and fixtures.starts_at < ${to}`}
              order by fixtures.starts_at, fixtures.match_id limit ${limit}`
          )
        },
        remove: (matchId) =>
          Effect.asVoid(write("remove", sql`delete from fixtures where match_id = ${matchId}`))
      })
    })
  )

  static readonly layerMemory = Layer.sync(Fixtures, () => {
    const rows = new Map<Ids.MatchId, Fixture>()
    const those = (pass: (fixture: Fixture) => boolean) => [...rows.values()].filter(pass).sort(byStart)
    return Fixtures.of({
      upsert: (fixtures) =>
        Effect.sync(() => {
          for (const each of newestOfEach(fixtures)) {
            const known = rows.get(each.matchId)
            if (known === undefined || known.updatedAt <= each.updatedAt) rows.set(each.matchId, each)
          }
        }),
      get: (matchId) => Effect.sync(() => rows.get(matchId) ?? null),
      getMany: (matchIds) =>
        Effect.sync(() => {
          const asked = new Set(matchIds)
          return those(({ matchId }) => asked.has(matchId))
        }),
      live: Effect.sync(() => those(({ status }) => underWay.has(status))),
      startingBetween: (from, to) =>
        Effect.sync(() => those(({ info: { startsAt } }) => startsAt >= from && startsAt < to)),
      page: ({ competition, from, statuses, to }, { after, limit }) =>
        Effect.sync(() => {
          const [startsAt, name] = placeOf(after)
          return those(
            ({ info, matchId, status }) =>
              (info.startsAt > startsAt || (info.startsAt === startsAt && matchId > name)) &&
              (competition === undefined || info.competition === competition) &&
              (statuses === undefined || statuses.has(status)) &&
              (from === undefined || info.startsAt >= from) &&
              (to === undefined || info.startsAt < to)
          ).slice(0, limit)
        }),
      remove: (matchId) => Effect.sync(() => void rows.delete(matchId))
    })
  })
}

const encode = Schema.encodeSync(Fixture)

/** In one order: writers that cross do not wait for each other in a circle. */
const newestOfEach = (fixtures: ReadonlyArray<Fixture>): ReadonlyArray<Fixture> =>
  Table.lastOfEach(
    fixtures.toSorted((a, b) => a.updatedAt - b.updatedAt),
    ({ matchId }) => matchId
  ).toSorted((a, b) => (a.matchId < b.matchId ? -1 : 1))

const byStart = (a: Fixture, b: Fixture): number =>
  a.info.startsAt - b.info.startsAt || (a.matchId < b.matchId ? -1 : 1)
