import { Instant, Step } from "@sightscreen/decider"
import {
  ActiveMatch,
  Headline,
  type MatchEvent,
  MatchEvent as Events,
  type Pipeline
} from "@sightscreen/domain"
import { type Recording, Timeline } from "@sightscreen/feed"
import { Array as Arr, Duration } from "effect"

/**
 * Everything a match tells, read ball by ball: what was noticed, and what became of it.
 *
 * Deliveries lie forty seconds apart, and five seconds after each the feed is read again unchanged, so that what had to
 * wait a reading gets its turn.
 */
export interface Entry {
  readonly event: MatchEvent.MatchEvent
  readonly fate: Pipeline.Fate
  readonly reason: string
}

export interface EventLog {
  /** In order of play, then of rank; each event once, with its final fate. */
  readonly entries: ReadonlyArray<Entry>
  /** The match as it stood at the end. */
  readonly final: ActiveMatch.ActiveMatch
}

const between = Duration.seconds(40)
const again = Duration.seconds(5)

export const of = (recording: Recording.Recording): EventLog => {
  const timeline = Timeline.make(recording, {
    ballMillis: Duration.toMillis(between),
    breakMillis: Duration.toMillis(between)
  })
  const before = Instant.minus(timeline.info.startsAt, between)
  const inputs: Array<ActiveMatch.Input> = [read(timeline, Timeline.notBegun, before)]
  timeline.times.forEach((at, position) => {
    inputs.push(read(timeline, position, at), read(timeline, position, Instant.plus(at, again)))
  })
  // A match without a ball has no ball to be read after: given away, or never begun.
  if (timeline.times.length === 0) inputs.push(read(timeline, Timeline.notBegun, timeline.info.startsAt))
  const [final, outputs] = Step.play(ActiveMatch.step, ActiveMatch.begin(timeline.info.matchId, true), inputs)

  const entries = new Map<string, Entry>()
  for (const output of outputs) {
    if (output._tag === "Ruled")
      for (const ruling of output.rulings) entries.set(Events.key(ruling.event), ruling)
  }
  return { entries: Arr.sortWith(entries.values(), ({ event }) => event, Headline.inPlay), final }
}

const read = (timeline: Timeline.Timeline, position: number, at: Instant.Instant): ActiveMatch.Input => ({
  _tag: "SnapshotRead",
  snapshot: Timeline.snapshot(timeline, position, at)
})
