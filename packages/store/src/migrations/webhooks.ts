import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Whom else the server tells of matches and deliveries, and what they are yet to be told. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table webhooks (
      webhook_id text collate "C" primary key,
      url text not null,
      types json not null,
      secret text not null,
      created_at bigint not null,
      failing_since bigint,
      ended_at bigint,
      ended_for text
    )`
  yield* sql`
    create table webhook_messages (
      message_id text collate "C" primary key,
      webhook_id text collate "C" not null,
      type text not null,
      body text not null,
      created_at bigint not null,
      due_at bigint not null,
      tries integer not null,
      done_at bigint,
      outcome text
    )`
  yield* sql`create index webhook_messages_due on webhook_messages (webhook_id, due_at) where done_at is null`
  yield* sql`create index webhook_messages_done on webhook_messages (done_at) where done_at is not null`
  yield* sql`create index webhook_messages_by_webhook on webhook_messages (webhook_id, created_at, message_id)`
})
