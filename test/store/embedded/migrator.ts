import { Sql } from "@sightscreen/store"
import { Effect, Layer } from "effect"

/** A process that opens a database as a server does, and ends. */
const config = JSON.parse(process.argv[2] ?? "{}")
await Effect.runPromise(Effect.scoped(Layer.build(Sql.layer(config))))
process.exit(0)
