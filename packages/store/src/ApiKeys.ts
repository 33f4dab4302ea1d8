import { Instant } from "@sightscreen/decider"
import { Context, Effect, Layer, Schema } from "effect"
import type { Fault, StoreError } from "./Fault.ts"
import * as Table from "./Table.ts"

/** A key that an operator or a service holds. What is kept is a hash: nobody who reads the table can use it. */
export const ApiKey = Schema.Struct({
  /** The part of it that may be seen. */
  keyId: Schema.NonEmptyString,
  /** Whose it is, in words. */
  name: Schema.NonEmptyString,
  role: Schema.Literals(["observer", "operator", "admin"]),
  /** Of the secret part. */
  hash: Schema.NonEmptyString,
  createdAt: Instant.Instant,
  revokedAt: Schema.NullOr(Instant.Instant)
})
export type ApiKey = typeof ApiKey.Type

export class ApiKeys extends Context.Service<
  ApiKeys,
  {
    /** False, and nothing changes, where there is one of that id. */
    readonly add: (key: ApiKey) => Effect.Effect<boolean, StoreError>
    readonly get: (keyId: string) => Effect.Effect<ApiKey | null, Fault>
    /** In the order of their ids, revoked ones as well. */
    readonly all: Effect.Effect<ReadonlyArray<ApiKey>, Fault>
    /** Tells whether there was a key that had not been revoked. */
    readonly revoke: (keyId: string, at: Instant.Instant) => Effect.Effect<boolean, StoreError>
  }
>()("@sightscreen/store/ApiKeys") {
  static readonly layer = Layer.effect(
    ApiKeys,
    Effect.gen(function* () {
      const { all, insert, read, readOne, sql, write } = yield* Table.open({
        name: "api_keys",
        row: ApiKey,
        fields: {
          keyId: "text",
          name: "text",
          role: "text",
          hash: "text",
          createdAt: "int8",
          revokedAt: "int8"
        },
        key: ({ keyId }) => String(keyId)
      })
      const done = (rows: ReadonlyArray<object>) => rows.length > 0
      return ApiKeys.of({
        add: (key) =>
          Effect.map(write("add", sql`${insert([key])} on conflict do nothing returning 1`), done),
        get: (keyId) => readOne("get", sql`select ${all} from api_keys where key_id = ${keyId}`),
        all: read("all", sql`select ${all} from api_keys order by key_id`),
        revoke: (keyId, at) =>
          Effect.map(
            write(
              "revoke",
              sql`update api_keys set revoked_at = ${at} where key_id = ${keyId} and revoked_at is null returning 1`
            ),
            done
          )
      })
    })
  )

  static readonly layerMemory = Layer.sync(ApiKeys, () => {
    const rows = new Map<string, ApiKey>()
    return ApiKeys.of({
      add: (key) =>
        Effect.sync(() => {
          if (rows.has(key.keyId)) return false
          rows.set(key.keyId, key)
          return true
        }),
      get: (keyId) => Effect.sync(() => rows.get(keyId) ?? null),
      all: Effect.sync(() => Table.inOrder([...rows.values()], ({ keyId }) => keyId)),
      revoke: (keyId, at) =>
        Effect.sync(() => {
          const row = rows.get(keyId)
          if (row === undefined || row.revokedAt !== null) return false
          rows.set(keyId, { ...row, revokedAt: at })
          return true
        })
    })
  })
}
