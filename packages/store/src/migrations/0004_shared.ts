import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** States that processes share, each under a name. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table shared_states (
      name text primary key,
      version int4 not null,
      state json not null
    )`
})
