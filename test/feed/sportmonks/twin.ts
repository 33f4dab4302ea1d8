import { createServer } from "node:http"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Instant } from "@sightscreen/decider"
import type { Ids } from "@sightscreen/domain"
import {
  Allowances,
  Cursor,
  type Feed,
  type Recording,
  Replay,
  type Script,
  Server,
  SportMonks,
  Timeline,
  Twin
} from "@sightscreen/feed"
import { Clock, Duration, Effect, Layer, Logger, Redacted } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { TestClock } from "effect/testing"
import { assert } from "vitest"

/** A key that would be found wherever it turned up, with signs that addresses spell otherwise. */
export const token = "sm+secret/key=4711"

/** Long enough after 1970 for a schedule to reach back. */
export const noon = Instant.fromMillis(1_780_000_000_000)

/** A replay by the clock: its first ball is bowled a minute after noon, then one every ten seconds. */
export const replay = (
  recording: Recording.Recording,
  fixtureId: number,
  options: Timeline.Options = {}
): Replay.Replay => {
  const timeline = Timeline.make(recording, {
    startsAt: Instant.plus(noon, Duration.minutes(1)),
    ballMillis: 10_000,
    breakMillis: 60_000,
    matchId: String(fixtureId) as Ids.MatchId,
    ...options
  })
  return Replay.make({
    recording,
    tapeId: recording.info.matchId,
    timeline,
    cursor: Cursor.play(Instant.fromMillis(0), Instant.fromMillis(0), 1)
  })
}

export const idOf = ({ matchId }: Replay.Replay): Ids.MatchId => matchId

export interface Options {
  readonly replays: ReadonlyArray<Replay.Replay>
  readonly script?: ReadonlyArray<Script.Fault>
  readonly limit?: number
  readonly feed?: Partial<SportMonks.Options>
}

/** Notes what is logged, whatever it is. */
export const listening = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ cause, message }) => {
    lines.push([message].flat().map(String).join(" "), String(cause))
  })
  return { lines, layer: Logger.layer([logger]) }
}

/**
 * A twin on a port of loopback and SportMonks' layer against it, both by the test's clock. Calls are counted by their paths.
 */
export const world = Effect.fnUntraced(function* (options: Options) {
  yield* TestClock.setTime(noon)
  const twin = new Twin.Twin()
  for (const one of options.replays) twin.put(one)
  if (options.script !== undefined) twin.misbehave(options.script)
  const calls: Array<string> = []
  const now = Effect.map(Clock.currentTimeMillis, Instant.fromMillis)
  const routes = Server.routes({ twin, now, token: Redacted.make(token), limit: options.limit })
  const counting = HttpRouter.middleware(
    (answer) =>
      Effect.gen(function* () {
        const { HttpServerRequest } = yield* Effect.promise(() => import("effect/http"))
        const { url } = yield* HttpServerRequest.HttpServerRequest
        calls.push(url.replace(/^\/api\/v2\.0/, "").replace(/\?.*/, ""))
        return yield* answer
      }),
    { global: true }
  )
  const http = yield* Layer.build(
    HttpRouter.serve(Layer.mergeAll(routes, counting), { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(
        NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1", gracefulShutdownTimeout: 0 })
      )
    )
  )
  const { address } = yield* Effect.provideContext(HttpServer.HttpServer, http)
  const port = "port" in address ? address.port : assert.fail("no port")
  const baseUrl = `http://127.0.0.1:${port}/api/v2.0`
  return {
    twin,
    calls,
    baseUrl,
    layer: SportMonks.layer({ baseUrl, token: Redacted.make(token), ...options.feed }).pipe(
      Layer.provide([NodeHttpClient.layerUndici, Allowances.Allowances.layerMemory])
    ) satisfies Layer.Layer<Feed.Feed>
  }
})
