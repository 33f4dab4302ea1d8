import { Api, Names, Problems } from "@sightscreen/api"
import { Status } from "@sightscreen/domain"
import { Fixtures } from "@sightscreen/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { LiveEvents } from "../LiveEvents.ts"
import { MatchOrchestrator } from "../MatchOrchestrator.ts"
import { orNotNow } from "./NotNow.ts"
import { cut, pageOf } from "./Paging.ts"

const withStatus = (pass: (status: Status.Status) => boolean): ReadonlySet<Status.Status> =>
  new Set(Status.Status.literals.filter(pass))

const statuses = {
  upcoming: withStatus((status) => Status.phase(status, false) === "pre"),
  live: Fixtures.underWay,
  completed: withStatus(Status.isOver)
} as const

const listed = ({ info, matchId, outcome, status }: Fixtures.Fixture) => ({
  matchId,
  competition: info.competition,
  home: info.home,
  away: info.away,
  venue: info.venue,
  startsAt: info.startsAt,
  status,
  outcome
})

export const layer = HttpApiBuilder.group(Api.Api, "matches", (handlers) =>
  Effect.gen(function* () {
    const fixtures = yield* Fixtures.Fixtures
    const events = yield* LiveEvents
    const orchestrator = yield* MatchOrchestrator

    /** What screens show, wherever the match is told. */
    const stateOf = (fixture: Fixtures.Fixture) =>
      Status.isOver(fixture.status) || Fixtures.underWay.has(fixture.status)
        ? Effect.map(orchestrator.place(fixture.matchId), ({ state }) => state?.content ?? null)
        : Effect.succeed(null)

    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const { from, league, status, to } = query
        const bounds = { from: from && Names.instantOf(from), to: to && Names.instantOf(to) }
        for (const field of ["from", "to"] as const)
          if (bounds[field] === null)
            return yield* new Problems.BadRequest({
              errors: [{ path: ["query", field], message: "there is no such day, or no such hour" }]
            })
        const found = yield* fixtures.page(
          {
            ...(league === undefined ? {} : { competition: league }),
            ...(status === undefined ? {} : { statuses: statuses[status] }),
            ...(typeof bounds.from === "number" ? { from: bounds.from } : {}),
            ...(typeof bounds.to === "number" ? { to: bounds.to } : {})
          },
          pageOf(query)
        )
        const { next, rows } = cut(found, query, Fixtures.key)
        return { matches: rows.map(listed), next }
      }, orNotNow),
      live: Effect.fnUntraced(function* ({ query }) {
        const live = yield* fixtures.page({ statuses: statuses.live }, pageOf(query))
        const { next, rows } = cut(live, query, Fixtures.key)
        const matches = yield* Effect.forEach(rows, (fixture) =>
          Effect.map(stateOf(fixture), (state) => ({
            ...listed(fixture),
            score: state === null ? null : `${state.expanded.battingCode} ${state.expanded.score}`.trim()
          }))
        )
        return { matches, next }
      }, orNotNow),
      get: Effect.fnUntraced(function* ({ params: { matchId } }) {
        const fixture = yield* fixtures.get(matchId)
        if (fixture === null) return yield* new Problems.NoSuchMatch({ detail: "no match of that name" })
        return { ...listed(fixture), displayState: yield* stateOf(fixture) }
      }, orNotNow),
      events: Effect.fnUntraced(function* ({ params: { matchId }, request }) {
        if ((yield* fixtures.get(matchId)) === null)
          return yield* new Problems.NoSuchMatch({ detail: "no match of that name" })
        const stream = yield* events.of(matchId, request.headers["last-event-id"] ?? null)
        if (stream === null)
          return yield* new Problems.TooManyRequests({ detail: "as many listen as this server has room for" })
        return stream
      }, orNotNow)
    })
  })
)
