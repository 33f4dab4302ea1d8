import { assert, describe, it, layer } from "@effect/vitest"
import { Instant, Step } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import { Bundled, Cursor, Replays, Server, Timeline, Twin } from "@sightscreen/feed"
import { Duration, Effect, type Schema } from "effect"
import { TestClock } from "effect/testing"
import { tape, tapes } from "../archive.ts"
import { noon, replay } from "./twin.ts"

const at = (seconds: number) => Instant.plus(noon, Duration.seconds(seconds))
/** The timeline's own time, so many seconds after its beginning. */
const on = (seconds: number) => Instant.fromMillis(1_000_000 + seconds * 1000)

const life = (...inputs: ReadonlyArray<Cursor.Input>) =>
  Step.play(Cursor.step, Cursor.play(on(0), at(0), 10), inputs)
const reads = (cursor: Cursor.Cursor, seconds: number) => (Cursor.read(cursor, at(seconds)) - on(0)) / 1000
const walls = (cursor: Cursor.Cursor, seconds: number) => (Cursor.wall(cursor, on(seconds)) - at(0)) / 1000

describe("a cursor", () => {
  it("goes with the clock, at its speed", () => {
    const [cursor] = life()
    assert.deepStrictEqual([reads(cursor, 0), reads(cursor, 6), reads(cursor, 60)], [0, 60, 600])
    assert.deepStrictEqual([walls(cursor, 0), walls(cursor, 60)], [0, 6])
  })

  it("stands still while it is paused, and what it had shown stays where it was", () => {
    const [cursor] = life({ _tag: "Paused", at: at(6) }, { _tag: "Played", at: at(106) })
    assert.deepStrictEqual(
      [reads(cursor, 6), reads(cursor, 50), reads(cursor, 106), reads(cursor, 112)],
      [60, 60, 60, 120]
    )
    assert.deepStrictEqual([walls(cursor, 30), walls(cursor, 60), walls(cursor, 90)], [3, 6, 109])
  })

  it("changes its speed from then on", () => {
    const [cursor] = life({ _tag: "SpeedSet", speed: 2, at: at(6) })
    assert.deepStrictEqual([reads(cursor, 6), reads(cursor, 16)], [60, 80])
    assert.deepStrictEqual([walls(cursor, 50), walls(cursor, 70)], [5, 11])
  })

  it("goes where it is told, and shows what it jumps over at that moment", () => {
    const [cursor] = life({ _tag: "Sought", to: on(1000), at: at(6) })
    assert.deepStrictEqual([reads(cursor, 6), reads(cursor, 7)], [1000, 1010])
    assert.deepStrictEqual([walls(cursor, 50), walls(cursor, 500), walls(cursor, 1010)], [5, 6, 7])
  })

  it("goes back, and has not shown what it goes back before", () => {
    const [cursor] = life({ _tag: "Sought", to: on(30), at: at(6) })
    assert.deepStrictEqual([reads(cursor, 6), walls(cursor, 20), walls(cursor, 60)], [30, 2, 9])
  })

  it("once stopped stays stopped, until it is reset", () => {
    const [stopped, said] = life({ _tag: "Stopped", at: at(6) }, { _tag: "Played", at: at(7) })
    assert.strictEqual(stopped.status, "stopped")
    assert.deepStrictEqual(
      said.map(({ _tag }) => _tag),
      ["Refused"]
    )
    assert.strictEqual(reads(stopped, 60), 60)
    const [again] = Step.play(Cursor.step, stopped, [
      { _tag: "Reset", at: at(60) },
      { _tag: "Played", at: at(70) }
    ])
    assert.deepStrictEqual([again.status, reads(again, 70), reads(again, 71)], ["playing", 0, 10])
  })

  it("refuses speeds that nobody could follow", () => {
    for (const speed of [0, -1, Number.NaN, Infinity, 2001]) {
      const [cursor, said] = life({ _tag: "SpeedSet", speed, at: at(1) })
      assert.deepStrictEqual([cursor.speed, said.length], [10, 1])
    }
  })

  it("stays small, however often it is taken hold of", () => {
    const inputs = Array.from(
      { length: 2000 },
      (_, n): Cursor.Input => ({
        _tag: n % 2 === 0 ? "Paused" : "Played",
        at: at(n)
      })
    )
    assert.isAtMost(life(...inputs)[0].segments.length, 200)
  })
})

const shelf: Server.Shelf = {
  tapes: Bundled.bundled.map(({ alias, description, id: tapeId }) => ({ tapeId, alias, description })),
  open: (tapeId) => {
    const found = tapes.find(({ info }) => info.matchId === tapeId)
    return found === undefined ? Effect.fail(new Replays.NoSuchTape({ tapeId })) : Effect.succeed(found)
  }
}

const desk = () => {
  let written: Schema.Json | null = null
  const ledger: Server.Ledger = {
    read: Effect.sync(() => written),
    write: (json) => Effect.sync(() => void (written = JSON.parse(JSON.stringify(json))))
  }
  const layerOn = (on: Twin.Twin) => Server.desk({ twin: on, shelf, ledger, prefix: "replay-" })
  return { layer: layerOn(new Twin.Twin()), layerOn }
}

describe("the desk", () => {
  const { layer: built, layerOn } = desk()
  layer(built)((it) => {
    it.effect("knows the tapes", () =>
      Effect.gen(function* () {
        const { tapes } = yield* Replays.Replays
        const all = yield* tapes
        assert.lengthOf(all, Bundled.bundled.length)
        const final = all.find(({ alias }) => alias === "final")!
        assert.strictEqual(final.balls, Timeline.make(tape("final")).times.length)
        assert.isAbove(final.durationMillis, 0)
      })
    )

    it.effect("plays a match from its beginning, and does with it what it is told", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(noon)
        const { control, replays, start } = yield* Replays.Replays
        const begun = yield* start({ tapeId: "1493279", speed: 4 })
        assert.match(begun.matchId, /^replay-\d+$/)
        assert.deepStrictEqual([begun.status, begun.position, begun.shows], ["playing", 0, "NS"])
        const matchId = begun.matchId as Ids.MatchId
        const order = (command: Replays.Command) =>
          Effect.map(control(matchId, command), ({ position, shows, status }) => [status, position, shows])
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual(yield* order({ action: "pause" }), ["paused", 7, "1st Innings"])
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(yield* order({ action: "seek", position: 40 }), ["paused", 40, "1st Innings"])
        assert.deepStrictEqual(yield* order({ action: "play" }), ["playing", 40, "1st Innings"])
        yield* TestClock.adjust("100 seconds")
        assert.deepStrictEqual(yield* order({ action: "speed", speed: 100 }), ["playing", 50, "1st Innings"])
        assert.deepStrictEqual(yield* order({ action: "seek", position: 0 }), ["playing", 0, "NS"])
        const [one] = yield* replays
        assert.strictEqual(one!.balls, begun.balls)
        assert.deepStrictEqual(yield* order({ action: "seek", position: begun.balls }), [
          "playing",
          begun.balls,
          "Finished"
        ])
        assert.deepStrictEqual(yield* order({ action: "reset" }), ["paused", 0, "NS"])
        assert.deepStrictEqual(yield* order({ action: "stop" }), ["stopped", 0, "Cancl."])
        yield* Effect.exit(order({ action: "play" }))
        const refused = yield* Effect.flip(order({ action: "play" }))
        assert.strictEqual(refused._tag, "ReplayRefused")
      })
    )

    for (const [what, tapeId, speed, tag] of [
      ["a tape that there is not", "4711", 1, "NoSuchTape"],
      ["a speed that nobody could follow", "1493279", 1e9, "ReplayRefused"],
      ["a speed that is none", "1493279", Number.NaN, "ReplayRefused"]
    ] as const)
      it.effect(`does not begin ${what}`, () =>
        Effect.gen(function* () {
          const { replays, start } = yield* Replays.Replays
          const before = (yield* replays).length
          assert.strictEqual((yield* Effect.flip(start({ tapeId, speed })))._tag, tag)
          assert.lengthOf(yield* replays, before)
        })
      )

    it.effect("refuses what cannot be done, and changes nothing", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(at(100_000))
        const { control, remove, replays, start } = yield* Replays.Replays
        const begun = yield* start({ tapeId: "1493279", speed: 1 })
        const matchId = begun.matchId as Ids.MatchId
        for (const position of [-1, 1.5, begun.balls + 1, Number.NaN])
          assert.strictEqual(
            (yield* Effect.flip(control(matchId, { action: "seek", position })))._tag,
            "ReplayRefused"
          )
        for (const other of ["replay-1", "1493279", "replay-", ""])
          assert.strictEqual(
            (yield* Effect.flip(control(other as Ids.MatchId, { action: "play" })))._tag,
            "NoSuchReplay"
          )
        assert.deepStrictEqual((yield* replays).find((one) => one.matchId === matchId)?.position, 0)
        yield* remove(matchId)
        assert.strictEqual((yield* Effect.flip(remove(matchId)))._tag, "NoSuchReplay")
      })
    )

    it.effect("two of one tape at one moment are two matches", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(at(200_000))
        const { start } = yield* Replays.Replays
        const order = start({ tapeId: "1493279", speed: 1 })
        const both = yield* Effect.all([order, order], { concurrency: 2 })
        assert.lengthOf([...new Set(both.map(({ matchId }) => matchId))], 2)
      })
    )

    it.effect("goes on in another process, where the clock has brought it to", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(at(300_000))
        const { remove, replays, start } = yield* Replays.Replays
        for (const { matchId } of yield* replays) yield* remove(matchId as Ids.MatchId)
        const begun = yield* start({ tapeId: "1493279", speed: 10 })
        yield* TestClock.adjust("3 minutes")
        const here = yield* replays
        const there = yield* Effect.flatMap(Replays.Replays, (desk) => desk.replays).pipe(
          Effect.provide(layerOn(new Twin.Twin()))
        )
        assert.deepStrictEqual(there, here)
        assert.strictEqual(there[0]!.matchId, begun.matchId)
        assert.isAbove(there[0]!.position, 0)
      })
    )
  })
})

describe("the twin", () => {
  const one = replay(tape("rain"), 77)
  const { times } = one.timeline
  const seconds = (instant: Instant.Instant) => (instant - noon) / 1000
  const twin = new Twin.Twin()
  twin.put(one)
  const ask = (include: string, instant: Instant.Instant) => {
    const answer = twin.livescores({ at: instant, params: new Map([["include", include]]) })
    return answer._tag === "Written"
      ? (JSON.parse(answer.text) as { data: ReadonlyArray<Record<string, unknown>> }).data
      : answer
  }
  const statusAt = (instant: Instant.Instant) => {
    const data = ask("", instant)
    return Array.isArray(data) ? (data[0]?.["status"] ?? "absent") : "refused"
  }

  it("goes from not started to absent", () => {
    const end = seconds(times.at(-1)!)
    const { innings } = one.timeline.places.find((place) => place.innings === 1)!
    const second = one.timeline.places.findIndex((place) => place.innings === innings)
    assert.deepStrictEqual(
      [-3600, 0, 61, seconds(times[second - 1]!) + 20, seconds(times[second]!) + 1, end + 1, end + 200].map(
        (s) => statusAt(at(s))
      ),
      ["absent", "NS", "1st Innings", "Innings Break", "2nd Innings", "Finished", "absent"]
    )
  })

  it("shows no ball, run or wicket that is yet to come", () => {
    for (const [position, instant] of times.entries()) {
      if (position % 9 !== 0 || position === times.length - 1) continue
      const [fixture] = ask("runs,balls,batting,bowling,scoreboards", instant) as ReadonlyArray<
        Record<string, ReadonlyArray<Record<string, number>>>
      >
      assert.lengthOf(fixture!["balls"]!, position + 1)
      const runs = fixture!["runs"]!.at(-1)!
      const board = fixture!["scoreboards"]!.filter(({ type }) => String(type) === "total").at(-1)!
      assert.deepStrictEqual([board["total"], board["wickets"]], [runs["score"], runs["wickets"]])
      const bowled = fixture!["bowling"]!.reduce((sum, row) => sum + row["wickets"]!, 0)
      assert.isAtMost(
        bowled,
        fixture!["runs"]!.reduce((sum, row) => sum + row["wickets"]!, 0)
      )
      assert.isNull(fixture!["winner_team_id"] as unknown)
    }
  })

  it("writes the same text until something happens", () => {
    const text = (instant: Instant.Instant) => JSON.stringify(ask("balls,runs", instant))
    const [tenth, eleventh] = [times[10]!, times[11]!]
    assert.strictEqual(text(tenth), text(Instant.fromMillis(eleventh - 1)))
    assert.notStrictEqual(text(tenth), text(eleventh))
  })

  it("refuses what SportMonks does not offer", () => {
    for (const include of ["elephants", "balls,elephants.trunks"]) {
      const answer = ask(include, noon)
      assert.deepStrictEqual("status" in answer ? answer.status : 200, 400)
    }
    const nested = Array.from({ length: 11 }, (_, n) => `balls.a${n}`).join(",")
    const answer = ask(nested, noon)
    assert.deepStrictEqual("status" in answer ? answer.status : 200, 400)
  })
})
