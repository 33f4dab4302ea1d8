import { ActiveMatch, Headline, MatchEvent } from "@sightscreen/domain"
import { Cricsheet } from "@sightscreen/feed"
import { EventLog } from "@sightscreen/simulation"
import { Result } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { bundled } from "../domain/support/recordings.ts"
import { found, lastSixes, watched } from "../domain/support/truth.ts"

const tapes = bundled()
const known = (name: string) => tapes.find((one) => one.name === name)!
const logOf = (name: string) => EventLog.of(known(name).recording)

describe("The log of a match", () => {
  it.each(["final", "super-over", "rain"])(
    "holds what is told of %s, in order of play, each event once",
    (name) => {
      const { recording } = known(name)
      const { entries } = EventLog.of(recording)
      const keys = entries.map(({ event }) => MatchEvent.key(event))
      assert.strictEqual(new Set(keys).size, keys.length)
      for (let index = 1; index < entries.length; index++) {
        assert.isAtMost(Headline.inPlay(entries[index - 1]!.event, entries[index]!.event), 0)
      }
      const told = watched(recording).rulings.map(({ event }) => MatchEvent.key(event))
      assert.deepStrictEqual(new Set(keys), new Set(told))
    }
  )

  it("agrees with the truth", () => {
    const { recording, truth } = known("five-sixes")
    const { entries, final } = EventLog.of(recording)
    const story = { state: final, outputs: [], bulletins: [], headlines: [], rulings: entries }
    assert.deepStrictEqual(lastSixes(found(story)), truth)
  })

  it("ends with the match", () => {
    const { entries, final } = logOf("one-run")
    assert.strictEqual(final.ended, "over")
    const last = entries.find(({ event }) => event._tag === "match_end")
    assert.strictEqual(last?.fate, "headline")
    assert.strictEqual(last?.event.position.seq, entries.at(-1)?.event.position.seq)
  })

  describe("of a match without a ball", () => {
    const info = {
      match_type: "T20",
      teams: ["India", "Nepal"],
      dates: ["2024-07-30"]
    }
    for (const [what, file, tag, status] of [
      [
        "given away",
        { info: { ...info, outcome: { winner: "India", method: "Awarded" } } },
        "Awarded",
        "finished"
      ],
      [
        "never begun",
        { info: { ...info, outcome: { result: "no result" } }, innings: [] },
        "NoResult",
        "abandoned"
      ],
      [
        "forfeited",
        { info: { ...info, outcome: { winner: "India" } }, innings: [{ team: "Nepal", forfeited: true }] },
        "Won",
        "finished"
      ]
    ] as const) {
      it(`${what} is its end`, () => {
        const recording = Result.getOrThrow(Cricsheet.parse("1", JSON.stringify(file)))
        const { entries, final } = EventLog.of(recording)
        assert.deepStrictEqual(
          entries.map(({ event, fate }) => `${event._tag} ${fate}`),
          ["match_end headline"]
        )
        // What a feed calls off it may take back.
        assert.strictEqual(final.ended, status === "abandoned" ? null : "over")
        assert.strictEqual(final.match?.outcome?._tag, tag)
        assert.strictEqual(final.match?.status, status)
        assert.strictEqual(final.match?.readAt, recording.info.startsAt)
      })
    }
  })

  it("gives what had to wait its final fate", () => {
    const { entries } = logOf("five-sixes")
    const late = entries.filter(({ reason }) => reason === "its turn has come")
    assert.isNotEmpty(late)
    assert.isTrue(late.every(({ fate }) => fate === "headline"))
    assert.isFalse(
      entries.some(({ event, fate }) => event._tag === "hattrick" && fate !== "headline"),
      "a hat-trick leads"
    )
  })

  it("is the same every time", () => {
    assert.deepStrictEqual(logOf("super-over").entries, logOf("super-over").entries)
  })

  it("leaves the match as its last ball does", () => {
    const { final } = logOf("final")
    assert.deepStrictEqual(
      ActiveMatch.forStore(final).match?.innings.map(({ runs, wickets }) => [runs, wickets]),
      [
        [255, 5],
        [159, 10]
      ]
    )
  })
})
