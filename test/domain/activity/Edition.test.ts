import { Instant } from "@sightscreen/decider"
import { type Bulletin, type Cohort, Edition, Fit, Provision, type Snapshot } from "@sightscreen/domain"
import { Duration, Result, Schema } from "effect"
import { assert, describe, it } from "@effect/vitest"
import { after, innings, minute, over, second, snapshot } from "../support/cricket.ts"
import { watch } from "../support/story.ts"

const one = innings([over("A", "X", ". 4 1 W", "B"), over("C", "Y", "1 2 3", "B")])
const at = (seconds: number, balls: number, status: "live" | "stumps" | "finished" | "postponed" = "live") =>
  snapshot([after(balls, one)], { at: second(seconds), status })

const frequent: Cohort.Cohort = { route: "token", schema: 1, language: "en", level: "frequent" }
const normal: Cohort.Cohort = { ...frequent, level: "normal" }

const edition = (bulletin: Bulletin.Bulletin, cohort = frequent): Edition.Edition => {
  const found = Edition.of(bulletin, cohort)
  if (Result.isFailure(found)) assert.fail(`${found.failure.bytes} bytes`)
  return found.success
}
const last = (...readings: ReadonlyArray<Snapshot.Snapshot>): Bulletin.Bulletin =>
  watch(...readings).bulletins.at(-1)!

const routine = last(at(0, 1), at(10, 3))
const wicket = last(at(0, 3), at(10, 4))
const maiden = last(
  snapshot([after(5, innings([over("A", "X", ". . . . . .", "B")]))], { at: second(0) }),
  snapshot([innings([over("A", "X", ". . . . . .", "B")])], { at: second(10) })
)
const stumps = last(at(0, 3), at(10, 3, "stumps"))
const over_ = last(at(0, 3), at(10, 3, "finished"))
const postponed = last(at(0, 0), at(10, 0, "postponed"))

/** Minutes from the bulletin on. */
const minutesUntil = (bulletin: Bulletin.Bulletin, then: number): number => (then - bulletin.at) / 60_000

describe("Editions of several cohorts", () => {
  const cohorts = Provision.cohorts.flatMap((cohort) => [cohort, { ...cohort, route: "token" as const }])

  it.each([
    ["plain state", routine],
    ["an alert", wicket],
    ["the end", over_]
  ])("of %s are what each of them is by itself", (_, bulletin) => {
    assert.deepStrictEqual(
      Edition.all(bulletin, cohorts),
      cohorts.map((cohort) => Edition.of(bulletin, cohort))
    )
  })
})

describe("An edition", () => {
  it.each([
    ["a change of the score", routine, "update", false, 2, null],
    ["a wicket", wicket, "alert", true, 10, null],
    ["stumps", stumps, "end", true, 240, 240],
    ["the end", over_, "end", true, 240, 15],
    ["a postponement", postponed, "end", true, 240, 15]
  ] as const)("of %s has the patience, the use and the stay that it deserves", (_, bulletin, ...expected) => {
    const it_ = edition(bulletin)
    assert.deepStrictEqual(
      [
        Edition.kindOf(it_),
        Edition.isKept(it_),
        minutesUntil(bulletin, it_.expiresAt),
        it_.dismissAt === null ? null : minutesUntil(bulletin, it_.dismissAt * 1000)
      ],
      [...expected]
    )
  })

  it("says what buzzes, with a sound for a wicket and none for a maiden", () => {
    assert.deepStrictEqual(edition(wicket).alert, {
      title: "Wicket! IND 5/1",
      body: "A b X 5 (4)",
      sound: "default"
    })
    assert.isNull(edition(maiden).alert!.sound)
    assert.isNull(edition(routine).alert)
  })

  it("has the priority that its level may have, and its alert whatever that is", () => {
    const spent: Bulletin.Bulletin = { ...wicket, priority: { normal: 5, frequent: 10 } }
    assert.deepStrictEqual(
      [frequent, normal].map((cohort) => [
        edition(spent, cohort).priority,
        edition(spent, cohort).alert?.title
      ]),
      [
        [10, "Wicket! IND 5/1"],
        [5, "Wicket! IND 5/1"]
      ]
    )
  })

  it("is named by its bulletin and its cohort: the same decision has the same name", () => {
    assert.strictEqual(edition(wicket).id, `1/${Instant.toSeconds(second(10))}/token/1/en/frequent`)
    assert.deepStrictEqual(edition(wicket), edition(structuredClone(wicket)))
    assert.notStrictEqual(edition(wicket).id, edition(wicket, normal).id)
  })

  it("takes stamp, staleness and relevance from its bulletin", () => {
    const { relevance, staleAt, stamp } = edition(wicket)
    assert.deepStrictEqual([relevance, staleAt, stamp], [wicket.relevance, wicket.staleAt, wicket.stamp])
  })

  it("comes back from the store as it was", () => {
    const codec = Schema.toCodecJson(Edition.Edition)
    for (const bulletin of [routine, wicket, over_]) {
      const it_ = edition(bulletin)
      assert.deepStrictEqual(Schema.decodeSync(codec)(Schema.encodeSync(codec)(it_)), it_)
    }
  })
})

describe("What replaces what on a phone that is offline", () => {
  it("is named for what is kept, within Apple's 64 bytes, however long the match's own name is", () => {
    const long = edition({ ...wicket, matchId: "m".repeat(500) as typeof wicket.matchId })
    for (const one of [edition(wicket), edition(over_), long]) {
      const name = Edition.collapseIdOf(one)!
      assert.isAtMost(new TextEncoder().encode(name).length, 64)
    }
    assert.isNull(Edition.collapseIdOf(edition(routine)))
  })

  it("is the same alert sent again, and no other", () => {
    const later: Bulletin.Bulletin = { ...wicket, stamp: Instant.toSeconds(second(11)) }
    const names = [wicket, later].flatMap((one) => [
      Edition.collapseIdOf(edition(one)),
      Edition.collapseIdOf(edition(one, normal))
    ])
    assert.strictEqual(new Set(names).size, 4)
    assert.strictEqual(Edition.collapseIdOf(edition(structuredClone(wicket))), names[0])
  })
})

describe("What stands", () => {
  it("is of use for as long from now as it was when it was new, under a name of its own", () => {
    for (const bulletin of [routine, wicket, over_]) {
      const now = minute(50)
      const found = Edition.standing(bulletin, frequent, now)
      if (Result.isFailure(found)) return assert.fail("too large")
      const it_ = edition(bulletin)
      assert.strictEqual(found.success.expiresAt - now, it_.expiresAt - bulletin.at)
      assert.strictEqual(found.success.id, `${it_.id}/standing`)
      assert.deepStrictEqual({ ...found.success, id: it_.id, expiresAt: it_.expiresAt }, it_)
    }
  })
})

describe("What stands, in other words than English", () => {
  it("has another name once the match has gone on, for its words are made anew; in English it has one", () => {
    const hindi = { ...frequent, language: "hi" } as const
    const idOf = (cohort: typeof frequent, readAt: typeof routine.at) => {
      const bulletin = { ...routine, match: { ...routine.match, readAt } }
      const found = Edition.standing(bulletin, cohort, minute(50))
      return Result.isFailure(found) ? assert.fail("too large") : found.success.id
    }
    const later = minute(49)
    assert.strictEqual(idOf(hindi, routine.at), idOf(hindi, routine.at))
    assert.notStrictEqual(idOf(hindi, routine.at), idOf(hindi, later))
    assert.strictEqual(idOf(frequent, routine.at), idOf(frequent, later))
    for (const at of [routine.at, later]) assert.match(idOf(hindi, at), /\/standing$/)
  })
})

describe("A body", () => {
  it("leaves room for its alert", () => {
    const called = { A: "ह".repeat(900), X: "x".repeat(900), C: "c".repeat(900) }
    const { bulletins } = watch(
      snapshot([after(3, one)], { at: second(0), players: called }),
      snapshot([after(4, one)], { at: second(10), players: called })
    )
    const { alert, content } = edition(bulletins.at(-1)!)
    assert.isAtMost(Fit.bytesOf(content) + Fit.bytesOf(alert), Fit.limit)
    assert.isAtMost(alert!.title.length, 60)
    assert.isAtMost([...alert!.body].length, 140)
  })

  it("that fits into no push is a failure with its size", () => {
    const large: Bulletin.Bulletin = {
      ...routine,
      content: {
        ...routine.content,
        expanded: { ...routine.content.expanded, runRate: "9".repeat(Fit.limit) }
      }
    }
    const found = Edition.of(large, frequent)
    if (Result.isSuccess(found)) return assert.fail("it fits")
    assert.strictEqual(found.failure._tag, "TooLarge")
    assert.isAbove(found.failure.bytes, Fit.limit)
  })
})

it("News is of use for minutes, and an end for as long as Apple leaves it on a screen", () => {
  assert.isTrue(Duration.isLessThan(Edition.usefulFor.routine, Edition.usefulFor.alert))
  assert.deepStrictEqual(Edition.usefulFor.end, Duration.hours(4))
})
