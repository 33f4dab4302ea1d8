import { EmbeddedPostgres } from "@sightscreen/store"
import { Effect } from "effect"

/** A process that starts a server on a folder, tells so, and then does nothing until it is ended. */
process.stdin.resume()
Effect.runFork(
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* EmbeddedPostgres.start(process.argv[2] ?? "", { settings: { fsync: "off" } })
      process.stdout.write(`${JSON.stringify(server)}\n`)
      return yield* Effect.never
    })
  )
)
