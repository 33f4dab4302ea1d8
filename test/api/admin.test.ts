import { layer } from "@effect/vitest"
import type { Ids } from "@sightscreen/domain"
import { Context, Effect, Layer, Logger } from "effect"
import { assert } from "vitest"
import * as Server from "./server.ts"

class Running extends Context.Service<Running, Server.Server>()("test/Running") {}

const running = Layer.effect(Running, Server.make()).pipe(Layer.provide(Logger.layer([])))

const as = (role: string, body?: unknown) => ({
  headers: { "x-api-key": role },
  ...(body === undefined ? {} : { body })
})

const match = `/v1/admin/matches/${Server.live}`

/** Asks again until it is so; what is ordered is done by another fiber. */
const until = <A>(ask: Effect.Effect<A>, isSo: (answer: A) => boolean): Effect.Effect<A> =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 400; tries++) {
      const answer = yield* ask
      if (isSo(answer)) return answer
      yield* Effect.sleep("10 millis")
    }
    return yield* Effect.die(new Error("it never was so"))
  })

interface Standing {
  readonly paused: boolean
  readonly told: boolean
  readonly status: string
  readonly corrections: ReadonlyArray<object>
}

const standing = (server: Server.Server) =>
  Effect.map(server.raw("GET", match, as("observer")), (answer) => answer.json() as unknown as Standing)

const score = (server: Server.Server) =>
  Effect.gen(function* () {
    const { displayState } = yield* (yield* server.as("fan")).matches.get({
      params: { matchId: Server.live }
    })
    return displayState?.expanded.score ?? ""
  }).pipe(Effect.orDie)

interface Sent {
  readonly id: string | null
  readonly event: string
  readonly data: { readonly stamp: number; readonly displayState: { expanded: { score: string } } | null }
}

/** A line that listens to a match: gives its events one by one. */
const listen = (server: Server.Server, last?: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const leave = new AbortController()
      const response = await fetch(`${server.url}/v1/matches/${Server.live}/events`, {
        headers: {
          authorization: `Bearer ${Server.bearer("listener")}`,
          ...(last === undefined ? {} : { "last-event-id": last })
        },
        signal: leave.signal
      })
      const reader = response.body!.getReader()
      let text = ""
      const next = async (): Promise<Sent | null> => {
        for (;;) {
          const end = text.indexOf("\n\n")
          if (end !== -1) {
            const lines = text.slice(0, end).split("\n")
            text = text.slice(end + 2)
            const field = (name: string) =>
              lines
                .find((line) => line.startsWith(`${name}:`))
                ?.slice(name.length + 1)
                .trim() ?? null
            return { id: field("id"), event: field("event") ?? "", data: JSON.parse(field("data") ?? "null") }
          }
          const { done, value } = await reader.read()
          if (done) return null
          text += new TextDecoder().decode(value)
        }
      }
      return { response, next: Effect.promise(next), leave }
    }),
    ({ leave }) => Effect.sync(() => leave.abort())
  )

layer(running, { excludeTestServices: true })("operators", (it) => {
  const test = (name: string, body: (server: Server.Server) => Effect.Effect<void, unknown>) =>
    it.effect(name, () => Effect.flatMap(Running, body))

  test("put a score right and take that back; who listens is told both", (server) =>
    Effect.scoped(
      Effect.gen(function* () {
        const line = yield* listen(server)
        assert.match(line.response.headers.get("content-type") ?? "", /^text\/event-stream/)
        const first = (yield* line.next) ?? assert.fail("nothing came")
        assert.strictEqual(first.event, "state")
        assert.strictEqual(first.id, `${first.data.stamp}`)
        const given = yield* server.raw(
          "PUT",
          `${match}/score`,
          as("operator", { innings: 1, runs: 999, wickets: 9 })
        )
        assert.strictEqual(given.status, 202)
        yield* until(score(server), (one) => one.startsWith("999"))
        const second = (yield* line.next) ?? assert.fail("nothing more came")
        assert.strictEqual(second.data.displayState?.expanded.score, "999/9")
        assert.isAbove(second.data.stamp, first.data.stamp)
        // Who comes back with the id of the first is told what came since, and not the first again.
        const back = yield* listen(server, first.id ?? "")
        assert.strictEqual((yield* back.next)?.data.stamp, second.data.stamp)
        assert.lengthOf((yield* standing(server)).corrections, 1)
        yield* server.raw("DELETE", `${match}/score`, as("operator"))
        yield* until(score(server), (one) => !one.startsWith("999"))
        assert.lengthOf((yield* standing(server)).corrections, 0)
        assert.isAbove((yield* line.next)?.data.stamp ?? 0, second.data.stamp)
      })
    ))

  test("pause a match and let it go on", (server) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* server.raw("POST", `${match}/pause`, as("operator"))).status, 202)
      yield* until(standing(server), ({ paused }) => paused)
      yield* server.raw("POST", `${match}/resume`, as("admin"))
      yield* until(standing(server), ({ paused }) => !paused)
    }))

  test("cannot order what nobody is told of", (server) =>
    Effect.gen(function* () {
      for (const name of [Server.coming, "nothing"]) {
        const answer = yield* server.raw("POST", `/v1/admin/matches/${name}/pause`, as("admin"))
        assert.deepInclude(answer.json(), { status: 409, type: "urn:sightscreen:not-being-told" })
      }
      const wrong = { innings: 0, runs: -1, wickets: 11 }
      const answer = yield* server.raw("PUT", `${match}/score`, as("admin", wrong))
      assert.strictEqual(answer.status, 400)
      assert.lengthOf(answer.json()["errors"] as ReadonlyArray<unknown>, 3)
    }))

  test("speak to those whom they name, and see who could be told, without a whole token", (server) =>
    Effect.gen(function* () {
      const where = { environment: "sandbox", bundleId: "com.sightscreen.ios" } as const
      for (const name of ["una", "vic"]) {
        const token = (name === "una" ? "a1" : "b2").repeat(32)
        yield* server.world.apple.register({ token, ...where, kind: "device" })
        yield* (yield* server.as(name)).devices.register({
          payload: {
            deviceId: `${name}'s phone` as Ids.DeviceId,
            platform: "ios",
            osVersion: "17.4",
            appVersion: "1.0",
            deviceToken: { token, ...where }
          }
        })
      }
      const said = { title: "Rain", body: "The start is put off", userIds: ["una"] }
      const answer = yield* server.raw("POST", "/v1/admin/notifications/push", as("admin", said))
      assert.strictEqual(answer.status, 202, answer.text)
      const alerts = Effect.sync(() =>
        server.world.journal.flatMap((one) =>
          one._tag === "Accepted" && one.event === "alert" ? [one.token] : []
        )
      )
      yield* until(alerts, (all) => all.length > 0)
      assert.deepStrictEqual(yield* alerts, ["a1".repeat(32)])
      const users = yield* server.raw("GET", "/v1/admin/notifications/users", as("observer"))
      assert.notInclude(users.text, "a1".repeat(4))
      assert.deepInclude((users.json()["devices"] as ReadonlyArray<object>)[0] ?? {}, {
        userId: "una",
        tokens: [{ kind: "alert", tail: "a1a1a1" }]
      })
      yield* (yield* server.as("vic")).follows.follow({ payload: { matchId: Server.coming } })
      const follows = yield* server.raw(
        "GET",
        `/v1/admin/notifications/subscriptions?matchId=${Server.coming}`,
        as("observer")
      )
      assert.include(follows.text, '"userId":"vic"')
    }))

  test("are told that there are no replays and no raw fixtures where there are none", (server) =>
    Effect.gen(function* () {
      for (const path of ["/v1/admin/replay/tapes", "/v1/admin/sportmonks/fixtures"]) {
        const answer = yield* server.raw("GET", path, as("admin"))
        assert.deepInclude(answer.json(), { status: 404, type: "urn:sightscreen:not-offered" })
      }
      const cleared = yield* server.raw("POST", "/v1/admin/cache/clear", as("admin", {}))
      assert.deepStrictEqual(cleared.json(), { cleared: 0 })
    }))

  test("end everything of a match, and who listens hears the last of it", (server) =>
    Effect.scoped(
      Effect.gen(function* () {
        const line = yield* listen(server)
        yield* line.next
        assert.strictEqual((yield* server.raw("POST", `${match}/end`, as("operator"))).status, 202)
        let last = yield* line.next
        for (let next = last; next !== null; next = yield* line.next) last = next
        assert.strictEqual(last?.event, "over")
        yield* until(standing(server), ({ told }) => !told)
        const again = yield* server.raw("POST", "/v1/user/follow/match", {
          name: "late",
          body: { matchId: Server.live }
        })
        assert.strictEqual(again.json()["type"], "urn:sightscreen:match-is-over")
      })
    ))
})
