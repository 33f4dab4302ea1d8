import { Instant } from "@sightscreen/decider"
import { Ending, Headline, Match, type MatchEvent, MatchEvent as Events } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { Array as Arr } from "effect"
import type { Known } from "./recordings.ts"
import { goOn, silent } from "./story.ts"
import { found, lastSixes, noticed, sixesCounted, watched } from "./truth.ts"

/** What must be true of every recorded match. */
export const suite = (known: ReadonlyArray<Known>): void => {
  describe("tells what the balls say", () => {
    for (const { name, recording, truth } of known) {
      it(name, () => {
        const story = watched(recording)
        assert.deepStrictEqual(lastSixes(found(story)), truth)
        for (const counts of sixesCounted(story)) {
          assert.deepStrictEqual(
            counts,
            counts.map((_, index) => index + 3)
          )
        }
        // A match that is called off is over once that has stood for a while.
        const standsBy = Instant.plus(story.state.match!.readAt, Ending.calledOffAfter)
        const looks = Array.from({ length: Ending.calledOffLooks }, () => silent(standsBy))
        const after = goOn(story, ...looks)
        assert.strictEqual(after.state.ended, "over")
        const ends = [...story.bulletins, ...after.bulletins].filter(({ ends }) => ends !== null)
        assert.strictEqual(ends.length, 1)
      })
    }
  })

  describe("tells the same when a reading swallows several balls", () => {
    for (const { name, recording } of known) {
      it(name, () => {
        const every = watched(recording)
        const all = namesOf(noticed(every))
        for (const pace of [2, 5, 17]) {
          const story = watched(recording, pace)
          assert.deepStrictEqual(namesOf(noticed(story)), all)
          assert.deepStrictEqual(
            Match.withoutBalls(story.state.match!),
            Match.withoutBalls(every.state.match!)
          )
        }
      })
    }
  })
}

const namesOf = (events: ReadonlyArray<MatchEvent.MatchEvent>): ReadonlyArray<string> =>
  Arr.sort(events, Headline.inPlay).map((event) => `${event.position.seq} ${Events.key(event)}`)
