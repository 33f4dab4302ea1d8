import { type Instant, Step } from "@sightscreen/decider"
import {
  ActiveMatch,
  type Bulletin,
  type Ids,
  type MatchEvent,
  type Pipeline,
  type Snapshot
} from "@sightscreen/domain"
import { Schema } from "effect"

/** What a match that is watched says, reading by reading. */
export interface Story {
  readonly state: ActiveMatch.ActiveMatch
  readonly outputs: ReadonlyArray<ActiveMatch.Output>
  readonly bulletins: ReadonlyArray<Bulletin.Bulletin>
  /** What led, in order. */
  readonly headlines: ReadonlyArray<MatchEvent.MatchEvent>
  /** What became of everything that was noticed. */
  readonly rulings: ReadonlyArray<Pipeline.Ruling>
}

/** As `plain` does by default: everything at once. */
export const begin = (manner = ActiveMatch.plain): ActiveMatch.ActiveMatch =>
  ActiveMatch.begin("1" as Ids.MatchId, true, manner)

export const read = (snapshot: Snapshot.Snapshot): ActiveMatch.Input => ({ _tag: "SnapshotRead", snapshot })
export const tick = (at: Instant.Instant): ActiveMatch.Input => ({ _tag: "Ticked", at })
export const silent = (at: Instant.Instant): ActiveMatch.Input => ({ _tag: "FeedSilent", at })
export const absent = (at: Instant.Instant): ActiveMatch.Input => ({ _tag: "Absent", at })

export const play = (state: ActiveMatch.ActiveMatch, inputs: Iterable<ActiveMatch.Input>): Story => {
  const [after, outputs] = Step.play(ActiveMatch.step, state, inputs)
  const bulletins = outputs.flatMap((one) => (one._tag === "BulletinIssued" ? [one.bulletin] : []))
  return {
    state: after,
    outputs,
    bulletins,
    headlines: bulletins.flatMap(({ event }) => (event === null ? [] : [event])),
    rulings: outputs.flatMap((one) => (one._tag === "Ruled" ? one.rulings : []))
  }
}

/** Snapshots read one after another, from before the first. */
export const watch = (...snapshots: ReadonlyArray<Snapshot.Snapshot>): Story =>
  play(begin(), snapshots.map(read))

/** The story went on. */
export const goOn = (story: Story, ...inputs: ReadonlyArray<ActiveMatch.Input>): Story =>
  play(story.state, inputs)

const codec = Schema.toCodecJson(ActiveMatch.ActiveMatch)
const encode = Schema.encodeSync(codec)
const decode = Schema.decodeUnknownSync(codec)

/** The state as the next process finds it: without balls, through text. */
export const restarted = (state: ActiveMatch.ActiveMatch): ActiveMatch.ActiveMatch =>
  decode(JSON.parse(JSON.stringify(encode(ActiveMatch.forStore(state)))))

export const tags = (events: ReadonlyArray<{ readonly _tag: string }>): ReadonlyArray<string> =>
  events.map(({ _tag }) => _tag)
