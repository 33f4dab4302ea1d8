import { resolve } from "node:path"
import { EmbeddedPostgres, Sql } from "@sightscreen/store"
import { Console, Effect, Layer, Option } from "effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { SqlClient } from "effect/sql"
import * as Text from "../push/Text.ts"
import * as RealTime from "../RealTime.ts"
import * as Database from "../settings/Database.ts"
import * as Backup from "./Backup.ts"
import * as Restore from "./Restore.ts"

/** The database that a server would use, as it is found: nothing is migrated. Called as its own, so that a server is told apart. */
const database = Effect.map(Database.read, ({ home, url }) => {
  const applicationName = "sightscreen backup"
  return Option.match(url, {
    onSome: (url) => Sql.layerUnmigrated({ url, applicationName }),
    onNone: () =>
      Layer.unwrap(
        Effect.map(EmbeddedPostgres.start(`${resolve(home)}/postgres`), (server) =>
          Sql.layerUnmigrated({ ...EmbeddedPostgres.connection(server), applicationName })
        )
      )
  })
})

const withDatabase = <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.flatMap(database, (layer) => Effect.provide(effect, layer)).pipe(Effect.scoped, RealTime.provide)

const tell = (words: string, rows: Readonly<Record<string, number>>) =>
  Console.log(
    `${words}\n${Text.fields(Object.entries(rows).map(([table, count]) => [table, String(count)]))}`
  )

const file = Argument.String("file")

export const backup = Command.make("backup", { file }, ({ file }) =>
  Effect.flatMap(withDatabase(Backup.write(file)), (rows) => tell(`${file} holds`, rows))
).pipe(
  Command.withDescription(
    "Writes all tables, as they are at one moment, into a new file that only its owner may read. A server may run\n" +
      "  meanwhile. It holds the tokens of people's phones, so it is to be kept like the database itself."
  ),
  Command.withShortDescription("Write all that is kept into a file")
)

export const restore = Command.make(
  "restore",
  {
    file,
    replace: Flag.Boolean("replace").pipe(
      Flag.withDescription("Put it in the place of what the database holds"),
      Flag.withDefault(false)
    ),
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Say whether the file is whole, and change nothing"),
      Flag.withDefault(false)
    )
  },
  ({ check, file, replace }) =>
    check
      ? Effect.flatMap(Restore.look(file), (rows) => tell(`${file} is whole and holds`, rows))
      : Effect.flatMap(withDatabase(Restore.read(file, { replace })), (rows) =>
          tell(`Restored from ${file}`, rows)
        )
).pipe(
  Command.withDescription(
    "Puts what `backup` wrote into the database, all of it or nothing: a file that is damaged, or that a newer version\n" +
      "  made, changes nothing. No server may use the database meanwhile. A backup that an older version made is\n" +
      "  brought forward."
  ),
  Command.withShortDescription("Put what a file holds into the database")
)
