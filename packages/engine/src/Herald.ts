import { Instant } from "@sightscreen/decider"
import { type Directions, type Ids, OsVersion, Preferences, Prematch, Timings } from "@sightscreen/domain"
import { Devices, type Fault, Fixtures, Follows, Notices, PushTokens } from "@sightscreen/store"
import { Context, Effect, Layer } from "effect"
import { AppSettings } from "./AppSettings.ts"
import { Broadcaster } from "./Broadcaster.ts"
import { Notifier } from "./Notifier.ts"
import { now } from "./Now.ts"
import { RecoveryWard } from "./RecoveryWard.ts"
import * as Rounds from "./Rounds.ts"

/**
 * Prepares what is about to begin: channels for the match, apps that are to report their start tokens, people who are to know.
 *
 * What was said is written down before it is said, so nobody hears it twice, and who could certainly not be told hears it later.
 */
export class Herald extends Context.Service<
  Herald,
  {
    readonly round: Effect.Effect<void, Fault.Fault>
    /** Rounds, over and over. */
    readonly run: Effect.Effect<never>
  }
>()("@sightscreen/engine/Herald") {
  static readonly interval = "30 seconds"
  /** Followers read at once. */
  static readonly page = 500

  static readonly layer = Layer.effect(
    Herald,
    Effect.gen(function* () {
      const address = yield* AppSettings
      const broadcaster = yield* Broadcaster
      const devices = yield* Devices.Devices
      const fixtures = yield* Fixtures.Fixtures
      const follows = yield* Follows.Follows
      const ladders = yield* RecoveryWard
      const notices = yield* Notices.Notices
      const notifier = yield* Notifier
      const tokens = yield* PushTokens.PushTokens

      const eachPage = Effect.fnUntraced(function* (
        matchId: Ids.MatchId,
        each: (users: ReadonlyArray<Ids.UserId>) => Effect.Effect<void, Fault.Fault>
      ) {
        for (let after: Ids.UserId | null = null; ;) {
          const page: ReadonlyArray<Follows.Follow> = yield* follows.followers(matchId, {
            after,
            limit: Herald.page
          })
          const last = page.at(-1)
          if (last === undefined) return
          yield* each(page.map(({ userId }) => userId))
          after = last.userId
        }
      })

      const tellPeople = Effect.fnUntraced(function* (
        fixture: Fixtures.Fixture,
        users: ReadonlyArray<Ids.UserId>
      ) {
        const { matchId, status } = fixture
        const at = yield* now
        const soon = { matchId, status, startsAt: fixture.info.startsAt, followers: users }
        const due = Prematch.due([soon], at, () => false).map(({ userId }) => userId)
        if (due.length === 0) return
        const claimed = (yield* notices.claim("prematch", matchId, due, at)) as ReadonlyArray<Ids.UserId>
        if (claimed.length === 0) return
        const all = yield* devices.ofUsers(claimed)
        const owned = all.filter(({ likes }) => Preferences.isReminded(likes ?? null, at))
        // Who sleeps now may be awake before the start.
        const asleep = all.filter(({ likes }) => !Preferences.mayBuzz(likes ?? null, at))
        if (asleep.length > 0)
          yield* notices.release("prematch", matchId, [...new Set(asleep.map(({ userId }) => userId))])
        if (owned.length === 0) return
        const unsaid = new Set(
          yield* notifier.prematch(
            matchId,
            owned.map(({ deviceId }) => deviceId)
          )
        )
        if (unsaid.size === 0) return
        yield* notices.release("prematch", matchId, Prematch.untold(owned, unsaid))
      })

      const wakePhones = Effect.fnUntraced(function* (
        matchId: Ids.MatchId,
        users: ReadonlyArray<Ids.UserId>
      ) {
        const able = (yield* devices.ofUsers(users)).filter(({ osVersion }) =>
          OsVersion.startsRemotely(osVersion)
        )
        if (able.length === 0) return
        const ids = able.map(({ deviceId }) => deviceId)
        const registered = new Map(
          (yield* tokens.ofDevices("start", ids))
            .filter((one) => one.bundleId === address.bundleId && one.environment === address.environment)
            .map((one) => [one.deviceId, one.registeredAt])
        )
        const at = yield* now
        yield* ladders.hear(
          ids.map((deviceId): Directions.Heard => {
            const registeredAt = registered.get(deviceId)
            return {
              deviceId,
              input: {
                _tag: "MatchSoon",
                matchId,
                startToken: registeredAt === undefined ? "none" : { registeredAt },
                at
              }
            }
          })
        )
      })

      const round = Effect.gen(function* () {
        const at = yield* now
        const coming = yield* fixtures.startingBetween(at, Instant.plus(at, Timings.channelsBefore))
        for (const fixture of coming) {
          const { matchId, status } = fixture
          const due = Prematch.preparations({ startsAt: fixture.info.startsAt, status }, at)
          if (due.channels) yield* broadcaster.want(matchId)
          if (!due.notices) continue
          // While Apple is away people are told with patience, and their phones are not to wait for that.
          yield* eachPage(matchId, (users) =>
            Effect.andThen(due.wakes ? wakePhones(matchId, users) : Effect.void, tellPeople(fixture, users))
          )
        }
      })

      return Herald.of({
        round,
        run: Rounds.forever("a look at what is about to begin", round, Herald.interval)
      })
    })
  )
}
