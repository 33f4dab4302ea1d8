import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** What people who watch a server ask for every few seconds, from an index that holds little else. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`create index activities_pending on activities (updated_at) where status = 'pending'`
})
