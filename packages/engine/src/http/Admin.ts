import { Api, Authorization, Problems } from "@sightscreen/api"
import { type Ids, Order } from "@sightscreen/domain"
import { Deliveries, Devices, Fixtures, Follows, PushTokens } from "@sightscreen/store"
import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Announcer } from "../Announcer.ts"
import { FeedDesk } from "../FeedDesk.ts"
import { MatchOrchestrator } from "../MatchOrchestrator.ts"
import { OrderDesk } from "../OrderDesk.ts"
import { orNotNow } from "./NotNow.ts"
import { cut, pageOf } from "./Paging.ts"
import * as Secret from "./Secret.ts"

export const matches = HttpApiBuilder.group(Api.Api, "adminMatches", (handlers) =>
  Effect.gen(function* () {
    const deliveries = yield* Deliveries.Deliveries
    const fixtures = yield* Fixtures.Fixtures
    const orchestrator = yield* MatchOrchestrator
    const desk = yield* OrderDesk

    const give = Effect.fnUntraced(function* (matchId: Ids.MatchId, order: Order.Order) {
      const { name } = yield* Authorization.CurrentOperator
      yield* Effect.logInfo(`match ${matchId}: ${name} orders ${order._tag}`)
      if (!(yield* desk.give(matchId, order, name)))
        return yield* new Problems.NotBeingTold({ detail: "nothing of it is on anybody's screen" })
    }, orNotNow)

    return handlers.handleAll({
      get: Effect.fnUntraced(function* ({ params: { matchId } }) {
        const fixture = yield* fixtures.get(matchId)
        const { state } = yield* orchestrator.place(matchId)
        if (fixture === null && state === null)
          return yield* new Problems.NoSuchMatch({ detail: "no match of that name" })
        return {
          matchId,
          status: state?.match?.status ?? fixture?.status ?? "scheduled",
          told: state !== null && state.ended === null,
          paused: Order.isPaused(state?.orders),
          corrections: state?.orders?.corrections ?? [],
          pushes: yield* deliveries.counts(matchId)
        }
      }, orNotNow),
      pause: ({ params }) => give(params.matchId, { _tag: "Pause" }),
      resume: ({ params }) => give(params.matchId, { _tag: "Resume" }),
      correct: ({ params, payload }) => give(params.matchId, { _tag: "Correct", ...payload }),
      uncorrect: ({ params }) => give(params.matchId, { _tag: "Uncorrect" }),
      end: ({ params }) => give(params.matchId, { _tag: "End" })
    })
  })
)

export const notifications = HttpApiBuilder.group(Api.Api, "adminNotifications", (handlers) =>
  Effect.gen(function* () {
    const announcer = yield* Announcer
    const devices = yield* Devices.Devices
    const fixtures = yield* Fixtures.Fixtures
    const follows = yield* Follows.Follows
    const tokens = yield* PushTokens.PushTokens
    return handlers.handleAll({
      push: Effect.fnUntraced(function* ({ payload: { body, matchId, title, userIds } }) {
        const { name } = yield* Authorization.CurrentOperator
        if (matchId !== undefined && (yield* fixtures.get(matchId)) === null)
          return yield* new Problems.NoSuchMatch({ detail: "no match of that name" })
        const notificationId = yield* Secret.random
        yield* Effect.logInfo(`${name} announces ${notificationId} to ${userIds?.length ?? "all"} people`)
        yield* announcer.announce({
          name: `announcement/${notificationId}`,
          title,
          body,
          matchId: matchId ?? null,
          userIds: userIds ?? null
        })
        return { notificationId }
      }, orNotNow),
      users: Effect.fnUntraced(function* ({ query }) {
        const { next, rows } = cut(yield* devices.page(pageOf(query)), query, ({ deviceId }) => deviceId)
        const ids = rows.map(({ deviceId }) => deviceId)
        const known = yield* Effect.forEach(["alert", "start", "voip"] as const, (kind) =>
          ids.length === 0 ? Effect.succeed([]) : tokens.ofDevices(kind, ids)
        )
        const all = known.flat()
        return {
          devices: rows.map(({ appVersion, deviceId, lastSeenAt, osVersion, userId }) => ({
            userId,
            deviceId,
            osVersion,
            appVersion,
            lastSeenAt,
            tokens: all
              .filter((one) => one.deviceId === deviceId)
              .map(({ kind, token }) => ({ kind, tail: token.slice(-6) }))
          })),
          next
        }
      }, orNotNow),
      subscriptions: Effect.fnUntraced(function* ({ query }) {
        const found = yield* follows.followers(query.matchId, pageOf(query))
        const { next, rows } = cut(found, query, ({ userId }) => userId)
        return {
          follows: rows.map(({ createdAt, matchId, teamId, userId }) => ({
            userId,
            matchId,
            teamId,
            createdAt
          })),
          next
        }
      }, orNotNow)
    })
  })
)

export const feed = HttpApiBuilder.group(Api.Api, "adminFeed", (handlers) =>
  Effect.gen(function* () {
    const desk = Option.getOrNull(yield* Effect.serviceOption(FeedDesk))
    const date = /^\d{4}-\d\d-\d\d$/
    return handlers.handleAll({
      fixtures: Effect.fnUntraced(function* ({ query: { from = null, limit = 50, to = null } }) {
        for (const [field, value] of Object.entries({ from, to }))
          if (value !== null && !date.test(value))
            return yield* new Problems.BadRequest({
              errors: [{ path: ["query", field], message: "expected a date such as 2026-06-14" }]
            })
        if (desk === null) return yield* new Problems.NotOffered({ detail: "this feed has no raw fixtures" })
        const fixtures = yield* desk
          .fixtures({ from, to, limit })
          .pipe(
            Effect.catch(({ problem }) =>
              Effect.andThen(
                Effect.logWarning(`raw fixtures: ${problem}`),
                Effect.fail(new Problems.NotNow({ detail: "the feed does not answer" }))
              )
            )
          )
        return { fixtures: fixtures.slice(0, limit) }
      }),
      clear: ({ payload: { matchId } }) =>
        Effect.map(desk === null ? Effect.succeed(0) : desk.clear(matchId ?? null), (cleared) => ({
          cleared
        })),
      stats: () => Effect.map(desk === null ? Effect.succeed([]) : desk.stats, (caches) => ({ caches }))
    })
  })
)
