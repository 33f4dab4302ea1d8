import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { once } from "node:events"
import { finished } from "node:stream/promises"
import { createGzip } from "node:zlib"
import { Sql, Tables } from "@sightscreen/store"
import { DateTime, Effect, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { oneLine } from "../doctor/oneLine.ts"
import { CannotBackUp, type Foot, format, type Head } from "./Line.ts"

/** A file that is written beside its name and takes it when it is whole; only its owner may read it. */
const open = (file: string) => {
  const half = `${file}.${process.pid}.part`
  const out = fs.createWriteStream(half, { fd: fs.openSync(half, "wx", 0o600) })
  const zip = createGzip()
  zip.pipe(out)
  // What goes wrong with the file goes wrong with who writes it.
  let failure: Error | null = null
  out.on("error", (why) => {
    failure ??= why
    zip.destroy()
  })
  const digest = createHash("sha256")
  return {
    write: async (line: string): Promise<void> => {
      const text = `${line}\n`
      digest.update(text)
      if (failure === null && !zip.write(text)) await Promise.race([once(zip, "drain"), once(zip, "close")])
      if (failure !== null) throw failure
    },
    close: async (foot: (sha256: string) => string): Promise<void> => {
      zip.end(`${foot(digest.digest("hex"))}\n`)
      await finished(out)
      const done = await fs.promises.open(half, "r")
      await done.sync()
      await done.close()
      // Linking refuses to take the place of another file, where renaming would.
      await fs.promises.link(half, file)
      await fs.promises.unlink(half)
    },
    abandon: (): void => {
      zip.destroy()
      out.destroy()
      fs.rmSync(half, { force: true })
    }
  }
}

/** All tables as they were at one moment, while a server goes on writing. Tells how many rows each has. */
export const write = (
  file: string
): Effect.Effect<Foot["rows"], CannotBackUp | Sql.OtherEdition, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    if (fs.existsSync(file)) return yield* new CannotBackUp({ file, problem: "it is there already" })
    const sql = yield* SqlClient.SqlClient
    const rows: Record<string, number> = {}
    const failed = (why: unknown) => new CannotBackUp({ file, problem: oneLine(why) })
    const into = yield* Effect.try({ try: () => open(file), catch: failed })
    const say = (line: string) => Effect.tryPromise({ try: () => into.write(line), catch: failed })

    const copy = Effect.gen(function* () {
      yield* sql`set transaction isolation level repeatable read, read only`
      yield* Sql.refuseOthers
      const head: Head = {
        backup: "sightscreen",
        format,
        migration: Sql.latest,
        madeAt: DateTime.formatIso(yield* DateTime.now)
      }
      yield* say(JSON.stringify({ head }))
      for (const table of Tables.names) {
        yield* say(JSON.stringify({ table }))
        rows[table] = 0
        yield* sql<{
          readonly row: string
        }>`select row_to_json(t)::text as row from ${sql(table)} as t`.stream.pipe(
          Stream.runForEach(({ row }) => {
            rows[table]! += 1
            return say(`{"row":${row}}`)
          })
        )
      }
    }).pipe(sql.withTransaction)

    yield* copy.pipe(
      Effect.mapError((error) =>
        error._tag === "CannotBackUp" || error._tag === "OtherEdition" ? error : failed(error)
      ),
      Effect.andThen(
        Effect.tryPromise({
          try: () => into.close((sha256) => JSON.stringify({ foot: { rows, sha256 } satisfies Foot })),
          catch: failed
        })
      ),
      Effect.onError(() => Effect.sync(() => into.abandon()))
    )
    return rows
  })
