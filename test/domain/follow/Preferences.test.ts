import { Instant } from "@sightscreen/decider"
import { Cohort, Edition, MatchEvent, Preferences, Yielding } from "@sightscreen/domain"
import { Result } from "effect"
import { assert, describe, it } from "vitest"
import { bulletins } from "../support/quiet.ts"

/** 2026-06-14, at a time of day in Greenwich. */
const at = (hour: number, minute = 0): Instant.Instant =>
  Instant.fromMillis(1_781_395_200_000 + (hour * 60 + minute) * 60_000)

const likes = (changes: Partial<Preferences.Preferences>): Preferences.Preferences => ({
  ...Preferences.usual,
  ...changes
})

const night = { from: "22:00", until: "07:00", timeZone: "Asia/Kolkata" }

describe("quiet hours", () => {
  // India is five hours and a half ahead of Greenwich.
  const cases: ReadonlyArray<readonly [hour: number, minute: number, quiet: boolean]> = [
    [16, 29, false],
    [16, 30, true],
    [23, 0, true],
    [1, 29, true],
    [1, 30, false],
    [12, 0, false]
  ]
  for (const [hour, minute, quiet] of cases)
    it(`by the clock of the person: ${quiet} at ${hour}:${minute} in Greenwich`, () =>
      assert.strictEqual(Preferences.isQuiet(likes({ quiet: night }), at(hour, minute)), quiet))

  it("may lie within a day, and are none where they begin when they end", () => {
    const noon = likes({ quiet: { from: "12:00", until: "13:00", timeZone: "UTC" } })
    assert.deepStrictEqual(
      [at(11, 59), at(12), at(12, 59), at(13)].map((time) => Preferences.isQuiet(noon, time)),
      [false, true, true, false]
    )
    const none = likes({ quiet: { from: "12:00", until: "12:00", timeZone: "UTC" } })
    assert.isFalse(Preferences.isQuiet(none, at(12)))
  })

  it("follow the clocks when they change", () => {
    // London goes to summer time on 2026-03-29 at 01:00.
    const quiet = likes({ quiet: { from: "02:00", until: "03:00", timeZone: "Europe/London" } })
    const before = Instant.fromMillis(1_774_665_000_000)
    const after = Instant.fromMillis(1_774_747_800_000)
    assert.isTrue(Preferences.isQuiet(quiet, before))
    assert.isTrue(Preferences.isQuiet(quiet, after))
    assert.isFalse(Preferences.isQuiet(quiet, Instant.fromMillis(1_774_751_400_000)))
  })

  it("are in a time zone that there is", () => {
    assert.isTrue(Preferences.isZone("Asia/Kolkata"))
    for (const zone of ["Mars/Olympus", "", "+99:99"]) assert.isFalse(Preferences.isZone(zone), zone)
  })
})

describe("what a person likes", () => {
  it("is everything for who says nothing, and nothing that buzzes in quiet hours", () => {
    assert.isNull(Preferences.hears(null, at(12)))
    assert.isNull(Preferences.hears(Preferences.usual, at(12)))
    const some = likes({ alerts: ["results", "wickets"], quiet: night })
    assert.deepStrictEqual(Preferences.hears(some, at(12)), ["wickets", "results"])
    assert.deepStrictEqual(Preferences.hears(some, at(20)), [])
    assert.isFalse(Preferences.isReminded(some, at(12)))
    assert.isTrue(Preferences.isReminded(likes({ quiet: night }), at(12)))
    assert.isFalse(Preferences.isReminded(likes({ quiet: night }), at(20)))
    assert.isFalse(Preferences.isPersonal(likes({ alerts: ["wickets", "milestones", "bowling", "results"] })))
  })

  it("has a word for every event there is", () => {
    for (const name of Object.keys(MatchEvent.MatchEvent.cases))
      assert.include(Preferences.Kind.literals, Preferences.kindOf[name as MatchEvent.Name])
  })

  it("takes the buzz from what is not liked, and neither the state nor the end", () => {
    const facts = { schemaVersion: 1, language: "en", frequentUpdates: true } as const
    const all = Cohort.of("token", facts)
    let muted = 0
    for (const bulletin of bulletins) {
      const loud = Result.getOrThrow(Edition.of(bulletin, all))
      for (const hears of [[], ["wickets"], ["results", "bowling"]] as ReadonlyArray<
        ReadonlyArray<Preferences.Kind>
      >) {
        const cohort = Cohort.of("token", { ...facts, hears })
        const heard = Result.getOrThrow(Edition.of(bulletin, cohort))
        const isLiked = bulletin.event !== null && hears.includes(Preferences.kindOf[bulletin.event._tag])
        assert.deepStrictEqual(heard.alert, isLiked ? loud.alert : null)
        assert.deepStrictEqual(heard.content, loud.content)
        assert.strictEqual(heard.ends, loud.ends)
        if (loud.alert !== null && !isLiked) {
          muted += 1
          assert.strictEqual(heard.priority, loud.ends === null ? 5 : loud.priority)
        } else assert.strictEqual(heard.priority, loud.priority)
      }
    }
    assert.isAbove(muted, 5)
  })

  it("is told apart also where editions are made together", () => {
    const cohorts = [null, [], ["wickets"], ["results", "milestones"]].flatMap((hears) =>
      (["en", "hi"] as const).flatMap((language) =>
        [true, false].map((frequentUpdates) =>
          Cohort.of("token", {
            schemaVersion: 1,
            language,
            frequentUpdates,
            hears: hears as ReadonlyArray<Preferences.Kind> | null
          })
        )
      )
    )
    for (const bulletin of bulletins)
      assert.deepStrictEqual(
        Edition.all(bulletin, cohorts).map(Result.getOrThrow),
        cohorts.map((cohort) => Result.getOrThrow(Edition.of(bulletin, cohort)))
      )
  })

  it("is part of a cohort's name, and comes back from it", () => {
    const facts = { schemaVersion: 1, language: "hi", frequentUpdates: false } as const
    for (const hears of [
      null,
      [],
      ["wickets"],
      ["milestones", "results"]
    ] as ReadonlyArray<ReadonlyArray<Preferences.Kind> | null>) {
      const cohort = Cohort.of("token", { ...facts, hears })
      assert.deepStrictEqual(Cohort.named(Cohort.nameOf(cohort)), cohort)
      assert.strictEqual(Cohort.nameOf(Cohort.routed(cohort, "channel")), "channel/1/hi/normal")
    }
    assert.isNull(Cohort.named("token/1/hi/normal/noise"))
  })

  it("knows a team by its name, however it is written", () => {
    assert.strictEqual(Preferences.teamName("  New   Zealand "), "new zealand")
    assert.strictEqual(Preferences.teamName("ＩＮＤＩＡ"), "india")
  })
})

describe("a phone that can show no more", () => {
  const place = (name: string, since: number): Yielding.Place => ({
    activityId: name as Yielding.Place["activityId"],
    since: at(since)
  })
  const five = [place("c", 3), place("a", 1), place("b", 1), place("d", 4), place("e", 5)]

  it("has room below its limit", () => {
    assert.deepStrictEqual(Yielding.makeRoom(five.slice(0, 4), "oldest"), [])
    assert.deepStrictEqual(Yielding.makeRoom(five.slice(0, 4), "newest"), [])
  })

  it("lets go what has been there longest, or has the newest wait, as its owner likes", () => {
    assert.deepStrictEqual(Yielding.makeRoom(five, "oldest"), ["a"] as never)
    assert.deepStrictEqual(Yielding.makeRoom([...five, place("f", 6)], "oldest"), ["a", "b"] as never)
    assert.isNull(Yielding.makeRoom(five, "newest"))
  })
})
