import { Step } from "@sightscreen/decider"
import {
  ActiveMatch,
  type ContentState,
  type Display,
  type Match,
  type MatchEvent
} from "@sightscreen/domain"
import { type Recording, Timeline } from "@sightscreen/feed"
import { begin, read } from "../support/story.ts"

/** A state that was issued, and the facts it was made of. */
export interface Screen {
  readonly content: ContentState.ContentState
  readonly match: Match.Match
  readonly shown: Display.Shown | null
  /** What leads it, and buzzes if it is loud. */
  readonly event: MatchEvent.MatchEvent | null
}

/** Every screen of a match that is watched ball by ball. */
export const screens = (recording: Recording.Recording): ReadonlyArray<Screen> => {
  const timeline = Timeline.make(recording)
  const snapshots = [
    Timeline.snapshot(timeline, Timeline.notBegun, recording.info.startsAt),
    ...timeline.times.map((at, position) => Timeline.snapshot(timeline, position, at))
  ]
  const found: Array<Screen> = []
  let state = begin()
  for (const snapshot of snapshots) {
    const [after, outputs] = Step.play(ActiveMatch.step, state, [read(snapshot)])
    state = after
    const issued = outputs.findLast((one) => one._tag === "BulletinIssued")
    if (issued !== undefined && state.match !== null) {
      const { content, event } = issued.bulletin
      found.push({ content, event, match: state.match, shown: state.shown })
    }
  }
  return found
}

/** The same match between teams and players of other names. */
export const renamed = (
  recording: Recording.Recording,
  rename: (name: string) => string
): Recording.Recording => {
  const { info, innings, players } = recording
  const team = ({ code, name }: typeof info.home) => ({ code: rename(code), name: rename(name) })
  return {
    ...recording,
    info: { ...info, home: team(info.home), away: team(info.away) },
    players: Object.fromEntries(Object.entries(players).map(([id, name]) => [id, rename(name)])),
    innings: innings.map((one) => ({
      ...one,
      overs: one.overs.map((over) => ({
        ...over,
        deliveries: over.deliveries.map((ball) =>
          ball.dismissals.length === 0
            ? ball
            : {
                ...ball,
                dismissals: ball.dismissals.map((out) => ({ ...out, fielders: out.fielders.map(rename) }))
              }
        )
      }))
    }))
  }
}
