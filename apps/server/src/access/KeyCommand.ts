import { Instant } from "@sightscreen/decider"
import { ApiKeys } from "@sightscreen/store"
import { Clock, Console, DateTime, Effect, Redacted } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as Live from "../Live.ts"
import * as Database from "../settings/Database.ts"
import * as Keys from "./Keys.ts"

/** Operators' keys: made, listed and revoked by whoever has the database. */
const withStore = <A, E>(work: Effect.Effect<A, E, ApiKeys.ApiKeys>) =>
  Effect.flatMap(Database.read, ({ home, url }) => Effect.provide(work, Live.keys(home, url)))

const add = Command.make(
  "add",
  {
    name: Argument.String("name"),
    role: Flag.Literals("role", ["observer", "operator", "admin"]).pipe(
      Flag.withDescription("observer looks; operator acts on matches; admin speaks to people as well"),
      Flag.withDefault("observer" as const)
    )
  },
  ({ name, role }) =>
    withStore(
      Effect.gen(function* () {
        const { key, keyId } = yield* Keys.make(name, role)
        yield* Console.log(`${Redacted.value(key)}`)
        yield* Console.error(
          `key ${keyId} for ${name}, ${role}; it is shown this once. Send it as X-API-Key.`
        )
      })
    )
).pipe(Command.withShortDescription("Make a key, and print it"))

const list = Command.make("list", {}, () =>
  withStore(
    Effect.gen(function* () {
      const keys = yield* ApiKeys.ApiKeys
      for (const { createdAt, keyId, name, revokedAt, role } of yield* keys.all) {
        const since = DateTime.formatIso(DateTime.makeUnsafe(createdAt))
        yield* Console.log(
          `${keyId}  ${role.padEnd(8)}  ${since}  ${name}${revokedAt === null ? "" : "  (revoked)"}`
        )
      }
    })
  )
).pipe(Command.withShortDescription("List all keys, without their secrets"))

const revoke = Command.make("revoke", { id: Argument.String("id") }, ({ id }) =>
  withStore(
    Effect.gen(function* () {
      const keys = yield* ApiKeys.ApiKeys
      const done = yield* keys.revoke(id, Instant.fromMillis(yield* Clock.currentTimeMillis))
      yield* Console.log(
        done ? `key ${id} opens nothing any more` : `there is no key ${id} that opens anything`
      )
      if (!done) process.exitCode = 1
    })
  )
).pipe(Command.withShortDescription("Revoke a key, by its id"))

export const key = Command.make("key").pipe(
  Command.withDescription("Keys of those who run the server, for the routes under /v1/admin."),
  Command.withShortDescription("Operators' keys"),
  Command.withSubcommands([add, list, revoke])
)
