import { Step } from "@sightscreen/decider"
import { ActiveMatch, type Bulletin } from "@sightscreen/domain"
import { Timeline } from "@sightscreen/feed"
import { matchId, timeline } from "../../engine/kit.ts"

/** All that is said of a short match with five alerts. */
export const bulletins: ReadonlyArray<Bulletin.Bulletin> = (() => {
  const readings = timeline.times.map(
    (at, position): ActiveMatch.Input => ({
      _tag: "SnapshotRead",
      snapshot: Timeline.snapshot(timeline, position, at)
    })
  )
  const [, said] = Step.play(ActiveMatch.step, ActiveMatch.begin(matchId, true), readings)
  return said.flatMap((one) => (one._tag === "BulletinIssued" ? [one.bulletin] : []))
})()
