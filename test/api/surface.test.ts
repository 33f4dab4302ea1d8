import { layer } from "@effect/vitest"
import type { Ids } from "@sightscreen/domain"
import { Follows } from "@sightscreen/store"
import { Context, Duration, Effect, Layer, Logger } from "effect"
import { assert } from "vitest"
import * as Server from "./server.ts"

class Running extends Context.Service<Running, Server.Server>()("test/Running") {}

const running = (options: Parameters<typeof Server.make>[0] = {}) =>
  Layer.effect(Running, Server.make(options)).pipe(Layer.provide(Logger.layer([])))

const phone = { platform: "ios", osVersion: "17.4", appVersion: "1.0" }
const follows = (server: Server.Server, user: string) =>
  Effect.map(
    Context.get(server.world.store as Context.Context<Follows.Follows>, Follows.Follows).ofUser(
      user as Ids.UserId
    ),
    (all) => all.length
  )

layer(running({ origins: ["https://console.example"] }), { excludeTestServices: true })(
  "every answer",
  (it) => {
    const test = (name: string, body: (server: Server.Server) => Effect.Effect<void, unknown>) =>
      it.effect(name, () => Effect.flatMap(Running, body))

    const refusals: ReadonlyArray<
      readonly [
        what: string,
        method: string,
        path: string,
        more: Parameters<Server.Server["raw"]>[2],
        status: number,
        type: string
      ]
    > = [
      ["a route that is none", "GET", "/v1/nothing", {}, 404, "no-such-route"],
      ["a path out of this world", "GET", "/v1/../../etc/passwd", {}, 404, "no-such-route"],
      ["a name that is no text", "GET", "/v1/matches/%ff", { name: "ann" }, 404, "no-such-route"],
      ["a method that its route has not", "POST", "/health", {}, 405, "no-such-method"],
      ["a match that is none", "GET", "/v1/matches/nothing", { name: "ann" }, 404, "no-such-match"],
      [
        "a body that is too large",
        "POST",
        "/v1/devices",
        { name: "ann", body: { deviceId: "x".repeat(66_000), ...phone } },
        413,
        "too-large"
      ],
      [
        "another kind of body",
        "POST",
        "/v1/devices",
        { name: "ann", body: "<a/>", headers: { "content-type": "text/xml" } },
        415,
        "no-such-media-type"
      ],
      [
        "a field too many",
        "POST",
        "/v1/devices",
        { name: "ann", body: { deviceId: "a", ...phone, userId: "eve" } },
        400,
        "bad-request"
      ],
      ["a question too many", "GET", "/v1/user/follows?user=eve", { name: "ann" }, 400, "bad-request"],
      ["a page without end", "GET", "/v1/user/follows?limit=101", { name: "ann" }, 400, "bad-request"],
      ["a page of nothing", "GET", "/v1/user/follows?limit=0", { name: "ann" }, 400, "bad-request"],
      ["half a row", "GET", "/v1/user/follows?limit=1.5", { name: "ann" }, 400, "bad-request"],
      [
        "a day that is none",
        "GET",
        "/v1/matches?from=2026-02-99T00:00:00Z",
        { name: "ann" },
        400,
        "bad-request"
      ],
      ["a time without a zone", "GET", "/v1/matches?from=2026-02-09", { name: "ann" }, 400, "bad-request"]
    ]
    for (const [what, method, path, more, status, type] of refusals)
      test(`to ${what} is a problem that says what was wrong`, (server) =>
        Effect.gen(function* () {
          const answer = yield* server.raw(method, path, more)
          assert.strictEqual(answer.status, status, answer.text)
          assert.strictEqual(answer.type, "application/problem+json")
          assert.deepInclude(answer.json(), { type: `urn:sightscreen:${type}`, status })
        }))

    test("to who came by another method, or is not known, says what is there, and what is asked for", (server) =>
      Effect.gen(function* () {
        const post = yield* server.raw("POST", "/v1/user/follows", { name: "ann", body: {} })
        assert.strictEqual(post.headers.get("allow"), "GET, HEAD")
        const put = yield* server.raw("GET", `/v1/user/follow/match/${Server.live}`, { name: "ann" })
        assert.deepStrictEqual([put.status, put.headers.get("allow")], [405, "DELETE"])
        const stranger = yield* server.raw("GET", "/v1/user/follows")
        assert.strictEqual(stranger.headers.get("www-authenticate"), "Bearer")
        assert.match(stranger.headers.get("ratelimit") ?? "", /^"open";r=\d+;t=\d+$/)
      }))

    test("keeps browsers out of trouble, and can be found in the log", (server) =>
      Effect.gen(function* () {
        for (const path of ["/health", "/docs", "/v1/nothing", "/v1/user/follows"]) {
          const { headers } = yield* server.raw("GET", path)
          assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
          assert.strictEqual(headers.get("x-frame-options"), "DENY")
          assert.include(headers.get("content-security-policy") ?? "", "default-src 'none'")
          assert.include(headers.get("strict-transport-security") ?? "", "max-age=")
          assert.match(headers.get("x-request-id") ?? "", /^[0-9a-f]{32}$/)
          assert.isNull(headers.get("access-control-allow-origin"))
          assert.isNull(headers.get("x-powered-by"))
        }
      }))

    test("is for pages of other origins only where they are on the list", (server) =>
      Effect.gen(function* () {
        const from = (origin: string, method = "GET") =>
          server.raw(method, "/v1/app/config", { headers: { origin } })
        const known = yield* from("https://console.example")
        assert.strictEqual(known.headers.get("access-control-allow-origin"), "https://console.example")
        assert.strictEqual((yield* from("https://console.example", "OPTIONS")).status, 204)
        for (const origin of ["https://evil.example", "null", "https://console.example.evil.example"]) {
          assert.isNull((yield* from(origin)).headers.get("access-control-allow-origin"))
          assert.strictEqual((yield* from(origin, "OPTIONS")).status, 405)
        }
      }))

    test("that can be asked for again has a tag, and is not sent twice", (server) =>
      Effect.gen(function* () {
        const ask = (tag?: string) =>
          server.raw("GET", "/v1/user/follows", {
            name: "tag",
            ...(tag === undefined ? {} : { headers: { "if-none-match": tag } })
          })
        const first = yield* ask()
        const tag = first.headers.get("etag") ?? ""
        assert.match(tag, /^W\/"[0-9a-f]{32}"$/)
        const same = yield* ask(`"other", ${tag}`)
        assert.deepStrictEqual([same.status, same.text], [304, ""])
        const api = yield* server.as("tag")
        yield* api.follows.follow({ payload: { matchId: Server.coming } })
        assert.strictEqual((yield* ask(tag)).status, 200)
        // What it is a tag of is one person's: theirs is not another's to be had.
        assert.strictEqual(first.headers.get("cache-control"), "private, no-cache")
      }))

    test("of a list comes in pages that are each asked for by the one before", (server) =>
      Effect.gen(function* () {
        const api = yield* server.as("pages")
        const all: Array<string> = []
        for (let after: string | null = null; ;) {
          const page: { matches: ReadonlyArray<{ matchId: string }>; next: string | null } =
            yield* api.matches.list({ query: { limit: 2, ...(after === null ? {} : { after }) } })
          all.push(...page.matches.map(({ matchId }) => matchId))
          after = page.next
          if (after === null) break
        }
        assert.deepStrictEqual(all, [Server.past, Server.live, Server.coming])
        const some = yield* api.matches.list({ query: { status: "upcoming" } })
        assert.deepStrictEqual(
          some.matches.map(({ matchId }) => matchId),
          [Server.coming]
        )
        const none = yield* api.matches.list({ query: { league: "another cup" } })
        assert.deepStrictEqual(none, { matches: [], next: null })
      }))

    test("about a match says how it stands, and what the lock screen shows", (server) =>
      Effect.gen(function* () {
        const api = yield* server.as("lou")
        const params = { matchId: Server.live }
        const match = yield* api.matches.get({ params })
        const { expanded, phase } = match.displayState ?? assert.fail("it shows nothing")
        assert.strictEqual(phase, "live")
        const { matches } = yield* api.matches.live({ query: {} })
        assert.deepStrictEqual(
          matches.map(({ matchId, score }) => [matchId, score]),
          [[Server.live, `${expanded.battingCode} ${expanded.score}`]]
        )
      }))

    test("of the reference is a page that needs nothing else", (server) =>
      Effect.gen(function* () {
        const { text, type } = yield* server.raw("GET", "/docs")
        assert.match(type, /^text\/html/)
        assert.notMatch(text, /<script|<link|<img|@import|https?:\/\/(?!(www\.)?rfc)/)
        assert.include(text, "/v1/matches/{matchId}/activity-token")
      }))

    test("of the metrics and of the app's settings is there for anybody", (server) =>
      Effect.gen(function* () {
        assert.match((yield* server.raw("GET", "/metrics")).type, /^text\/plain/)
        assert.deepStrictEqual((yield* server.raw("GET", "/v1/app/config")).json(), {
          minAppVersion: "1.2",
          storeUrl: "https://apps.apple.com/app/id1",
          maintenanceMode: false
        })
        assert.strictEqual((yield* server.raw("GET", "/")).json()["api"], "/v1")
      }))
  }
)

layer(running(), { excludeTestServices: true })("a request under an Idempotency-Key", (it) => {
  const follow = (
    server: Server.Server,
    name: string,
    key: string,
    body: unknown = { matchId: Server.coming }
  ) => server.raw("POST", "/v1/user/follow/match", { name, body, headers: { "idempotency-key": key } })

  it.effect("is carried out once, and answered the same every time", () =>
    Effect.gen(function* () {
      const server = yield* Running
      const first = yield* follow(server, "ann", "k1")
      assert.strictEqual(first.status, 200)
      assert.isNull(first.headers.get("idempotency-replayed"))
      const api = yield* server.as("ann")
      yield* api.follows.unfollow({ params: { matchId: Server.coming } })
      const again = yield* follow(server, "ann", "k1")
      assert.deepStrictEqual([again.status, again.text, again.type], [200, first.text, first.type])
      assert.strictEqual(again.headers.get("idempotency-replayed"), "true")
      assert.strictEqual(yield* follows(server, "ann"), 0)
      assert.strictEqual((yield* follow(server, "ann", "k2")).status, 200)
      assert.strictEqual(yield* follows(server, "ann"), 1)
    })
  )

  it.effect("is its caller's and its route's own", () =>
    Effect.gen(function* () {
      const server = yield* Running
      yield* follow(server, "ben", "same")
      const other = yield* follow(server, "cy", "same")
      assert.isNull(other.headers.get("idempotency-replayed"))
      assert.strictEqual(yield* follows(server, "cy"), 1)
      const elsewhere = yield* server.raw("DELETE", `/v1/user/follow/match/${Server.coming}`, {
        name: "ben",
        headers: { "idempotency-key": "same" }
      })
      assert.strictEqual(elsewhere.status, 204)
      assert.strictEqual(yield* follows(server, "ben"), 0)
    })
  )

  it.effect("is refused where it asks for something else, and where the key is none", () =>
    Effect.gen(function* () {
      const server = yield* Running
      yield* follow(server, "di", "k")
      const other = yield* follow(server, "di", "k", { matchId: Server.live })
      assert.deepInclude(other.json(), {
        status: 422,
        type: "urn:sightscreen:idempotency-key-of-another-request"
      })
      assert.strictEqual((yield* follow(server, "di", "k".repeat(256))).status, 400)
      assert.strictEqual((yield* follow(server, "di", "k".repeat(255))).status, 200)
    })
  )

  it.effect("has refusals said again as well", () =>
    Effect.gen(function* () {
      const server = yield* Running
      const first = yield* follow(server, "ed", "k", { matchId: "nothing" })
      const again = yield* follow(server, "ed", "k", { matchId: "nothing" })
      assert.deepStrictEqual([again.status, again.text, again.type], [404, first.text, first.type])
      assert.strictEqual(again.headers.get("idempotency-replayed"), "true")
    })
  )

  it.effect("has one effect, however many come at once", () =>
    Effect.gen(function* () {
      const server = yield* Running
      const all = yield* Effect.all(
        Array.from({ length: 100 }, () => follow(server, "flo", "storm")),
        { concurrency: "unbounded" }
      )
      const texts = new Set(all.filter(({ status }) => status === 200).map(({ text }) => text))
      assert.strictEqual(texts.size, 1)
      assert.isTrue(all.every(({ status }) => status === 200 || status === 409))
      assert.lengthOf(
        all.filter(({ headers, status }) => status === 200 && !headers.has("idempotency-replayed")),
        1
      )
    })
  )
})

layer(
  running({
    allowances: {
      follow: { requests: 5, within: Duration.minutes(10) },
      open: { requests: 12, within: Duration.minutes(10) }
    }
  }),
  { excludeTestServices: true }
)("an allowance", (it) => {
  it.effect("is each caller's own, is told with every answer, and has an end", () =>
    Effect.gen(function* () {
      const server = yield* Running
      const follow = (name: string) =>
        server.raw("POST", "/v1/user/follow/match", { name, body: { matchId: Server.live } })
      const left: Array<string | null> = []
      for (let n = 0; n < 5; n++) {
        const { headers, status } = yield* follow("ann")
        assert.strictEqual(status, 200)
        assert.strictEqual(headers.get("ratelimit-policy"), '"follow";q=5;w=600')
        // Ten minutes for five: two for each.
        assert.include([119, 120], Number(/t=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1]) - 120 * n)
        left.push(/r=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1] ?? null)
      }
      assert.deepStrictEqual(left, ["4", "3", "2", "1", "0"])
      const over = yield* follow("ann")
      assert.deepInclude(over.json(), { status: 429, type: "urn:sightscreen:too-many-requests" })
      assert.isAbove(Number(over.headers.get("retry-after")), 0)
      // Another person, and another kind of route, have their own.
      assert.strictEqual((yield* follow("ben")).status, 200)
      assert.strictEqual((yield* server.raw("GET", "/v1/user/follows", { name: "ann" })).status, 200)
    })
  )

  it.effect("keeps those out for a while who knock without being let in", () =>
    Effect.gen(function* () {
      const server = yield* Running
      const statuses: Array<number> = []
      for (let n = 0; n < 14; n++)
        statuses.push((yield* server.raw("GET", "/v1/user/follows", { authorization: "Bearer x" })).status)
      assert.deepStrictEqual(statuses, [...Array.from({ length: 12 }, () => 401), 429, 429])
      assert.strictEqual((yield* server.raw("GET", "/health")).status, 200)
    })
  )
})
