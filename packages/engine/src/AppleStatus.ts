import { Instant } from "@sightscreen/decider"
import { Breaker, PushOutcome, Retry, RetryBudget } from "@sightscreen/domain"
import { Context, Duration, Effect, Latch, Layer, Random } from "effect"
import { now } from "./Now.ts"

/** What is to be sent, as far as it says how long it may wait for Apple to come back. */
export interface Errand {
  readonly kind: Retry.Kind
  /** Past this it is not worth another try. */
  readonly until: Instant.Instant
}

/**
 * Whether Apple can be reached, as everybody who sends has found it, and how much may be sent again.
 *
 * One breaker and one budget for all: an outage is everybody's, and so are the retries after it.
 */
export class AppleStatus extends Context.Service<
  AppleStatus,
  {
    /**
     * What may be sent now. What has patience waits here until Apple is back, or until it is of no use; what has none is
     * told "none" at once. Whoever is let through says what came of it, with `judged`.
     */
    readonly admit: (errand: Errand) => Effect.Effect<"all" | "one" | "none">
    readonly judged: (
      outcomes: ReadonlyArray<PushOutcome.Outcome>,
      /** Where each of them went: a token, or the id of a channel. */
      addresses: ReadonlyArray<string>
    ) => Effect.Effect<void>
    /** Until when an address is left alone because Apple has asked for it (`Retry-After`); null where it has not. */
    readonly restOf: (address: string, at: Instant.Instant) => Instant.Instant | null
    /** How many of those wanted may be sent again; all, while Apple is down and the breaker lets one at a time through. */
    readonly retries: (wanted: number) => Effect.Effect<number>
    /** How many could be sent again now. */
    readonly retryCredit: Effect.Effect<number>
    /** Since Apple went down nothing is sent but to see; null while all is well. */
    readonly downUntil: Effect.Effect<Instant.Instant | null>
  }
>()("@sightscreen/engine/AppleStatus") {
  static readonly layer = Layer.effect(
    AppleStatus,
    Effect.gen(function* () {
      const up = yield* Latch.make(true)
      let breaker = Breaker.closed
      let budget = RetryBudget.initial
      /** The addresses that rest, the newest last. */
      const rests = new Map<string, Instant.Instant>()

      const restOf = (address: string, at: Instant.Instant): Instant.Instant | null => {
        if (rests.size === 0) return null
        const until = rests.get(address)
        if (until === undefined || at < until) return until ?? null
        rests.delete(address)
        return null
      }

      const rest = (address: string, until: Instant.Instant): void => {
        rests.delete(address)
        rests.set(address, until)
        if (rests.size <= mostRests) return
        const [oldest] = rests.keys()
        rests.delete(oldest!)
      }

      const hear = Effect.fnUntraced(function* (input: Breaker.Input) {
        const [next, outputs] = Breaker.step(breaker, input)
        breaker = next
        for (const output of outputs) {
          if (output._tag === "Opened") {
            up.closeUnsafe()
            yield* Effect.logWarning("Apple is down: nothing is sent, but one push at a time to see")
          } else {
            up.openUnsafe()
            yield* Effect.logInfo("Apple is back")
          }
        }
      })

      const admit = Effect.fnUntraced(function* ({ kind, until }: Errand) {
        for (;;) {
          const at = yield* now
          const admission = Breaker.admit(breaker, at)
          if (admission._tag === "All") return "all"
          if (admission._tag === "One") {
            yield* hear({ _tag: "Probed", at })
            return "one"
          }
          if (Retry.delays[kind].length === 0 || !Instant.isBefore(admission.until, until)) return "none"
          yield* Effect.timeoutOption(up.await, Duration.max(oneMilli, Instant.since(admission.until, at)))
        }
      })

      return AppleStatus.of({
        admit,
        restOf,
        judged: Effect.fnUntraced(function* (outcomes, addresses) {
          const at = yield* now
          let failed = 0
          let notBefore: Instant.Instant | null = null
          outcomes.forEach((outcome, nth) => {
            const isDown = outcome._tag === "AppleDown"
            if (isDown || outcome._tag === "Unanswered") failed += 1
            const until = Retry.rest(PushOutcome.notBeforeOf(outcome), at)
            if (until === null) return
            rest(addresses[nth]!, until)
            // What is asked for one address says nothing of the others; trouble of Apple's own does.
            if (isDown) notBefore = Instant.later(until, notBefore ?? until)
          })
          budget = RetryBudget.sent(budget, outcomes.length)
          const answered = outcomes.length - failed
          yield* hear({ _tag: "Judged", answered, failed, at, chance: yield* Random.next, notBefore })
        }),
        retries: Effect.fnUntraced(function* (wanted) {
          if (breaker._tag !== "Closed") return wanted
          const [left, granted] = RetryBudget.spend(budget, wanted)
          budget = left
          if (granted < wanted)
            yield* hear({ _tag: "CreditSpent", at: yield* now, chance: yield* Random.next })
          return granted
        }),
        retryCredit: Effect.sync(() => budget.credit),
        downUntil: Effect.sync(() => (breaker._tag === "Closed" ? null : breaker.until))
      })
    })
  )
}

/** Addresses that can rest at once. Where Apple asks it of more, it is down, and the breaker is open. */
const mostRests = 100_000

/** A clock may say the same twice. */
const oneMilli = Duration.millis(1)
