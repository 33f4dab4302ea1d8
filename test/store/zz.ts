import { EmbeddedPostgres } from "@sightscreen/store"
import { Effect } from "effect"
const t = performance.now()
await Effect.runPromise(
  Effect.scoped(EmbeddedPostgres.start(process.argv[2]!)).pipe(
    Effect.match({
      onSuccess: (s) => console.log(s, Math.round(performance.now() - t)),
      onFailure: (e) => console.log(e.message)
    })
  )
)
