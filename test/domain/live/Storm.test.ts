import { ActiveMatch, Match, MatchEvent as Events } from "@sightscreen/domain"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Seed } from "../support/chance.ts"
import { bundled } from "../support/recordings.ts"
import { weather } from "../support/storm.ts"
import { watched } from "../support/truth.ts"

const short = bundled().filter(({ recording }) => recording.info.format.kind === "t20")
const Which = Schema.Literals(short.map(({ name }) => name))
const few = { arbitrary: { runs: 20 } }

describe("A feed that errs, told with care", () => {
  const storm = (which: string, seed: number, restarts: boolean, manner: ActiveMatch.Manner) => {
    const { recording } = short.find(({ name }) => name === which)!
    const story = weather(recording, seed, { named: seed % 2 === 0, calm: 4, restarts, manner })
    return { clean: watched(recording), story }
  }

  it.prop(
    "tells nothing twice, and ends with the same score",
    [Which, Seed, Schema.Boolean],
    ([which, seed, restarts]) => {
      const { clean, story } = storm(which, seed, restarts, ActiveMatch.careful)
      const led = story.headlines.map(Events.key)
      assert.deepStrictEqual(led, [...new Set(led)])
      assert.deepStrictEqual(
        Match.withoutBalls(story.state.match!).innings.map(({ runs, wickets }) => [runs, wickets]),
        Match.withoutBalls(clean.state.match!).innings.map(({ runs, wickets }) => [runs, wickets])
      )
    },
    few
  )

  it.prop(
    "tells every wicket that fell in the end, unless it was told by mistake before",
    [Which, Seed, Schema.Boolean],
    ([which, seed, restarts]) => {
      const { clean, story } = storm(which, seed, restarts, ActiveMatch.careful)
      const wickets = (all: typeof story.headlines) =>
        all.flatMap((event) => (event._tag === "wicket" ? [Events.fact(event)] : []))
      const told = new Set(wickets(story.headlines))
      const missed = wickets(clean.headlines).filter((one) => !told.has(one))
      assert.deepStrictEqual(missed, [])
    },
    few
  )

  it.prop(
    "takes nothing back that was on no screen",
    [Which, Seed, Schema.Boolean],
    ([which, seed, restarts]) => {
      const { story } = storm(which, seed, restarts, ActiveMatch.careful)
      const seen = new Set<string>()
      for (const { shown } of story.bulletins) {
        if (shown === null) continue
        const names = [Events.key(shown.event), Events.fact(shown.event)]
        if (shown.retracted)
          assert.isTrue(
            names.some((name) => seen.has(name)),
            names.join(" ")
          )
        else for (const name of names) seen.add(name)
      }
    },
    { arbitrary: { runs: 40 } }
  )
})
