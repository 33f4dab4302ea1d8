import { type ActiveMatch, type Bulletin, type Ids, MatchEvent } from "@sightscreen/domain"
import { Decisions } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"

/**
 * Writes down why things happened, for people who ask later: why did this phone get, or not get, that push?
 *
 * It explains and does not decide, so a book that cannot be written in holds nothing up.
 */
export class Chronicle extends Context.Service<
  Chronicle,
  { readonly note: (entries: ReadonlyArray<Decisions.Entry>) => Effect.Effect<void> }
>()("@sightscreen/engine/Chronicle") {
  static readonly layer = Layer.effect(
    Chronicle,
    Effect.map(Decisions.Decisions, (decisions) =>
      Chronicle.of({
        note: (entries) =>
          entries.length === 0
            ? Effect.void
            : decisions
                .record(entries)
                .pipe(
                  Effect.catch((error) => Effect.logWarning("a decision could not be written down", error))
                )
      })
    )
  )
}

/** What was said of a match, as entries: they are saved with its state. */
export const ofMatch = (
  matchId: Ids.MatchId,
  at: Decisions.Entry["at"],
  outputs: ReadonlyArray<ActiveMatch.Output>
): ReadonlyArray<Decisions.Entry> => {
  const entries: Array<Decisions.Entry> = []
  const note = (
    kind: string,
    body: Decisions.Entry["body"],
    stamp: Decisions.Entry["stamp"] = null
  ): void => {
    entries.push({ matchId, deviceId: null, activityId: null, at, kind, stamp, body })
  }
  for (const output of outputs) {
    switch (output._tag) {
      case "BulletinIssued":
        note("bulletin", bulletinBody(output.bulletin), output.bulletin.stamp)
        break
      case "Ruled":
        for (const { event, fate, reason } of output.rulings)
          note("noticed", { ...named(event), fate, reason })
        break
      case "Held":
        note("held", named(output.event))
        break
      case "Dropped":
        note("dropped", { ...named(output.event), why: output.why })
        break
      case "Refused":
        note("refused", { reason: output.reason })
        break
      case "Paused":
        note("paused", { status: output.status })
        break
      case "Ended":
        note("ended", { ends: output.ends })
        break
      case "Obeyed":
        note("ordered", { order: output.order })
        break
      case "Resumed":
      case "Vanished":
        note(output._tag.toLowerCase(), {})
        break
    }
  }
  return entries
}

/** What an event is called, what tells it from every other, and the ball it came with. */
const named = (event: MatchEvent.MatchEvent) => ({
  event: event._tag,
  key: MatchEvent.key(event),
  ball: event.position.label
})

const bulletinBody = (it: Bulletin.Bulletin): Decisions.Entry["body"] => ({
  score: `${it.content.expanded.battingCode} ${it.content.expanded.score}`.trim(),
  overs: it.content.expanded.overs,
  ...(it.event === null ? { event: null } : named(it.event)),
  alert: it.alert === null ? null : it.alert.title,
  wanted: it.importance.priority,
  priority: it.priority,
  ends: it.ends
})
