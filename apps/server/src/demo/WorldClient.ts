import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import { fileURLToPath } from "node:url"
import { Effect, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import * as RealTime from "../RealTime.ts"
import * as Beacon from "./Beacon.ts"
import type { Order } from "./world/Order.ts"
import { contract, type Portal, WorldApi } from "./WorldApi.ts"

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

export interface Joined {
  readonly client: WorldClient
  readonly portal: Portal
  /** It stood already: this is a server that comes back to it. */
  readonly stood: boolean
  readonly log: string
  readonly isAlive: () => boolean
  /** Tells it to end, and waits until it has. `over` says that the end of its match was seen. */
  readonly stop: (over: boolean) => Effect.Effect<void>
}

/** A world that is slow to answer on a busy machine is not a world that is gone. */
const patience = { answer: "2 seconds", stand: 10_000, start: 30_000, stop: 15_000 } as const
const pause = "50 millis"

/**
 * The world that stands, or a new one: a process that outlives this one.
 *
 * Two servers must not call this for one folder at the same time.
 */
export const join = (order: Order): Effect.Effect<Joined, NoWorld> =>
  Effect.gen(function* () {
    const log = `${order.folder}/world.log`
    const standing = Beacon.read(order.folder)
    if (standing !== null && Beacon.isLit(standing)) {
      if (standing.contract === contract) {
        const found = yield* within(patience.stand, () => Beacon.isLit(standing), answers(standing))
        if (found !== null) return joined(standing, found, log, true)
      } else yield* stop(standing, false)
      if (Beacon.isLit(standing)) {
        return yield* new NoWorld({
          problem: `one stands already and does not answer; end it with: kill ${standing.pid}`
        })
      }
    }
    return yield* raise(order, log)
  }).pipe(RealTime.provide)

/** What the world that stands in a folder says of itself; null where none does. */
export const look = (folder: string): Effect.Effect<Portal | null> =>
  Effect.suspend(() => {
    const standing = Beacon.read(folder)
    return standing === null || standing.contract !== contract || !Beacon.isLit(standing)
      ? Effect.succeed(null)
      : Effect.map(Effect.option(answers(standing)), (found) =>
          found._tag === "Some" ? found.value.portal : null
        )
  }).pipe(RealTime.provide)

const answers = Effect.fnUntraced(function* (beacon: Beacon.Beacon) {
  const client = yield* connect(beacon)
  return { client, portal: yield* client.world.portal().pipe(Effect.timeout(patience.answer)) }
})

type Answer = Effect.Success<ReturnType<typeof answers>>

/** Asks again for so many milliseconds, as long as there is somebody to ask. */
const within = <A, E>(millis: number, isThere: () => boolean, ask: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const until = RealTime.clock.currentTimeMillisUnsafe() + millis
    while (isThere() && RealTime.clock.currentTimeMillisUnsafe() < until) {
      const said = yield* Effect.option(ask)
      if (said._tag === "Some") return said.value
      yield* Effect.sleep(pause)
    }
    return null
  })

const raise = Effect.fnUntraced(function* (order: Order, log: string) {
  const child = yield* Effect.try({
    try: () => launch(order, log),
    catch: (why) => new NoWorld({ problem: why instanceof Error ? why.message : String(why) })
  })
  const lit = Effect.suspend(() => {
    const beacon = Beacon.read(order.folder)
    return beacon?.pid === child.pid && beacon !== null ? Effect.succeed(beacon) : Effect.fail("not lit")
  })
  const found = yield* within(
    patience.start,
    () => child.exitCode === null && child.signalCode === null,
    Effect.flatMap(lit, (beacon) => Effect.map(answers(beacon), (answer) => ({ answer, beacon })))
  ).pipe(Effect.onInterrupt(() => Effect.sync(() => child.kill())))
  if (found !== null) return joined(found.beacon, found.answer, log, false)
  const ended = child.exitCode !== null || child.signalCode !== null
  child.kill()
  return yield* new NoWorld({ problem: ended ? lastWords(log) : `it does not answer; its log is ${log}` })
})

const launch = (order: Order, log: string): ChildProcess => {
  fs.mkdirSync(order.folder, { recursive: true })
  const large = (fs.statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 1_000_000
  const out = fs.openSync(log, large ? "w" : "a", 0o600)
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("World.ts", import.meta.url)), JSON.stringify(order)],
    {
      detached: true,
      stdio: ["ignore", out, out],
      env: { NODE_COMPILE_CACHE: `${os.tmpdir()}/node-compile-cache`, ...process.env }
    }
  )
  // Without a listener an error here would end this process; it shows as a world that does not come up.
  child.on("error", () => {})
  child.unref()
  fs.closeSync(out)
  return child
}

const joined = (beacon: Beacon.Beacon, answer: Answer, log: string, stood: boolean): Joined => ({
  ...answer,
  stood,
  log,
  isAlive: () => Beacon.isLit(beacon),
  stop: (over) => stop(beacon, over)
})

const stop = (beacon: Beacon.Beacon, over: boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    const client = yield* connect(beacon)
    yield* client.world.stop({ payload: { over } }).pipe(Effect.timeout(patience.answer), Effect.ignore)
    yield* within(patience.stop, () => Beacon.isLit(beacon), Effect.fail("still there"))
  }).pipe(RealTime.provide)

/** Of a log that is added to, the last line that says something went wrong, or the last of all. */
export const lastWords = (log: string): string => {
  try {
    const said = fs
      .readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "")
    return (said.findLast((line) => /error/i.test(line)) ?? said.at(-1) ?? "it ended without a word").trim()
  } catch {
    return "it ended without a word"
  }
}
