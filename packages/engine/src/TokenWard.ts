import type { Instant } from "@sightscreen/decider"
import type { Notification } from "@sightscreen/apns"
import { Consequence, PushToken, RetirementBreaker, Retry } from "@sightscreen/domain"
import { type Fault, PushTokens } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { AppSettings } from "./AppSettings.ts"
import { type Answered, Dispatcher, type Mailing, type Recipient } from "./Dispatcher.ts"
import { now } from "./Now.ts"

/** What a push has in common with others of its mailing, as far as it says which tokens it went to. */
type Sent = Pick<Mailing, "kind" | "sealed">

/** What is known now of a token that Apple had a word about. */
export interface Judged {
  readonly recipient: Recipient
  /** No push goes to it from here any more. */
  readonly gone: boolean
}

/**
 * Takes push tokens through their decider as Apple's answers come in, behind a breaker that stops mass retirement.
 */
export class TokenWard extends Context.Service<
  TokenWard,
  {
    /** Those that Apple refused, and what became of them. People are told what only people can mend. */
    readonly judge: (
      mailing: Mailing,
      answers: ReadonlyArray<Answered>
    ) => Effect.Effect<ReadonlyArray<Judged>, Fault.Fault>
    /** Retirement stands still, since when; null while it goes on. */
    readonly heldSince: Effect.Effect<Instant.Instant | null>
  }
>()("@sightscreen/engine/TokenWard") {
  /** How many refused tokens are looked at once. */
  static readonly concurrency = 16
  /** How many suspected tokens are remembered; of those that are forgotten no acceptance is noted. */
  static readonly remembered = 10_000

  static readonly layer = Layer.effect(
    TokenWard,
    Effect.gen(function* () {
      const { bundleId, environment } = yield* AppSettings
      const dispatcher = yield* Dispatcher
      const tokens = yield* PushTokens.PushTokens
      let breaker = RetirementBreaker.closed
      /** Tokens that this process suspects: reading every token that Apple takes would cost a read for each push. */
      const suspects = new Set<string>()
      const suspect = (token: string): void => {
        const [oldest] = suspects
        if (suspects.size >= TokenWard.remembered && oldest !== undefined) suspects.delete(oldest)
        suspects.add(token)
      }

      const addressOf = (sent: Sent, { token }: Recipient): PushTokens.Address => ({
        token,
        kind: Retry.tokenKind[sent.kind],
        environment,
        bundleId
      })

      const load = (address: PushTokens.Address) =>
        Effect.map(
          tokens.byToken(address.token),
          (known) =>
            known.find(
              (one) =>
                one.kind === address.kind &&
                one.environment === address.environment &&
                one.bundleId === address.bundleId
            ) ?? null
        )

      /** The same push to the other host: whether it takes the token there. Where there is no such host it does not. */
      const worksElsewhere = (sent: Sent, recipient: Recipient) => {
        const other: Notification.Environment = environment === "production" ? "sandbox" : "production"
        return Effect.map(
          dispatcher.probe({ ...sent.sealed, environment: other }, recipient.token),
          (outcome) => (outcome._tag === "Accepted" ? other : null)
        )
      }

      interface Case {
        readonly recipient: Recipient
        readonly address: PushTokens.Address
        readonly row: PushTokens.PushToken | null
        readonly after: PushToken.PushToken | null
        readonly outputs: ReadonlyArray<PushToken.Output>
        readonly since: Instant.Instant | null
      }

      const look = Effect.fnUntraced(function* (
        sent: Sent,
        recipient: Recipient,
        consequence: Extract<Consequence.Consequence, { _tag: "TokenDead" | "TokenRefused" }>
      ) {
        const address = addressOf(sent, recipient)
        const row = yield* load(address)
        const at = yield* now
        if (row === null) return { recipient, address, row, after: null, outputs: [], since: null } as Case
        const before = PushToken.ofColumns(row)
        if (consequence._tag === "TokenDead") {
          const { reason, since } = consequence
          const [after, outputs] = PushToken.step(before, { _tag: "Dead", since, reason, at })
          return { recipient, address, row, after, outputs, since } as Case
        }
        const { reason } = consequence
        const refused = (environmentRuledOut: boolean, state: PushToken.PushToken) =>
          PushToken.step(state, { _tag: "Refused", reason, environmentRuledOut, at })
        let [after, outputs] = refused(false, before)
        if (outputs.some(({ _tag }) => _tag === "TryOtherEnvironment")) {
          const elsewhere = yield* worksElsewhere(sent, recipient)
          ;[after, outputs] =
            elsewhere === null
              ? refused(true, after)
              : PushToken.step(after, { _tag: "WorksElsewhere", environment: elsewhere, at })
        }
        return { recipient, address, row, after, outputs, since: null } as Case
      })

      /** Whether the token is gone: one that its phone has registered since Apple's word lives on. */
      const carryOut = Effect.fnUntraced(function* (it: Case, mayRetire: boolean) {
        const { address, after, outputs, row } = it
        // Nobody knows it, so nobody misses it.
        if (row === null || after === null) return true
        if (row.retiredAt !== null) return true
        const moved = outputs.find((one) => one._tag === "Moved")
        if (moved !== undefined) {
          yield* Effect.logWarning(
            `token …${address.token.slice(-6)} belongs to ${moved.environment}, not to ${address.environment}`
          )
          if (!mayRetire) return false
          if (yield* tokens.moveTo(address, moved.environment)) return true
          // The phone has said itself where the token belongs, so here it is of no use.
          return yield* tokens.retire(address, {
            reason: `works in ${moved.environment}`,
            at: yield* now,
            unlessRegisteredAfter: row.registeredAt
          })
        }
        const retired = outputs.find((one) => one._tag === "Retired")
        const at = yield* now
        if (retired !== undefined) {
          if (!mayRetire) return false
          if (
            yield* tokens.retire(address, {
              reason: retired.reason,
              at,
              unlessRegisteredAfter: it.since ?? row.registeredAt
            })
          ) {
            return true
          }
          const now = yield* load(address)
          return now === null || now.retiredAt !== null
        }
        const columns = PushToken.toColumns(after, row.registeredAt)
        if (columns.suspectedAt !== row.suspectedAt || columns.suspicions !== row.suspicions) {
          suspect(address.token)
          yield* tokens.note(
            address,
            { suspicions: columns.suspicions, suspectedAt: columns.suspectedAt },
            row.registeredAt
          )
        }
        return false
      })

      /** Two failures with a success between them are not two of a kind. */
      const clear = Effect.fnUntraced(function* (sent: Sent, recipient: Recipient) {
        const address = addressOf(sent, recipient)
        const row = yield* load(address)
        if (row === null || row.retiredAt !== null || row.suspectedAt === null) return
        const [after] = PushToken.step(PushToken.ofColumns(row), { _tag: "Accepted", at: yield* now })
        const { suspectedAt, suspicions } = PushToken.toColumns(after, row.registeredAt)
        yield* tokens.note(address, { suspectedAt, suspicions }, row.registeredAt)
      })

      const hearBreaker = Effect.fnUntraced(function* (input: RetirementBreaker.Input) {
        const [next, outputs] = RetirementBreaker.step(breaker, input)
        breaker = next
        for (const output of outputs) {
          if (output._tag === "Alarm") {
            yield* Effect.logError(
              `${output.wouldRetire} of ${output.sent} pushes in five minutes would retire their tokens: none is retired. ` +
                "Check host, topic and key."
            )
          }
          if (output._tag === "Recovered") yield* Effect.logInfo("tokens are retired again")
        }
        return !outputs.some(({ _tag }) => _tag === "Withhold")
      })

      const judge = Effect.fnUntraced(function* (mailing: Mailing, answers: ReadonlyArray<Answered>) {
        const alarms = new Map<string, number>()
        const refused: Array<{
          readonly recipient: Recipient
          readonly consequence: Extract<Consequence.Consequence, { _tag: "TokenDead" | "TokenRefused" }>
        }> = []
        for (const { outcome, recipient } of answers) {
          if (outcome._tag === "Accepted") {
            if (suspects.delete(recipient.token)) yield* clear(mailing, recipient)
            continue
          }
          for (const one of Consequence.of(outcome, mailing.kind)) {
            if (one._tag === "Alarm") alarms.set(one.reason, (alarms.get(one.reason) ?? 0) + 1)
            if (one._tag === "TokenDead" || one._tag === "TokenRefused") {
              refused.push({ recipient, consequence: one })
            }
          }
        }
        for (const [reason, count] of alarms)
          yield* Effect.logError(`Apple refused ${count} pushes: ${reason}`)
        const cases = yield* Effect.forEach(
          refused,
          ({ consequence, recipient }) => look(mailing, recipient, consequence),
          { concurrency: TokenWard.concurrency }
        )
        // A token that moves is lost to this server as well: a wrong host of ours may look like a wrong word of everybody's.
        const wouldRetire = cases.filter(({ outputs }) =>
          outputs.some(({ _tag }) => _tag === "Retired" || _tag === "Moved")
        ).length
        const mayRetire = yield* hearBreaker({
          _tag: "Judged",
          sent: answers.length,
          wouldRetire,
          at: yield* now
        })
        return yield* Effect.forEach(
          cases,
          (it) => Effect.map(carryOut(it, mayRetire), (gone): Judged => ({ recipient: it.recipient, gone })),
          { concurrency: TokenWard.concurrency }
        )
      })

      return TokenWard.of({
        judge,
        heldSince: Effect.sync(() => (breaker.state._tag === "Open" ? breaker.state.since : null))
      })
    })
  )
}
