import { Instant } from "@sightscreen/decider"
import { Context, Effect, Layer, Schema } from "effect"
import { type Fault, type StoreError, UnreadableRow } from "./Fault.ts"
import * as Table from "./Table.ts"
import { Vault } from "./Vault.ts"

/** What a request was answered, to be said again. It may hold what is told once only, and lies sealed in the database. */
export const Answer = Schema.Struct({
  status: Schema.Int,
  contentType: Schema.NullOr(Schema.String),
  body: Schema.String
})
export type Answer = typeof Answer.Type

/** A request that is carried out once, under the name that its caller gave it. */
export const Request = Schema.Struct({
  /** Caller, and then route and key, mixed so that nothing of them can be read. */
  name: Schema.NonEmptyString,
  /** Of what was asked: another request under the same name is not the same. */
  fingerprint: Schema.String,
  /** Who carries it out. */
  claim: Schema.String,
  at: Instant.Instant,
  /** Null while it is being carried out. */
  answer: Schema.NullOr(Answer)
})
export type Request = typeof Request.Type

export class Requests extends Context.Service<
  Requests,
  {
    /**
     * Claims a name that nobody has, or whose claim was never answered and is from before `forgottenBefore`. Null where the
     * claim was granted; else the request that has the name. Of many who claim at once one is granted.
     */
    readonly claim: (
      request: Omit<Request, "answer">,
      forgottenBefore: Instant.Instant
    ) => Effect.Effect<Request | null, Fault>
    /** False, and nothing changes, where somebody else has taken the claim over. */
    readonly answer: (name: string, claim: string, answer: Answer) => Effect.Effect<boolean, StoreError>
    /** Gives a claim back that came to nothing. */
    readonly release: (name: string, claim: string) => Effect.Effect<void, StoreError>
    /** Drops those whose names begin so, and tells how many. */
    readonly erase: (beginning: string) => Effect.Effect<number, StoreError>
    /** Drops those claimed before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Requests") {
  static readonly layer = Layer.effect(
    Requests,
    Effect.gen(function* () {
      const { all, drop, readOne, sql, write } = yield* Table.open({
        name: "requests",
        row: Request,
        fields: { name: "text", fingerprint: "text", claim: "text", at: "int8", answer: "json" },
        key: () => "a request"
      })
      const vault = yield* Vault
      const opened = (row: Request): Effect.Effect<Request, UnreadableRow> => {
        if (row.answer === null) return Effect.succeed(row)
        const body = vault.open(row.answer.body)
        return body === null
          ? Effect.fail(new UnreadableRow({ table: "requests", key: "a request", fields: ["answer"] }))
          : Effect.succeed({ ...row, answer: { ...row.answer, body } })
      }
      return Requests.of({
        claim: ({ at, claim, fingerprint, name }, forgottenBefore) =>
          Effect.gen(function* () {
            const granted = yield* write(
              "claim",
              sql`insert into requests as r (name, fingerprint, claim, at, answer)
                values (${name}, ${fingerprint}, ${claim}, ${at}, null)
                on conflict (name) do update
                  set claim = excluded.claim, at = excluded.at
                  where r.answer is null and r.at < ${forgottenBefore} and r.fingerprint = excluded.fingerprint
                returning 1`
            )
            if (granted.length > 0) return null
            const found = yield* readOne("claim", sql`select ${all} from requests where name = ${name}`)
            // It was given back between the two: whoever asks again gets it.
            return found === null ? { name, fingerprint, claim: "", at, answer: null } : yield* opened(found)
          }),
        answer: (name, claim, answer) =>
          write(
            "answer",
            sql`update requests set answer = ${JSON.stringify({ ...answer, body: vault.sealSecret(answer.body) })}::json
              where name = ${name} and claim = ${claim} and answer is null returning 1`
          ).pipe(Effect.map((done) => done.length > 0)),
        release: (name, claim) =>
          write(
            "release",
            sql`delete from requests where name = ${name} and claim = ${claim} and answer is null`
          ).pipe(Effect.asVoid),
        erase: (beginning) => drop("erase", sql`starts_with(name, ${beginning})`),
        forget: (before) => drop("forget", sql`at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.sync(Requests, () => {
    const rows = new Map<string, Request>()
    return Requests.of({
      claim: (request, forgottenBefore) =>
        Effect.sync(() => {
          const found = rows.get(request.name)
          const isFree =
            found === undefined ||
            (found.answer === null && found.at < forgottenBefore && found.fingerprint === request.fingerprint)
          if (!isFree) return found
          rows.set(request.name, { ...request, answer: null })
          return null
        }),
      answer: (name, claim, answer) =>
        Effect.sync(() => {
          const row = rows.get(name)
          if (row === undefined || row.claim !== claim || row.answer !== null) return false
          rows.set(name, { ...row, answer })
          return true
        }),
      release: (name, claim) =>
        Effect.sync(() => {
          const row = rows.get(name)
          if (row?.claim === claim && row.answer === null) rows.delete(name)
        }),
      erase: (beginning) =>
        Effect.sync(() => {
          const gone = [...rows.keys()].filter((name) => name.startsWith(beginning))
          for (const name of gone) rows.delete(name)
          return gone.length
        }),
      forget: (before) =>
        Effect.sync(() => {
          const gone = [...rows.values()].filter(({ at }) => at < before)
          for (const { name } of gone) rows.delete(name)
          return gone.length
        })
    })
  })
}
