import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { Effect, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import * as RealTime from "../RealTime.ts"
import * as Beacon from "./Beacon.ts"
import type { Order } from "./World.ts"
import { WorldApi } from "./WorldApi.ts"

const connect = ({ key, url }: Beacon.Beacon) =>
  HttpApiClient.make(WorldApi, {
    baseUrl: url,
    transformClient: HttpClient.mapRequest(HttpClientRequest.bearerToken(key))
  }).pipe(Effect.provide(FetchHttpClient.layer))

export type WorldClient = Effect.Success<ReturnType<typeof connect>>

/** The demo's world did not come up. */
export class NoWorld extends Schema.TaggedError<NoWorld>()("NoWorld", { problem: Schema.String }) {
  override get message() {
    return `the demo's world did not come up: ${this.problem}`
  }
}

const answers = (beacon: Beacon.Beacon) =>
  Effect.gen(function* () {
    const client = yield* connect(beacon)
    yield* client.world.portal().pipe(Effect.timeout("2 seconds"))
    return client
  })

export interface Joined {
  readonly client: WorldClient
  /** It stood already: this is a server that comes back to it. */
  readonly stood: boolean
}

/** The world that stands, or a new one: a process that outlives this one. */
export const join = (order: Order): Effect.Effect<Joined, NoWorld> =>
  Effect.gen(function* () {
    const standing = Beacon.read(order.folder)
    if (standing !== null) {
      const found = yield* Effect.option(answers(standing))
      if (found._tag === "Some") return { client: found.value, stood: true }
    }
    fs.mkdirSync(order.folder, { recursive: true })
    const log = `${order.folder}/world.log`
    const out = fs.openSync(log, "w")
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("World.ts", import.meta.url)), JSON.stringify(order)],
      {
        detached: true,
        stdio: ["ignore", out, out]
      }
    )
    child.unref()
    fs.closeSync(out)
    for (let tries = 0; tries < 600; tries++) {
      const beacon = Beacon.read(order.folder)
      if (beacon !== null && beacon.pid === child.pid) {
        const found = yield* Effect.option(answers(beacon))
        if (found._tag === "Some") return { client: found.value, stood: false }
      }
      if (child.exitCode !== null) {
        return yield* new NoWorld({ problem: firstLine(fs.readFileSync(log, "utf8")) })
      }
      yield* Effect.sleep("50 millis")
    }
    return yield* new NoWorld({ problem: `no answer for 30 seconds; its log is ${log}` })
  }).pipe(RealTime.provide)

const firstLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "") ?? "it ended without a word"
