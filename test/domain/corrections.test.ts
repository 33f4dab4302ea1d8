import { Match, MatchEvent as Events } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Seed } from "./support/chance.ts"
import { bundled } from "./support/recordings.ts"
import { weather } from "./support/storm.ts"
import { watched } from "./support/truth.ts"

describe("a feed that errs and corrects itself", () => {
  const short = bundled().filter(({ recording }) => recording.info.format.kind === "t20")
  const Which = Schema.Literals(short.map(({ name }) => name))

  it.prop(
    "ends in the same state, tells nothing twice and denies nothing that is true",
    [Which, Seed, Schema.Boolean, Schema.Boolean],
    ([which, seed, named, restarts]) => {
      const { recording } = short.find(({ name }) => name === which)!
      const story = weather(recording, seed, { named, calm: 4, restarts })
      const clean = watched(recording)

      const figures = (match: Match.Match) =>
        Match.withoutBalls(match).innings.map((one) => ({ ...one, held: null }))
      assert.deepStrictEqual(figures(story.state.match!), figures(clean.state.match!))

      const led = story.headlines.map(Events.key)
      assert.deepStrictEqual(led, [...new Set(led)], "an event led twice")
      assert.deepInclude(story.state.shown, { retracted: false })
      const stamps = story.bulletins.map(({ stamp }) => stamp)
      assert.isTrue(stamps.every((stamp, index) => index === 0 || stamp > stamps[index - 1]!))
    },
    { arbitrary: { runs: 20 } }
  )
})
