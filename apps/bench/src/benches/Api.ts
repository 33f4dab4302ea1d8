import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Apns, LiveActivity, Notification, ProviderToken, Tls, type Token } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { EmbeddedPostgres, Sql } from "@sightscreen/store"
import { Effect, Layer, Result, Schema } from "effect"
import { SqlClient } from "effect/sql"
import * as Bulk from "../api/Bulk.ts"
import * as Fill from "../api/Fill.ts"
import * as Load from "../api/Load.ts"
import * as Pgbench from "../api/Pgbench.ts"
import * as Stand from "../api/Stand.ts"
import { type Bench, type Findings, type Options, type Row, Unmeasurable } from "../Bench.ts"
import { contentState } from "../push/Order.ts"
import * as Sink from "../push/Sink.ts"

/**
 * What the server bears as it is run, with its API, its PostgreSQL and a sink in place of Apple, on this one machine: phones that
 * register and people who follow, beside the same writes by `pgbench`; then the match begins, and everybody's activity is
 * started, beside the same rows written in bulk and the same pushes sent alone.
 *
 * Whoever asks shares the machine with whoever answers, so the rates are lower bounds.
 */
export const Api: Bench = {
  name: "api",
  description:
    "registrations, follows and starts of the whole server, beside pgbench, bulk writes and sendMany",
  usual: { rounds: 1, millis: 10_000 },
  run: (options) =>
    Effect.acquireUseRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "bench-api-"))),
      (folder) => Effect.scoped(measure(options, folder)),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }))
    )
}

const connections = 32
/** As many as the server has to its database. */
const writers = 10
/** Of what goes at most, the share at which answers are timed. */
const share = 0.5

const deviceOf = (nth: number) => `bench-phone-${String(nth).padStart(7, "0")}`
const userOf = (nth: number) => `bench-user-${String(nth).padStart(7, "0")}`
const tokenOf = (nth: number, generation = 0) =>
  `${generation}`.padStart(56, "b") + nth.toString(16).padStart(8, "0")

const broken = (problem: string) => new Unmeasurable({ subject: "api", problem })

/** Of the server's process, in MiB: now, and at its highest. */
const memory = (pid: number) => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) / 1024
  return { now: of("VmRSS"), peak: of("VmHWM") }
}

/** Processor seconds of a process so far. */
const cpu = (pid: number): number => {
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, "utf8")
    .split(") ")[1]!
    .split(" ")
    .slice(11, 13)
    .map(Number)
  return (user + system) / ticks
}
const ticks = ((): number => {
  try {
    return Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }))
  } catch {
    return 100
  }
})()

const measure = Effect.fnUntraced(function* ({ asked, millis, phones }: Options, folder: string) {
  if (process.platform !== "linux")
    return yield* broken("memory and processor time are read from /proc, which only Linux has")
  const sink = yield* Sink.open({ sink: null, ca: null, delay: null }, folder)
  const stand = yield* Stand.open(folder, sink)
  const { matchId, pid, port } = stand
  const bearers = new Map<number, string>()
  const bearer = (nth: number): string => {
    const made = bearers.get(nth) ?? stand.bearer(userOf(nth))
    bearers.set(nth, made)
    return made
  }
  const requests = {
    device: (nth: number): Load.Request => ({
      method: "POST",
      path: "/v1/devices",
      bearer: bearer(nth),
      body: { deviceId: deviceOf(nth), platform: "ios", osVersion: "17.4", appVersion: "1.0" }
    }),
    token: (nth: number, generation = 0): Load.Request => ({
      method: "POST",
      path: "/v1/devices/push-to-start-token",
      bearer: bearer(nth),
      body: {
        deviceId: deviceOf(nth),
        pushToStartToken: tokenOf(nth, generation),
        environment: "production",
        bundleId: Stand.bundleId
      }
    }),
    follow: (nth: number): Load.Request => ({
      method: "POST",
      path: "/v1/user/follow/match",
      bearer: bearer(nth),
      body: { matchId }
    })
  }
  const rows: Array<Row> = []
  const ratios: Record<string, number> = {}

  const load = (
    name: string,
    request: (nth: number) => Load.Request,
    range: { readonly from: number; readonly to: number },
    rate: number | null
  ) =>
    Effect.gen(function* () {
      // Signing is the issuer's work, and done before.
      for (let nth = range.from; nth < range.to; nth++) bearer(nth)
      let next = range.from
      const before = cpu(pid)
      const loaded = yield* Effect.tryPromise({
        try: () =>
          Load.run({ port, connections, rate, next: () => (next < range.to ? request(next++) : null) }),
        catch: (why) => broken(`${name}: ${String(why)}`)
      })
      if (loaded.refused.size > 0)
        return yield* broken(`${name}: ${JSON.stringify([...loaded.refused])} refused of ${loaded.asked}`)
      rows.push({
        name,
        perSecond: loaded.perSecond,
        cpuSecondsPer10k: ((cpu(pid) - before) * 10_000) / loaded.asked,
        peakRssMiB: memory(pid).peak,
        p50Millis: loaded.p50Millis,
        p99Millis: loaded.p99Millis
      })
      return loaded.perSecond
    })

  const limit = (what: "token" | "follow") =>
    Effect.gen(function* () {
      if (!Pgbench.isInstalled()) return null
      const found = yield* Effect.tryPromise({
        try: () =>
          Pgbench.run(what, {
            database: stand.database,
            folder,
            clients: writers,
            seconds: Math.max(1, Math.round(millis / 1000))
          }),
        catch: (why) => broken(String(why))
      })
      rows.push({
        name: `${what}, by pgbench`,
        perSecond: found.perSecond,
        cpuSecondsPer10k: null,
        peakRssMiB: null,
        p50Millis: null,
        p99Millis: null,
        note: `its ${what === "token" ? "three writes" : "one write"} alone, ${writers} clients, ${found.meanMillis.toPrecision(3)} ms each on average`
      })
      return found.perSecond
    })

  // The first requests are for the compiler.
  const idle = memory(pid).now
  const more = Math.ceil(asked / 10)
  yield* load("device", requests.device, { from: 0, to: asked + more }, null)
  const tokens = yield* load("token", requests.token, { from: 0, to: asked }, null)
  const follows = yield* load("follow", requests.follow, { from: 0, to: asked }, null)
  const timed = (of: number) => Math.max(1, Math.min(more, Math.round((share * of * millis) / 1000)))
  const atRate = Math.round(share * tokens)
  yield* load(
    `token, ${atRate} a second`,
    (nth) => requests.token(nth, 1),
    { from: 0, to: timed(tokens) },
    atRate
  )
  const followRate = Math.round(share * follows)
  yield* load(
    `follow, ${followRate} a second`,
    requests.follow,
    { from: asked, to: asked + timed(follows) },
    followRate
  )
  const tokenLimit = yield* limit("token")
  const followLimit = yield* limit("follow")
  if (tokenLimit !== null) ratios["token/pgbench"] = tokens / tokenLimit
  if (followLimit !== null) ratios["follow/pgbench"] = follows / followLimit

  yield* Fill.phones(stand, {
    matchId,
    from: asked + more,
    to: phones + more,
    deviceOf,
    userOf,
    tokenOf
  }).pipe(Effect.mapError((why) => broken(why.message)))
  const starts = yield* fanOut(stand, phones)
  const bulk = yield* Bulk.seconds(matchId).pipe(
    Effect.provide(Sql.layerUnmigrated(EmbeddedPostgres.connection(stand.database))),
    Effect.mapError((why) => broken(`bulk: ${why.message}`))
  )
  const alone = yield* sendAlone(sink, phones)
  const after = memory(pid)
  rows.push(
    {
      name: "starts",
      perSecond: phones / starts.seconds,
      cpuSecondsPer10k: (starts.cpuSeconds * 10_000) / phones,
      peakRssMiB: after.peak,
      p50Millis: null,
      p99Millis: null,
      growthMiB: after.now - idle,
      note:
        `${phones} phones were started in ${starts.seconds.toFixed(1)} s; the server grew by ` +
        `${Math.round(after.peak - idle)} MiB at the highest, which is ${Math.round(((after.peak - idle) * 2 ** 20) / phones)} ` +
        "bytes for each follower, the warming up of the process included"
    },
    {
      name: "starts' rows, in bulk",
      perSecond: phones / bulk,
      cpuSecondsPer10k: null,
      peakRssMiB: null,
      p50Millis: null,
      p99Millis: null
    },
    {
      name: "starts, by sendMany alone",
      perSecond: phones / alone,
      cpuSecondsPer10k: null,
      peakRssMiB: null,
      p50Millis: null,
      p99Millis: null
    }
  )
  ratios["starts/bulk"] = bulk / starts.seconds
  ratios["starts/sendMany"] = alone / starts.seconds
  ratios["starts/(bulk + sendMany)"] = (bulk + alone) / starts.seconds
  const findings: Findings = {
    subject:
      `${phones} phones follow one match${asked < phones ? `, ${asked} of which have asked by HTTP` : ""}; ${connections} connections ask; PostgreSQL commits durably; pushes go to ${sink.what}` +
      (Pgbench.isInstalled() ? "" : "; pgbench is not installed here, so there is no limit to compare with"),
    rows,
    ratios
  }
  return findings
})

/** Seconds from the first start to the last, as the ledger has them. */
const fanOut = (stand: Stand.Stand, phones: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const before = cpu(stand.pid)
    yield* stand.begin
    let count = 0
    let changed = performance.now()
    for (;;) {
      const [row] = yield* sql<{ readonly count: number; readonly first: number; readonly last: number }>`
        select count(*)::int as count, min(sent_at)::float8 as first, max(sent_at)::float8 as last
        from deliveries where match_id = ${stand.matchId} and kind = 'start' and verdict = 'Accepted'`
      if (row !== undefined && row.count > count) {
        count = row.count
        changed = performance.now()
      }
      if (row !== undefined && count >= phones)
        return {
          seconds: Math.max(0.001, (row.last - row.first) / 1000),
          cpuSeconds: cpu(stand.pid) - before
        }
      if (performance.now() - changed > 60_000)
        return yield* broken(`${count} of ${phones} phones were started, and no more for a minute`)
      yield* Effect.sleep("250 millis")
    }
  }).pipe(
    Effect.provide(Sql.layerUnmigrated(EmbeddedPostgres.connection(stand.database))),
    Effect.mapError((why) => (why._tag === "Unmeasurable" ? why : broken(why.message)))
  )

/** Seconds for as many starts with nothing else to do. */
const sendAlone = Effect.fnUntraced(function* (sink: Sink.Sink, phones: number) {
  const sealed = Result.getOrThrow(
    Notification.seal(
      LiveActivity.start({
        bundleId: Schema.decodeSync(Notification.BundleId)(Stand.bundleId),
        timestamp: Instant.toSeconds(Instant.fromMillis(1_700_000_000_000)),
        attributesType: "CricketMatchAttributes",
        attributes: { matchId: "1512773", home: "India", away: "New Zealand", competition: "A World Cup" },
        contentState: contentState(0),
        alert: { title: "India v New Zealand", body: "The match is on." },
        priority: 10,
        expiration: "once"
      })
    )
  )
  function* all() {
    for (let nth = 0; nth < phones; nth++) yield Notification.to(sealed, tokenOf(nth) as Token.DeviceToken)
  }
  let accepted = 0
  const begun = performance.now()
  yield* Effect.flatMap(Apns.Apns, (apns) =>
    apns.sendMany(all(), (outcomes) => {
      for (const { verdict } of outcomes) if (verdict._tag === "Accepted") accepted++
    })
  ).pipe(
    Effect.provide(
      Apns.Apns.layer.pipe(
        Layer.provide(Tls.layer({ hosts: { production: sink.origin }, ca: readFileSync(sink.ca, "utf8") })),
        Layer.provide(ProviderToken.ProviderToken.layerTest)
      )
    )
  )
  if (accepted !== phones) return yield* broken(`the sink took ${accepted} of ${phones}`)
  return (performance.now() - begun) / 1000
})
