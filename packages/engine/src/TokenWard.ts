import type { Instant } from "@sightscreen/decider"
import { Notification } from "@sightscreen/apns"
import { Consequence, Judgement, RetirementBreaker, Retry } from "@sightscreen/domain"
import { type Fault, PushTokens } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { AppSettings } from "./AppSettings.ts"
import { type Answered, Dispatcher, type Mailing, type Recipient } from "./Dispatcher.ts"
import * as Metrics from "./Metrics.ts"
import { now } from "./Now.ts"

/** What a push has in common with others of its mailing, as far as it says which tokens it went to. */
type Sent = Pick<Mailing, "kind" | "sealed">

/** What is known now of a token that Apple had a word about. */
export interface Judged {
  readonly recipient: Recipient
  /** No push goes to it from here any more. */
  readonly gone: boolean
  /** Apple's word was older than what its phone says: it lives. */
  readonly outdated: boolean
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
          dispatcher.probe(Notification.inEnvironment(sent.sealed, other), recipient.token),
          (outcome) => (outcome._tag === "Accepted" ? other : null)
        )
      }

      interface Case {
        readonly recipient: Recipient
        readonly address: PushTokens.Address
        readonly judgement: Judgement.Judgement
      }

      const look = Effect.fnUntraced(function* (sent: Sent, recipient: Recipient, word: Judgement.Word) {
        const address = addressOf(sent, recipient)
        const row = yield* load(address)
        const at = yield* now
        const first = Judgement.of(row, word, at)
        const judgement = Judgement.asksElsewhere(first)
          ? Judgement.elsewhere(first, word, yield* worksElsewhere(sent, recipient), at)
          : first
        return { recipient, address, judgement }
      })

      /** Whether the token is gone: one that its phone has registered since Apple's word lives on. */
      const carryOut = Effect.fnUntraced(function* ({ address, judgement }: Case, mayRetire: boolean) {
        const retire = (it: Judgement.Retirement) =>
          Effect.flatMap(now, (at) => tokens.retire(address, { ...it, at }))
        const deed = Judgement.deedOf(judgement, mayRetire)
        const moved = judgement.outputs.find((one) => one._tag === "Moved")
        if (moved !== undefined && deed._tag !== "Gone")
          yield* Effect.logWarning(
            `token …${address.token.slice(-6)} belongs to ${moved.environment}, not to ${address.environment}`
          )
        switch (deed._tag) {
          case "Gone":
            return true
          case "Stays":
            return false
          case "Move":
            yield* Metrics.retired("moved")
            return (yield* tokens.moveTo(address, deed.environment)) || (yield* retire(deed.else))
          case "Retire": {
            if (yield* retire(deed)) {
              yield* Metrics.retired(deed.reason)
              return true
            }
            const row = yield* load(address)
            return row === null || row.retiredAt !== null
          }
          case "Note":
            suspect(address.token)
            yield* tokens.note(address, deed.suspicion, judgement.row!.registeredAt)
            return false
        }
      })

      const clear = Effect.fnUntraced(function* (sent: Sent, recipient: Recipient) {
        const address = addressOf(sent, recipient)
        const row = yield* load(address)
        const suspicion = Judgement.cleared(row, yield* now)
        if (row !== null && suspicion !== null) yield* tokens.note(address, suspicion, row.registeredAt)
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
        const refused: Array<{ readonly recipient: Recipient; readonly word: Judgement.Word }> = []
        for (const { outcome, recipient } of answers) {
          if (outcome._tag === "Accepted") {
            if (suspects.delete(recipient.token)) yield* clear(mailing, recipient)
            continue
          }
          for (const one of Consequence.of(outcome, mailing.kind)) {
            if (one._tag === "Alarm") alarms.set(one.reason, (alarms.get(one.reason) ?? 0) + 1)
            if (Judgement.isWord(one)) refused.push({ recipient, word: one })
          }
        }
        for (const [reason, count] of alarms)
          yield* Effect.logError(`Apple refused ${count} pushes: ${reason}`)
        const cases = yield* Effect.forEach(
          refused,
          ({ recipient, word }) => look(mailing, recipient, word),
          { concurrency: TokenWard.concurrency }
        )
        const wouldRetire = cases.filter(({ judgement }) => Judgement.wouldRetire(judgement)).length
        const mayRetire = yield* hearBreaker({
          _tag: "Judged",
          sent: answers.length,
          wouldRetire,
          at: yield* now
        })
        return yield* Effect.forEach(
          cases,
          (it) =>
            Effect.map(
              carryOut(it, mayRetire),
              (gone): Judged => ({
                recipient: it.recipient,
                gone,
                outdated: Judgement.isOutdated(it.judgement)
              })
            ),
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
