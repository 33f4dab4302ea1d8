import * as fs from "node:fs"
import { Effect, type Scope } from "effect"

/** Says which process serves from a folder, in `pid` there, for as long as the scope lasts. */
export const hold = (home: string): Effect.Effect<void, never, Scope.Scope> => {
  const file = `${home}/pid`
  return Effect.asVoid(
    Effect.acquireRelease(
      Effect.sync(() => fs.writeFileSync(file, `${process.pid}\n`)),
      () =>
        Effect.sync(() => {
          // Another server may have come in its place.
          const written = fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : ""
          if (written === `${process.pid}`) fs.rmSync(file, { force: true })
        })
    )
  )
}
