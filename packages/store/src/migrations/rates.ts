import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** What callers have asked of all processes together. It is worth nothing after a fall, so nothing of it is logged. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create unlogged table rate_counts (
      name text collate "C" primary key,
      requests float8 not null,
      most float8 not null,
      per_milli float8 not null,
      at bigint not null
    )`
})
