import { Reason } from "@sightscreen/apns"
import { type ActiveMatch, PushOutcome } from "@sightscreen/domain"
import { RealTime } from "@sightscreen/store"
import { Duration, Effect, Metric } from "effect"

/**
 * What is measured, for people who watch the server: every metric there is, and how each is counted.
 *
 * Times are the wall's, whatever clock the world runs on, in seconds. Every label has few values, known beforehand: no match,
 * no phone and no word that came from outside is ever one.
 */

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const sizes = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

const counter = (name: string, description: string) =>
  Metric.counter(`${name}_total`, { description, incremental: true })
const gauge = (name: string, description: string) => Metric.gauge(name, { description })
const timing = (name: string, description: string) =>
  Metric.histogram(`${name}_seconds`, { description, boundaries: seconds })

type Labels = Readonly<Record<string, string>>

const add = (metric: Metric.Metric<number, unknown>, labels: Labels, value: number): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(metric, labels), value)

/** What takes how long; told also where it is stopped or fails. */
export const timed = <A, E, R>(
  metric: Metric.Metric<number, unknown>,
  effect: Effect.Effect<A, E, R>,
  labels: (value: A | null) => Labels
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const since = RealTime.clock.monotonicTimeNanosUnsafe()
    return Effect.onExit(effect, (exit) => {
      const took = Duration.toSeconds(Duration.nanos(RealTime.clock.monotonicTimeNanosUnsafe() - since))
      return add(metric, labels(exit._tag === "Success" ? exit.value : null), took)
    })
  })

// The feed.

const feedRead = timing("feed_read", "How long a reading of a match took, by what came of it.")

/** A reading of the feed. */
export const reading = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  outcome: (value: A | null) => "read" | "absent" | "silent"
): Effect.Effect<A, E, R> => timed(feedRead, effect, (value) => ({ outcome: outcome(value) }))

// What matches say.

const events = counter("match_events", "What was noticed in matches, by what it is and what became of it.")
const bulletins = counter("bulletins", "Bulletins, by whether they buzz.")
const turns = counter(
  "match_turns",
  "Readings refused, breaks, resumptions, disappearances, ends and orders of matches."
)

/** What was said of a match. */
export const said = (outputs: ReadonlyArray<ActiveMatch.Output>): Effect.Effect<void> =>
  Effect.forEach(
    outputs,
    (output) => {
      switch (output._tag) {
        case "Ruled":
          return Effect.forEach(
            output.rulings,
            ({ event, fate }) => add(events, { event: event._tag, fate }, 1),
            {
              discard: true
            }
          )
        case "BulletinIssued":
          return add(bulletins, { alert: output.bulletin.alert === null ? "no" : "yes" }, 1)
        case "Held":
        case "Dropped":
          return add(events, { event: output.event._tag, fate: output._tag.toLowerCase() }, 1)
        case "Refused":
        case "Paused":
        case "Resumed":
        case "Vanished":
        case "Ended":
        case "Obeyed":
          return add(turns, { turn: output._tag.toLowerCase() }, 1)
      }
    },
    { discard: true }
  )

// The way to Apple.

const pushes = counter(
  "pushes",
  "Pushes and publishes, every try, by kind, by what Apple's answer means, and by its reason."
)
const exchange = timing("push_exchange", "How long Apple took to answer a batch of pushes.")
const fanOutSize = Metric.histogram("fan_out_phones", {
  description: "How many phones one edition went out to, token by token.",
  boundaries: sizes
})
const fanOutTime = timing("fan_out", "From an edition's turn until every phone's answer was there.")
const retirements = counter("token_retirements", "Push tokens that retired, by why.")

/** Apple's own words, and one for all others. */
const reasonOf = (outcome: PushOutcome.Outcome): string => {
  if (outcome._tag === "Unanswered") return outcome.unprocessed ? "not processed" : "no answer"
  const reason = PushOutcome.reasonOf(outcome)
  return reason === null ? "none" : Object.hasOwn(Reason.table, reason) ? reason : "other"
}

/** Answers to pushes of one kind. */
export const answered = (kind: string, outcomes: ReadonlyArray<PushOutcome.Outcome>): Effect.Effect<void> => {
  const counts = new Map<string, { readonly labels: Labels; count: number }>()
  for (const outcome of outcomes) {
    const labels = { kind, verdict: outcome._tag, reason: reasonOf(outcome) }
    const key = `${labels.verdict}/${labels.reason}`
    const found = counts.get(key)
    if (found === undefined) counts.set(key, { labels, count: 1 })
    else found.count += 1
  }
  return Effect.forEach(counts.values(), ({ count, labels }) => add(pushes, labels, count), { discard: true })
}

/** Apple's answers to a batch are waited for. */
export const exchanged = <A, E, R>(kind: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  timed(exchange, effect, () => ({ kind }))

/** An edition goes out to every phone; tells how many those were. */
export const fannedOut = <E, R>(
  kind: string,
  effect: Effect.Effect<number, E, R>
): Effect.Effect<void, E, R> =>
  timed(fanOutTime, effect, () => ({ kind })).pipe(
    Effect.flatMap((phones) => add(fanOutSize, { kind }, phones))
  )

/** A token retired, for a reason of Apple's, or because it was `moved`: it works in Apple's other world. */
export const retired = (reason: string): Effect.Effect<void> =>
  add(
    retirements,
    { reason: reason === "moved" || Object.hasOwn(Reason.table, reason) ? reason : "other" },
    1
  )

// What there is at the moment; set now and then by `Observatory`.

export const gauges = {
  matches: gauge("live_matches", "Matches with a runner in this process."),
  pending: gauge(
    "pending_activities",
    "Activities that were asked for and have not been reported, of all processes."
  ),
  oldestPending: gauge("pending_activities_oldest_seconds", "The age of the oldest of them."),
  unsent: gauge("unsent_editions", "Editions that must not be lost and have not gone out, of all processes."),
  oldestUnsent: gauge("unsent_editions_oldest_seconds", "The age of the oldest of them."),
  queue: gauge("queue_depth", "What waits: editions and phones in this process, webhooks in all of them."),
  budget: gauge(
    "priority10_left",
    "What is left of an hour's pushes at priority 10, in the match that has least."
  ),
  retries: gauge("retry_credit", "How many pushes could be sent again now."),
  appleDown: gauge(
    "apple_breaker_open",
    "1 while Apple is taken to be down, and nothing is sent but to see."
  ),
  retirementHeld: gauge("token_retirement_held", "1 while tokens do not retire, because too many would.")
} as const

export const show = (
  metric: Metric.Metric<number, unknown>,
  value: number,
  labels: Labels = {}
): Effect.Effect<void> => add(metric, labels, value)

// Who asks.

const requests = timing("http_request", "How long requests took, by route, method and status.")

/** A request was answered. */
export const requested = (
  route: string,
  method: string,
  status: number,
  took: Duration.Duration
): Effect.Effect<void> =>
  add(requests, { route, method, status: `${Math.floor(status / 100)}xx` }, Duration.toSeconds(took))

// Webhooks.

const webhooks = counter("webhook_deliveries", "Tries to deliver a webhook, by what came of them.")

export const webhook = (outcome: string): Effect.Effect<void> => add(webhooks, { outcome }, 1)
