import { Instant, type Step } from "@sightscreen/decider"
import { Duration, Schema } from "effect"

/**
 * Stops retirement of tokens when too many would go at once.
 *
 * That many phones do not give up an app in five minutes; a wrong host, topic or key of ours looks just like it. While the
 * breaker is open nothing is retired and somebody is called. A withheld token lives on: if it is dead, its next push says so
 * again.
 *
 * It is asked once for every batch of answers, before any token of the batch is retired.
 */
export const RetirementBreaker = Schema.Struct({
  state: Schema.TaggedUnion({ Closed: {}, Open: { since: Instant.Instant } }),
  /** Counts of the sliding window, oldest first. */
  buckets: Schema.Array(Schema.Struct({ from: Instant.Instant, sent: Schema.Int, wouldRetire: Schema.Int }))
})
export type RetirementBreaker = typeof RetirementBreaker.Type

export type Input =
  /** A batch was answered: so many sends, and so many tokens among them that would be retired. */
  | {
      readonly _tag: "Judged"
      readonly sent: number
      readonly wouldRetire: number
      readonly at: Instant.Instant
    }
  | { readonly _tag: "Ticked"; readonly at: Instant.Instant }

export type Output =
  /** The tokens of this batch may go. */
  | { readonly _tag: "Retire"; readonly count: number }
  /** None of this batch may. */
  | { readonly _tag: "Withhold"; readonly count: number }
  /** Once for each opening: so many of so many in the window. */
  | { readonly _tag: "Alarm"; readonly wouldRetire: number; readonly sent: number }
  | { readonly _tag: "Recovered"; readonly openFor: Duration.Duration }

export const window = Duration.minutes(5)
/** The grain of the window. */
export const bucketWidth = Duration.seconds(10)
export const maxBuckets = Duration.toMillis(window) / Duration.toMillis(bucketWidth)
/** The share of sends in the window that may cost a token. */
export const maxShare = 0.02
/** A few are never a mass, however few the sends. */
export const floor = 20

export const closed: RetirementBreaker = { state: { _tag: "Closed" }, buckets: [] }

export const isOpen = (self: RetirementBreaker): boolean => self.state._tag === "Open"

/** Sends in the window, and retirements that were due among them, withheld ones included. */
export const totals = (self: RetirementBreaker): { readonly sent: number; readonly wouldRetire: number } =>
  self.buckets.reduce(
    (sum, { sent, wouldRetire }) => ({
      sent: sum.sent + sent,
      wouldRetire: sum.wouldRetire + wouldRetire
    }),
    { sent: 0, wouldRetire: 0 }
  )

export const step = (self: RetirementBreaker, input: Input): Step.Step<RetirementBreaker, Output> => {
  switch (input._tag) {
    case "Judged":
      return judge(self, input)
    case "Ticked":
      return settle(slide(self, input.at), input.at)
  }
}

const judge = (
  self: RetirementBreaker,
  { at, sent, wouldRetire }: Extract<Input, { readonly _tag: "Judged" }>
): Step.Step<RetirementBreaker, Output> => {
  const [after, said] = settle(count(slide(self, at), at, sent, wouldRetire), at)
  if (wouldRetire === 0) return [after, said]
  return [after, [...said, { _tag: isOpen(after) ? "Withhold" : "Retire", count: wouldRetire }]]
}

const bucketOf = (at: Instant.Instant): Instant.Instant =>
  Instant.fromMillis(at - (at % Duration.toMillis(bucketWidth)))

/** Forgets what has left the window. */
const slide = (self: RetirementBreaker, at: Instant.Instant): RetirementBreaker => {
  const buckets = self.buckets.filter(({ from }) =>
    Instant.isBefore(bucketOf(at), Instant.plus(from, window))
  )
  return buckets.length === self.buckets.length ? self : { ...self, buckets }
}

const count = (
  self: RetirementBreaker,
  at: Instant.Instant,
  sent: number,
  wouldRetire: number
): RetirementBreaker => {
  const last = self.buckets.at(-1)
  const from = bucketOf(at)
  // What comes late is counted with the newest: that keeps it long enough.
  return last !== undefined && !Instant.isBefore(last.from, from)
    ? {
        ...self,
        buckets: self.buckets.with(self.buckets.length - 1, {
          from: last.from,
          sent: last.sent + sent,
          wouldRetire: last.wouldRetire + wouldRetire
        })
      }
    : { ...self, buckets: [...self.buckets, { from, sent, wouldRetire }] }
}

const settle = (self: RetirementBreaker, at: Instant.Instant): Step.Step<RetirementBreaker, Output> => {
  const { sent, wouldRetire } = totals(self)
  const isTooMany = wouldRetire >= floor && wouldRetire > maxShare * sent
  if (self.state._tag === "Closed") {
    return isTooMany
      ? [{ ...self, state: { _tag: "Open", since: at } }, [{ _tag: "Alarm", wouldRetire, sent }]]
      : [self, []]
  }
  return isTooMany
    ? [self, []]
    : [
        { ...self, state: { _tag: "Closed" } },
        [{ _tag: "Recovered", openFor: Instant.since(at, self.state.since) }]
      ]
}
