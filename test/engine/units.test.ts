import { it } from "@effect/vitest"
import type { Notification } from "@sightscreen/apns"
import { Instant, Step } from "@sightscreen/decider"
import { ActiveMatch, Cohort, Edition, type Ids, type PushOutcome } from "@sightscreen/domain"
import { Audience, Envelope, Tally } from "@sightscreen/engine"
import { Timeline } from "@sightscreen/feed"
import { Activities, Preferences } from "@sightscreen/store"
import { Duration, Effect, Layer, Result, Stream } from "effect"
import { assert, describe } from "vitest"
import * as Kit from "./kit.ts"

const address = { bundleId: "com.sightscreen.ios" as Notification.BundleId, environment: "sandbox" } as const
const utf8 = new TextDecoder()

const open = (sealed: ReturnType<typeof Envelope.edition>) => {
  const { body, headers } = Result.getOrThrow(sealed)
  return {
    headers: Object.fromEntries(headers),
    aps: (JSON.parse(utf8.decode(body)) as { readonly aps: Record<string, unknown> }).aps
  }
}

const [over, said] = Step.play(
  ActiveMatch.step,
  ActiveMatch.begin(Kit.matchId, true),
  Kit.timeline.times.map(
    (at, position): ActiveMatch.Input => ({
      _tag: "SnapshotRead",
      snapshot: Timeline.snapshot(Kit.timeline, position, at)
    })
  )
)
const bulletins = said.flatMap((one) => (one._tag === "BulletinIssued" ? [one.bulletin] : []))
const tokens = Cohort.of("token", { schemaVersion: 1, language: "en", frequentUpdates: true })
const editionOf = (pick: (one: (typeof bulletins)[number]) => boolean) =>
  Result.getOrThrow(Edition.of(bulletins.find(pick)!, tokens))

describe("an envelope", () => {
  const plain = editionOf(({ alert }) => alert === null)
  const wicket = editionOf(({ event }) => event?._tag === "wicket")
  const end = editionOf(({ ends }) => ends !== null)

  it("of plain state has what an update needs and nothing else", () => {
    const { aps, headers } = open(Envelope.edition(plain, address))
    assert.deepStrictEqual(Object.keys(aps), [
      "timestamp",
      "event",
      "content-state",
      "stale-date",
      "relevance-score"
    ])
    assert.deepStrictEqual(aps, {
      timestamp: plain.stamp,
      event: "update",
      "content-state": plain.content,
      "stale-date": plain.staleAt,
      "relevance-score": plain.relevance
    })
    assert.deepStrictEqual(headers, {
      ":method": "POST",
      "apns-push-type": "liveactivity",
      "apns-topic": "com.sightscreen.ios.push-type.liveactivity",
      "apns-priority": "5",
      "apns-expiration": String(plain.stamp + 120)
    })
  })

  it("of an alert carries it, with its sound inside", () => {
    const { aps, headers } = open(Envelope.edition(wicket, address))
    assert.deepStrictEqual(aps["alert"], {
      title: wicket.alert!.title,
      body: wicket.alert!.body,
      sound: "default"
    })
    assert.strictEqual(headers["apns-priority"], "10")
    assert.strictEqual(aps["event"], "update")
  })

  it("of an alert without a sound has no key for it", () => {
    const silent = editionOf(({ alert, importance }) => alert !== null && !importance.sound)
    assert.deepStrictEqual(Object.keys(open(Envelope.edition(silent, address)).aps["alert"] as object), [
      "title",
      "body"
    ])
  })

  it("of the end has the final state and a date to leave, and no attributes", () => {
    const { aps, headers } = open(Envelope.edition(end, address))
    assert.deepStrictEqual(Object.keys(aps), [
      "timestamp",
      "event",
      "content-state",
      "alert",
      "dismissal-date",
      "stale-date",
      "relevance-score"
    ])
    assert.strictEqual(aps["event"], "end")
    assert.strictEqual(aps["dismissal-date"], end.stamp + 15 * 60)
    assert.strictEqual(headers["apns-priority"], "10")
  })

  const standing = ActiveMatch.standing(over)!
  const at = Instant.fromSeconds(standing.stamp)
  const alert = { title: "India v New Zealand", body: "Now live" }
  const start = { standing, content: standing.content, alert, input: { _tag: "Token" } as const }

  it("of a start names the Swift type, its attributes and where updates are to come from", () => {
    const { aps, headers } = open(Envelope.start({ ...start, info: Kit.timeline.info }, at, address))
    assert.deepStrictEqual(aps, {
      timestamp: standing.stamp,
      event: "start",
      "content-state": standing.content,
      "attributes-type": "LiveActivityAttributes",
      attributes: {
        matchId: Kit.matchId,
        leagueName: Kit.timeline.info.competition,
        homeTeam: Kit.timeline.info.home,
        awayTeam: Kit.timeline.info.away,
        format: "t20"
      },
      alert,
      "input-push-token": 1,
      "stale-date": standing.staleAt,
      "relevance-score": standing.relevance
    })
    assert.strictEqual(headers["apns-priority"], "10")
    assert.strictEqual(headers["apns-expiration"], String(standing.stamp + 600))
  })

  it("of a start has one short plain name for two that race, whatever the match is called", () => {
    const name = (matchId: string) =>
      open(
        Envelope.start(
          { ...start, info: { ...Kit.timeline.info, matchId: matchId as Ids.MatchId } },
          at,
          address
        )
      ).headers["apns-collapse-id"]!
    assert.strictEqual(name("1512773"), name("1512773"))
    assert.notStrictEqual(name("1512773"), name("1512774"))
    for (const id of ["x".repeat(500), "Königsberg – Köln", "a\nb"])
      assert.match(name(id), /^[\x21-\x7e]{1,64}$/)
  })

  it("of a removal says nothing but that it is over, since the day before, whenever it is sent", () => {
    const { aps, headers } = open(Envelope.removal(standing.stamp, at, address))
    assert.deepStrictEqual(aps, {
      timestamp: standing.stamp,
      event: "end",
      "dismissal-date": standing.stamp - 86_400
    })
    const later = open(Envelope.removal(standing.stamp, Instant.plus(at, Duration.minutes(1)), address))
    assert.deepStrictEqual(later.aps, aps)
    assert.strictEqual(headers["apns-priority"], "10")
    // As long as an activity may be on the screen of a phone that is out of reach.
    assert.strictEqual(headers["apns-expiration"], String(Instant.toSeconds(at) + 8 * 3600))
  })
})

describe("the tally", () => {
  const accepted: PushOutcome.Outcome = { _tag: "Accepted" }
  const refused: PushOutcome.Outcome = { _tag: "AppleDown", reason: null }

  it.effect("counts pushes by what became of them, each match for itself", () =>
    Effect.gen(function* () {
      const tally = yield* Tally.Tally
      yield* tally.count(Kit.matchId, { kind: "start", priority: 10, alert: true }, [accepted, accepted])
      yield* tally.count(Kit.matchId, { kind: "update", priority: 5, alert: false }, [accepted, refused])
      yield* tally.count(Kit.matchId, { kind: "alert", priority: 10, alert: true }, [accepted])
      assert.deepStrictEqual(yield* tally.of(Kit.matchId), {
        sent: 5,
        accepted: 4,
        priority5: 2,
        priority10: 3,
        alerts: 3,
        starts: 2,
        refused: 1
      })
      assert.deepStrictEqual(yield* tally.of("another" as Ids.MatchId), Tally.none)
    }).pipe(Effect.provide(Tally.Tally.layer))
  )
})

describe("an audience", () => {
  const row = (nth: number): Activities.Draft => {
    const name = `${nth}`.padStart(5, "0")
    return {
      activityId: `a/${name}` as Ids.ActivityId,
      matchId: Kit.matchId,
      deviceId: `d/${name}` as Ids.DeviceId,
      userId: `u/${name}` as Ids.UserId,
      generation: 1,
      // Every third one is not there to be told anything.
      status: nth % 3 === 0 ? "pending" : "active",
      updateToken:
        nth % 3 === 0 ? null : nth === 4 ? "no token" : `ab${name}`.padEnd(64, "0").replace("/", "0"),
      cohort: Cohort.nameOf(tokens),
      instance: null,
      channelId: null,
      activeSince: null,
      state: null,
      updatedAt: Kit.noon
    }
  }

  it.effect("is everybody with a live token, once, in slices that are full but for the last", () =>
    Effect.gen(function* () {
      const activities = yield* Activities.Activities
      yield* activities.insert(Array.from({ length: 2000 }, (_, index) => row(index)))
      const audience = yield* Audience.Audience
      const slices = yield* Stream.runCollect(audience.of(Kit.matchId, Cohort.nameOf(tokens)))
      const ids = slices.flat().map(({ activityId }) => activityId)
      assert.strictEqual(ids.length, 1332)
      assert.deepStrictEqual(ids, [...new Set(ids)])
      assert.notInclude(ids, "a/00004" as Ids.ActivityId)
      assert.deepStrictEqual(
        slices.map(({ length }) => length),
        [499, 500, 333]
      )
      assert.deepStrictEqual(
        yield* Stream.runCollect(audience.of("another" as Ids.MatchId, Cohort.nameOf(tokens))),
        []
      )
    }).pipe(
      Effect.provide(
        Audience.Audience.layer.pipe(
          Layer.provideMerge(Activities.Activities.layerMemory),
          Layer.provide(Preferences.Book.layer)
        )
      )
    )
  )
})
