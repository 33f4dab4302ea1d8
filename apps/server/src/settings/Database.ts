import { Effect, Option, type Redacted, Result } from "effect"
import { catalogue } from "./Catalogue.ts"
import * as Environment from "./Environment.ts"
import { Server } from "./Server.ts"
import * as Setting from "./Setting.ts"

/** Where a server would keep everything, for commands that work beside one. */
export interface Database {
  readonly home: string
  readonly url: Option.Option<Redacted.Redacted<string>>
}

/** What the environment says of it; nothing else needs to be right. */
export const read: Effect.Effect<Database, Environment.BadSettings> = Effect.gen(function* () {
  const { given, problems } = yield* Environment.look(catalogue)
  const decoded = Setting.decode({ server: Server }, given)
  if (problems.length > 0 || Result.isFailure(decoded))
    return yield* new Environment.BadSettings({
      problems: [...problems, ...(Result.isFailure(decoded) ? decoded.failure : [])]
    })
  const { databaseUrl, home } = decoded.success.server
  return { home, url: Option.fromNullOr(databaseUrl) }
})
