import { Instant, type Step } from "@sightscreen/decider"
import { Duration, Schema } from "effect"
import * as Retry from "./Retry.ts"

/**
 * Keeps away from Apple while Apple is down.
 *
 * Pushes that nobody takes are not sent: a score is newer when they can be, and a million retries would greet a host that
 * has just come back. One push at a time finds out whether it has. What must be told waits for that; the rest is told as
 * soon as anything can be told again.
 */
export const Breaker = Schema.TaggedUnion({
  /** Failures in a row, over all batches, and when the first of them was; null where there is none. */
  Closed: { failures: Schema.Int, since: Schema.NullOr(Instant.Instant) },
  /** `openings` in a row make the wait longer. */
  Open: { until: Instant.Instant, openings: Schema.Int },
  /** One push is out; nothing else is sent before its answer, or before then. */
  Probing: { until: Instant.Instant, openings: Schema.Int }
})
export type Breaker = typeof Breaker.Type

export type Input =
  /** A push is about to be sent although the breaker has been open. */
  | { readonly _tag: "Probed"; readonly at: Instant.Instant }
  /**
   * What a batch brought: how many were answered, with whatever, and how many failed because Apple was down or not to be
   * reached. `chance` is a number from 0 up to 1; `notBefore` the latest time that Apple asked to be left alone until.
   */
  | {
      readonly _tag: "Judged"
      readonly answered: number
      readonly failed: number
      readonly at: Instant.Instant
      readonly chance: number
      readonly notBefore?: Instant.Instant | null
    }
  /** Pushes that failed would be tried again, and there is no credit for it (`RetryBudget`). */
  | { readonly _tag: "CreditSpent"; readonly at: Instant.Instant; readonly chance: number }

export type Output =
  | { readonly _tag: "Opened"; readonly until: Instant.Instant }
  | { readonly _tag: "Closed" }

/** So many failures in a row are no accident of one connection. */
export const tolerated = 20

/** Nor are a few that go on for so long: a server with few phones may not get to more. */
export const toleratedFor = Duration.seconds(5)

/** How long nothing is sent before the first look, and the longest that this ever is: a wicket is news for minutes. */
export const rest = { first: Duration.seconds(1), most: Duration.seconds(30) }

/** How long an answer to the one push may take. */
export const patience = Duration.seconds(20)

export const closed: Breaker = { _tag: "Closed", failures: 0, since: null }

/** What may be sent now: everything, one push to see, or nothing before then. */
export type Admission =
  | { readonly _tag: "All" }
  | { readonly _tag: "One" }
  | { readonly _tag: "Wait"; readonly until: Instant.Instant }

const all: Admission = { _tag: "All" }
const one: Admission = { _tag: "One" }

export const admit = (self: Breaker, at: Instant.Instant): Admission => {
  if (self._tag === "Closed") return all
  return Instant.isBefore(at, self.until) ? { _tag: "Wait", until: self.until } : one
}

export const step = (self: Breaker, input: Input): Step.Step<Breaker, Output> => {
  switch (input._tag) {
    case "Probed":
      // Also one after another that never had an answer: else everybody would look at once.
      return self._tag === "Closed"
        ? [self, []]
        : [{ _tag: "Probing", until: Instant.plus(input.at, patience), openings: self.openings }, []]
    case "Judged":
      return judge(self, input)
    case "CreditSpent":
      // Where nothing but failures was heard, one push at a time finds out at no cost whether Apple is back.
      return self._tag === "Closed" && self.failures > 0 ? open(1, input.at, input.chance, null) : [self, []]
  }
}

const judge = (
  self: Breaker,
  { answered, at, chance, failed, notBefore = null }: Extract<Input, { readonly _tag: "Judged" }>
): Step.Step<Breaker, Output> => {
  const asked = Retry.rest(notBefore, at)
  if (answered === 0 && failed === 0) return [self, []]
  // Whoever answers is not down, whatever became of others on the way.
  if (answered > 0) {
    if (self._tag !== "Closed") return [closed, [{ _tag: "Closed" }]]
    return self.failures === 0 ? [self, []] : [closed, []]
  }
  if (self._tag === "Closed") {
    const failures = self.failures + failed
    const since = self.since ?? at
    const isAccident = failures < tolerated && Instant.isBefore(at, Instant.plus(since, toleratedFor))
    return isAccident ? [{ _tag: "Closed", failures, since }, []] : open(1, at, chance, asked)
  }
  if (self._tag === "Probing") return open(self.openings + 1, at, chance, asked)
  // A batch that was under way when it opened says nothing new, but for how long to wait.
  return asked === null || asked <= self.until ? [self, []] : [{ ...self, until: asked }, []]
}

const open = (
  openings: number,
  at: Instant.Instant,
  chance: number,
  asked: Instant.Instant | null
): Step.Step<Breaker, Output> => {
  const doubled = Duration.toMillis(rest.first) * 2 ** Math.min(openings - 1, 20)
  const longest = Math.min(doubled, Duration.toMillis(rest.most))
  // Half of it by chance: many servers that were sent away together do not come back together.
  // Also after a rest that Apple has named, at the same time for all.
  const until = Instant.plus(asked ?? at, Duration.millis(Math.ceil(longest * (0.5 + 0.5 * chance))))
  return [{ _tag: "Open", until, openings }, [{ _tag: "Opened", until }]]
}
