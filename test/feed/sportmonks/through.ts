import type { Instant } from "@sightscreen/decider"
import type { Ids, Snapshot } from "@sightscreen/domain"
import {
  Cursor,
  Page,
  type Recording,
  Replay,
  SportMonksReading,
  SportMonksWire,
  Timeline
} from "@sightscreen/feed"
import { Result } from "effect"
import { begin, play, read, type Story } from "../../domain/support/story.ts"
import { noticed } from "../../domain/support/truth.ts"

/** Everything that the twin can be asked for. */
export const everything: ReadonlySet<string> = Page.includes

export const replayOf = (recording: Recording.Recording): Replay.Replay => {
  const timeline = Timeline.make(recording)
  return Replay.make({
    recording,
    tapeId: recording.info.matchId,
    timeline,
    cursor: Cursor.play(timeline.info.startsAt, timeline.info.startsAt, 1)
  })
}

/** The instants of a match at which it is read: before it, at every so manieth ball, and at the end. */
export const instants = (timeline: Timeline.Timeline, every: number): ReadonlyArray<Instant.Instant> => {
  const { times } = timeline
  const some = times.filter((_, position) => position === times.length - 1 || (position + 1) % every === 0)
  return [(timeline.info.startsAt - 60_000) as Instant.Instant, ...some]
}

/** The match as it is told straight from the recording. */
export const direct = (replay: Replay.Replay, every: number): Story =>
  play(
    begin(),
    instants(replay.timeline, every).map((at) => read(Replay.snapshot(replay, at)))
  )

/** Snapshots as they come through SportMonks' shapes. */
export const pages = function* (
  replay: Replay.Replay,
  every: number,
  balls = true
): Generator<Snapshot.Snapshot> {
  let reading = SportMonksReading.begin
  for (const at of instants(replay.timeline, every)) {
    const page = Page.fixture(replay, Replay.snapshot(replay, at), everything)
    const fixture = Result.getOrThrowWith(SportMonksWire.fixture(page), ({ problem }) => new Error(problem))
    const [next, { snapshot }] = SportMonksReading.step(reading, fixture, { at, balls })
    reading = next
    yield snapshot
  }
}

export const through = (replay: Replay.Replay, every: number): Story =>
  play(begin(), [...pages(replay, every)].map(read))

/** Events in the order of play, with players by their names, and without the names that feeds have for balls. */
export const events = (story: Story): ReadonlyArray<string> => {
  const players = story.state.match?.players ?? {}
  const named = (id: Ids.PlayerId | null) => (id === null ? null : (players[id] ?? id))
  return noticed(story)
    .map((event) => {
      const { ball: _, ...rest } = event
      const people = {
        ...("batter" in event ? { batter: named(event.batter) } : {}),
        ...("bowler" in event ? { bowler: named(event.bowler) } : {})
      }
      return JSON.stringify({ ...rest, ...people, at: undefined, when: event.at })
    })
    .sort()
}
