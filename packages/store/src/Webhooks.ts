import { Instant } from "@sightscreen/decider"
import { WebhookNotice } from "@sightscreen/domain"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { type Fault, type StoreError, UnreadableRow } from "./Fault.ts"
import type { Page } from "./Page.ts"
import * as Table from "./Table.ts"
import { Vault } from "./Vault.ts"

/** Another system that is told what happens here. */
export const Webhook = Schema.Struct({
  webhookId: Schema.NonEmptyString,
  url: Schema.String,
  types: Schema.Array(WebhookNotice.Type),
  /** What its messages are signed with. */
  secret: Schema.String,
  createdAt: Instant.Instant,
  /** Since when no message has got through; null while all is well. */
  failingSince: Schema.NullOr(Instant.Instant),
  /** It is told nothing any more. */
  endedAt: Schema.NullOr(Instant.Instant),
  endedFor: Schema.NullOr(Schema.String)
})

export interface Webhook extends Omit<typeof Webhook.Type, "secret"> {
  readonly secret: Redacted.Redacted<string>
}

/** Its secret is sealed with a secret that is not here, or was meddled with. */
const unopened = ({ webhookId }: typeof Webhook.Type) =>
  new UnreadableRow({ table: "webhooks", key: webhookId, fields: ["secret"] })

const hidden = ({ secret, ...row }: typeof Webhook.Type): Webhook => ({
  ...row,
  secret: Redacted.make(secret)
})

/** Something that a webhook is told, the very bytes. */
export const Message = Schema.Struct({
  messageId: Schema.NonEmptyString,
  webhookId: Schema.NonEmptyString,
  type: WebhookNotice.Type,
  body: Schema.String,
  createdAt: Instant.Instant,
  /** When it is tried next. */
  dueAt: Instant.Instant,
  tries: Schema.Int,
  doneAt: Schema.NullOr(Instant.Instant),
  /** What came of the last try. */
  outcome: Schema.NullOr(Schema.String)
})
export type Message = typeof Message.Type

export type Draft = Pick<Message, "messageId" | "webhookId" | "type" | "body" | "createdAt">

export interface Settled {
  readonly messageId: string
  readonly outcome: string
  /** When it is tried again; null where it is not. */
  readonly dueAt: Instant.Instant | null
  readonly at: Instant.Instant
}

/** How many messages may wait for one webhook; what comes on top of them is dropped. */
export const mostWaiting = 10_000

export class Webhooks extends Context.Service<
  Webhooks,
  {
    readonly add: (webhook: Webhook) => Effect.Effect<void, StoreError>
    readonly get: (webhookId: string) => Effect.Effect<Webhook | null, Fault>
    /** All of them, in the order of their ids. */
    readonly list: Effect.Effect<ReadonlyArray<Webhook>, Fault>
    /** With its messages. False where there is none. */
    readonly remove: (webhookId: string) => Effect.Effect<boolean, StoreError>
    /** It is told nothing any more, and what waited for it is done; null begins it anew. False where there is none. */
    readonly end: (
      webhookId: string,
      ended: { readonly at: Instant.Instant; readonly why: string } | null
    ) => Effect.Effect<boolean, StoreError>
    /** Whether messages get through: since when not, where they do not; an earlier moment is kept. Tells since when. */
    readonly noteFailing: (
      webhookId: string,
      since: Instant.Instant | null
    ) => Effect.Effect<Instant.Instant | null, StoreError>
    /** Messages to be sent at once, each once by its id. Tells how many were taken; see `mostWaiting`. */
    readonly offer: (drafts: ReadonlyArray<Draft>) => Effect.Effect<number, StoreError>
    /** Webhooks with a message that is due, in the order of their ids. */
    readonly due: (at: Instant.Instant) => Effect.Effect<ReadonlyArray<string>, StoreError>
    /** The oldest that are due, which nobody else is given until then. */
    readonly claim: (
      webhookId: string,
      at: Instant.Instant,
      until: Instant.Instant,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Message>, Fault>
    /** One more try was made. */
    readonly settle: (settled: Settled) => Effect.Effect<void, StoreError>
    /** The newest first. `after` is the id of the last one of the page before. */
    readonly messagesOf: (webhookId: string, page: Page) => Effect.Effect<ReadonlyArray<Message>, Fault>
    /** How many wait, for all webhooks. */
    readonly waiting: Effect.Effect<number, StoreError>
    /** Drops messages that were done before then, and tells how many. */
    readonly forget: (before: Instant.Instant) => Effect.Effect<number, StoreError>
  }
>()("@sightscreen/store/Webhooks") {
  static readonly layer = Layer.effect(
    Webhooks,
    Effect.gen(function* () {
      const vault = yield* Vault
      const opened = (row: typeof Webhook.Type): Effect.Effect<Webhook, UnreadableRow> => {
        const secret = vault.open(row.secret)
        return secret === null ? Effect.fail(unopened(row)) : Effect.succeed(hidden({ ...row, secret }))
      }
      const webhooks = yield* Table.open({
        name: "webhooks",
        row: Webhook,
        fields: {
          webhookId: "text",
          url: "text",
          types: "json",
          secret: "text",
          createdAt: "int8",
          failingSince: "int8",
          endedAt: "int8",
          endedFor: "text"
        },
        key: ({ webhookId }) => String(webhookId)
      })
      const { all, drop, insert, read, sql, write } = yield* Table.open({
        name: "webhook_messages",
        row: Message,
        fields: {
          messageId: "text",
          webhookId: "text",
          type: "text",
          body: "text",
          createdAt: "int8",
          dueAt: "int8",
          tries: "int4",
          doneAt: "int8",
          outcome: "text"
        },
        key: ({ messageId }) => String(messageId)
      })
      return Webhooks.of({
        add: (webhook) =>
          webhooks
            .write(
              "add",
              sql`${webhooks.insert([{ ...webhook, secret: vault.sealSecret(Redacted.value(webhook.secret)) }])}`
            )
            .pipe(Effect.asVoid),
        get: (webhookId) =>
          webhooks
            .readOne("get", sql`select ${webhooks.all} from webhooks where webhook_id = ${webhookId}`)
            .pipe(Effect.flatMap((row) => (row === null ? Effect.succeed(null) : opened(row)))),
        list: webhooks
          .read("list", sql`select ${webhooks.all} from webhooks order by webhook_id`)
          .pipe(Effect.flatMap((rows) => Effect.forEach(rows, opened))),
        remove: (webhookId) =>
          webhooks
            .write(
              "remove",
              sql`with gone as (delete from webhook_messages where webhook_id = ${webhookId})
                delete from webhooks where webhook_id = ${webhookId} returning 1`
            )
            .pipe(Effect.map((gone) => gone.length > 0)),
        end: (webhookId, ended) =>
          webhooks
            .write(
              "end",
              sql`with done as (
                  update webhook_messages set done_at = ${ended?.at ?? 0}, outcome = 'the webhook ended'
                  where webhook_id = ${webhookId} and done_at is null and ${ended !== null}::bool)
                update webhooks set ended_at = ${ended?.at ?? null}::int8, ended_for = ${ended?.why ?? null}::text,
                  failing_since = null
                where webhook_id = ${webhookId} returning 1`
            )
            .pipe(Effect.map((changed) => changed.length > 0)),
        noteFailing: (webhookId, since) =>
          webhooks
            .write(
              "noteFailing",
              sql<{ readonly since: number | null }>`
                update webhooks set failing_since = least(failing_since, ${since}::int8)
                where webhook_id = ${webhookId} and ${since !== null}::bool
                  and (failing_since is null or failing_since > ${since}::int8)
                returning failing_since::float8 as since`.pipe(
                Effect.flatMap((changed) =>
                  changed.length > 0
                    ? Effect.succeed(changed)
                    : since === null
                      ? sql<{ readonly since: number | null }>`
                          update webhooks set failing_since = null
                          where webhook_id = ${webhookId} and failing_since is not null
                          returning null::float8 as since`
                      : sql<{ readonly since: number | null }>`
                          select failing_since::float8 as since from webhooks where webhook_id = ${webhookId}`
                )
              )
            )
            .pipe(Effect.map(([row]) => (row?.since == null ? null : Instant.fromMillis(row.since)))),
        offer: (drafts) =>
          drafts.length === 0
            ? Effect.succeed(0)
            : write(
                "offer",
                sql`${insert(drafts.map(asWaiting))}
                  where (select count(*) from (
                    select 1 from webhook_messages as w
                    where w.webhook_id = t."webhookId" and w.done_at is null limit ${mostWaiting}) as full_up
                  ) < ${mostWaiting}
                  on conflict do nothing returning 1`
              ).pipe(Effect.map((taken) => taken.length)),
        due: (at) =>
          write(
            "due",
            sql<{ readonly id: string }>`
              select w.webhook_id as id from webhooks as w
              where w.ended_at is null and exists (
                select 1 from webhook_messages as m
                where m.webhook_id = w.webhook_id and m.done_at is null and m.due_at <= ${at})
              order by 1`
          ).pipe(Effect.map((rows) => rows.map(({ id }) => id))),
        claim: (webhookId, at, until, limit) =>
          read(
            "claim",
            sql`update webhook_messages set due_at = ${until}
              where message_id in (
                select message_id from webhook_messages
                where webhook_id = ${webhookId} and done_at is null and due_at <= ${at}
                order by due_at, created_at, message_id limit ${limit} for update skip locked)
              returning ${all}`
          ).pipe(Effect.map((rows) => rows.toSorted(inTurn))),
        settle: ({ at, dueAt, messageId, outcome }) =>
          write(
            "settle",
            sql`update webhook_messages set
                tries = tries + 1, outcome = ${outcome}, due_at = coalesce(${dueAt}::int8, due_at),
                done_at = case when ${dueAt}::int8 is null then ${at}::int8 end
              where message_id = ${messageId} and done_at is null`
          ).pipe(Effect.asVoid),
        messagesOf: (webhookId, { after, limit }) =>
          read(
            "messagesOf",
            sql`select ${all} from webhook_messages
              where webhook_id = ${webhookId} and (${after}::text is null or (created_at, message_id) < (
                select created_at, message_id from webhook_messages where message_id = ${after}))
              order by created_at desc, message_id desc limit ${limit}`
          ),
        waiting: write(
          "waiting",
          sql<{ readonly count: number }>`
            select count(*)::float8 as count from webhook_messages where done_at is null`
        ).pipe(Effect.map(([row]) => row?.count ?? 0)),
        forget: (before) => drop("forget", sql`done_at < ${before}`)
      })
    })
  )

  static readonly layerMemory = Layer.sync(Webhooks, () => {
    const webhooks = new Map<string, Webhook>()
    const messages = new Map<string, Message>()
    const those = (webhookId: string) => [...messages.values()].filter((one) => one.webhookId === webhookId)
    const isDue = (one: Message, at: Instant.Instant) => one.doneAt === null && one.dueAt <= at
    const change = (webhookId: string, how: (webhook: Webhook) => Webhook): boolean => {
      const webhook = webhooks.get(webhookId)
      if (webhook !== undefined) webhooks.set(webhookId, how(webhook))
      return webhook !== undefined
    }
    return Webhooks.of({
      add: (webhook) => Effect.sync(() => void webhooks.set(webhook.webhookId, webhook)),
      get: (webhookId) => Effect.sync(() => webhooks.get(webhookId) ?? null),
      list: Effect.sync(() => [...webhooks.values()].sort((a, b) => (a.webhookId < b.webhookId ? -1 : 1))),
      remove: (webhookId) =>
        Effect.sync(() => {
          for (const { messageId } of those(webhookId)) messages.delete(messageId)
          return webhooks.delete(webhookId)
        }),
      end: (webhookId, ended) =>
        Effect.sync(() => {
          if (ended !== null) {
            for (const one of those(webhookId)) {
              if (one.doneAt !== null) continue
              messages.set(one.messageId, { ...one, doneAt: ended.at, outcome: "the webhook ended" })
            }
          }
          return change(webhookId, (webhook) => ({
            ...webhook,
            endedAt: ended?.at ?? null,
            endedFor: ended?.why ?? null,
            failingSince: null
          }))
        }),
      noteFailing: (webhookId, since) =>
        Effect.sync(() => {
          change(webhookId, (webhook) => ({
            ...webhook,
            failingSince:
              since === null || webhook.failingSince === null
                ? since
                : Instant.isBefore(since, webhook.failingSince)
                  ? since
                  : webhook.failingSince
          }))
          return webhooks.get(webhookId)?.failingSince ?? null
        }),
      offer: (drafts) =>
        Effect.sync(() => {
          // As a statement sees it: what it adds itself is not counted.
          const room = new Map(
            [...new Set(drafts.map(({ webhookId }) => webhookId))].map((webhookId) => [
              webhookId,
              those(webhookId).filter(({ doneAt }) => doneAt === null).length < mostWaiting
            ])
          )
          const taken = drafts.filter(
            ({ messageId, webhookId }) => room.get(webhookId) === true && !messages.has(messageId)
          )
          for (const draft of taken) messages.set(draft.messageId, asWaiting(draft))
          return new Set(taken.map(({ messageId }) => messageId)).size
        }),
      due: (at) =>
        Effect.sync(() =>
          [...webhooks.values()]
            .filter(
              ({ endedAt, webhookId }) => endedAt === null && those(webhookId).some((one) => isDue(one, at))
            )
            .map(({ webhookId }) => webhookId)
            .sort()
        ),
      claim: (webhookId, at, until, limit) =>
        Effect.sync(() =>
          those(webhookId)
            .filter((one) => isDue(one, at))
            .sort((a, b) => a.dueAt - b.dueAt || inTurn(a, b))
            .slice(0, limit)
            .map((one) => {
              const claimed = { ...one, dueAt: until }
              messages.set(one.messageId, claimed)
              return claimed
            })
            .sort(inTurn)
        ),
      settle: ({ at, dueAt, messageId, outcome }) =>
        Effect.sync(() => {
          const one = messages.get(messageId)
          if (one === undefined || one.doneAt !== null) return
          messages.set(messageId, {
            ...one,
            tries: one.tries + 1,
            outcome,
            dueAt: dueAt ?? one.dueAt,
            doneAt: dueAt === null ? at : null
          })
        }),
      messagesOf: (webhookId, { after, limit }) =>
        Effect.sync(() => {
          const last = after === null ? null : (messages.get(after) ?? null)
          return those(webhookId)
            .filter((one) => after === null || (last !== null && inTurn(one, last) < 0))
            .sort((a, b) => inTurn(b, a))
            .slice(0, limit)
        }),
      waiting: Effect.sync(() => [...messages.values()].filter(({ doneAt }) => doneAt === null).length),
      forget: (before) =>
        Effect.sync(() => {
          const gone = [...messages.values()].filter(({ doneAt }) => doneAt !== null && doneAt < before)
          for (const { messageId } of gone) messages.delete(messageId)
          return gone.length
        })
    })
  })
}

const asWaiting = (draft: Draft): Message => ({
  ...draft,
  dueAt: draft.createdAt,
  tries: 0,
  doneAt: null,
  outcome: null
})

/** In the order in which they came to be. */
const inTurn = (a: Message, b: Message): number =>
  a.createdAt - b.createdAt || (a.messageId < b.messageId ? -1 : a.messageId > b.messageId ? 1 : 0)
