import type { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Schema } from "effect"
import type { StoreError } from "./Fault.ts"
import * as Table from "./Table.ts"

/**
 * What is said once to each subject in each match, such as to a person or a device, and by whoever comes first.
 *
 * To claim is to promise to say it; whoever cannot keep the promise gives it back.
 */
export class Notices extends Context.Service<
  Notices,
  {
    /** Those that nobody had claimed, in the order given. Of many who claim at once one gets each. */
    readonly claim: (
      kind: string,
      matchId: Ids.MatchId,
      subjects: ReadonlyArray<string>,
      at: Instant.Instant
    ) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /** They can be claimed again. */
    readonly release: (
      kind: string,
      matchId: Ids.MatchId,
      subjects: ReadonlyArray<string>
    ) => Effect.Effect<void, StoreError>
    /**
     * Those claimed before then, the oldest first, which nobody else is given for a while: they count as claimed at `at`. For
     * promises that a fall may have broken.
     */
    readonly take: (
      kind: string,
      before: Instant.Instant,
      at: Instant.Instant,
      limit: number
    ) => Effect.Effect<ReadonlyArray<{ readonly matchId: Ids.MatchId; readonly subject: string }>, StoreError>
    /** Drops all that these subjects were told, and tells how many. */
    readonly erase: (subjects: ReadonlyArray<string>) => Effect.Effect<number, StoreError>
    /** Drops those claimed before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Notices") {
  static readonly layer = Layer.effect(
    Notices,
    Effect.gen(function* () {
      const { drop, sql, write } = yield* Table.open({
        name: "notices",
        row: Schema.Struct({ kind: Schema.String, subject: Schema.String, matchId: Schema.String }),
        fields: { kind: "text", subject: "text", matchId: "text" },
        key: ({ kind, matchId, subject }) => [kind, subject, matchId].join("/")
      })
      return Notices.of({
        claim: (kind, matchId, subjects, at) => {
          const asked = [...new Set(subjects)]
          return write(
            "claim",
            // In one order: claims that cross do not wait for each other in a circle.
            sql<{ readonly subject: string }>`
              insert into notices (kind, subject, match_id, at)
              select ${kind}, subject, ${matchId}, ${at} from unnest(${Table.texts(sql, asked.toSorted())}) as t(subject)
              on conflict do nothing returning subject`
          ).pipe(
            Effect.map((claimed) => {
              const got = new Set(claimed.map(({ subject }) => subject))
              return asked.filter((subject) => got.has(subject))
            })
          )
        },
        release: (kind, matchId, subjects) =>
          write(
            "release",
            sql`delete from notices
              where kind = ${kind} and match_id = ${matchId} and subject = any(${Table.texts(sql, subjects)})`
          ).pipe(Effect.asVoid),
        take: (kind, before, at, limit) =>
          write(
            "take",
            sql<{ readonly matchId: Ids.MatchId; readonly subject: string }>`
              update notices as n set at = ${at} from (
                select subject, match_id from notices where kind = ${kind} and at < ${before}
                order by at, subject, match_id limit ${limit} for update skip locked
              ) as t
              where n.kind = ${kind} and n.subject = t.subject and n.match_id = t.match_id
              returning n.match_id as "matchId", n.subject`
          ),
        erase: (subjects) => drop("erase", sql`subject = any(${Table.texts(sql, subjects)})`),
        forget: (before) => drop("forget", sql`at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.sync(Notices, () => {
    const claimed = new Map<string, Instant.Instant>()
    const key = (kind: string, matchId: string, subject: string) => JSON.stringify([kind, subject, matchId])
    return Notices.of({
      claim: (kind, matchId, subjects, at) =>
        Effect.sync(() =>
          subjects.filter((subject) => {
            const name = key(kind, matchId, subject)
            if (claimed.has(name)) return false
            claimed.set(name, at)
            return true
          })
        ),
      release: (kind, matchId, subjects) =>
        Effect.sync(() => {
          for (const subject of subjects) claimed.delete(key(kind, matchId, subject))
        }),
      take: (kind, before, at, limit) =>
        Effect.sync(() =>
          [...claimed]
            .map(([name, since]) => {
              const [of, subject, matchId] = JSON.parse(name) as readonly [string, string, Ids.MatchId]
              return { name, of, subject, matchId, since }
            })
            .filter((one) => one.of === kind && one.since < before)
            .sort((a, b) => a.since - b.since || (a.name < b.name ? -1 : 1))
            .slice(0, limit)
            .map(({ matchId, name, subject }) => {
              claimed.set(name, at)
              return { matchId, subject }
            })
        ),
      erase: (subjects) =>
        Effect.sync(() => {
          const asked = new Set(subjects)
          const gone = [...claimed.keys()].filter((name) =>
            asked.has((JSON.parse(name) as [string, string])[1])
          )
          for (const name of gone) claimed.delete(name)
          return gone.length
        }),
      forget: (before) =>
        Effect.sync(() => {
          const gone = [...claimed].filter(([, at]) => at < before)
          for (const [name] of gone) claimed.delete(name)
          return gone.length
        })
    })
  })
}
