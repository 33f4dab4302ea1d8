import { createServer } from "node:http"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Log from "../../apps/server/src/operations/Log.ts"
import { hide } from "../../apps/server/src/operations/Hiding.ts"
import { ask, cleanUp, home, start, until } from "./demo.ts"
import { shortMatch } from "./short.ts"

afterAll(cleanUp)

const token = "0123456789abcdef".repeat(4)
const pem = "-----BEGIN PRIVATE KEY-----\nMIGTAgEAMBMG\nByqGSM49\n-----END PRIVATE KEY-----"
const jwt = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJURUFNIn0.c2lnbmF0dXJl"

describe("a line of the log", () => {
  const cases: ReadonlyArray<readonly [what: string, said: string, hidden: string]> = [
    ["a push token", `token ${token} is dead`, "token …abcdef is dead"],
    ["a push token in capitals", token.toUpperCase(), "…ABCDEF"],
    ["a push token in an address", `/3/device/${token}?x`, "/3/device/…abcdef?x"],
    ["a trace id, which is none", `trace ${token.slice(32)}`, `trace ${token.slice(32)}`],
    ["a private key", `key: ${pem}!`, "key: (a private key)!"],
    ["a private key that is cut off", pem.slice(0, 50), "(a private key)"],
    ["a private key in JSON", JSON.stringify({ pem }), '{"pem":"(a private key)"}'],
    ["a bearer token", "authorization: Bearer abc.def", "authorization: Bearer …"],
    ["a signed token", `sent ${jwt} to them`, "sent (a signed token) to them"],
    ["a password in an address", "postgres://me:geheim@db/x", "postgres://me:…@db/x"],
    ["a feed's token", "https://feed/v2?api_token=abc123&x=1", "https://feed/v2?api_token=…&x=1"],
    ["a secret in JSON", '{"password":"geheim","x":1}', '{"password":"…","x":1}'],
    ["a webhook's key", "key whsec_MfKQ9r8GKYqrTwjU", "key (a signing key)"]
  ]
  for (const [what, said, hidden] of cases) {
    it(`does not hold ${what}`, () => assert.strictEqual(hide(said), hidden))
  }

  const logged = (format: "json" | "logfmt" | "pretty", level: "debug" | "warn") =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      yield* Effect.gen(function* () {
        yield* Effect.logDebug("looked", { at: token })
        yield* Effect.logError("it broke", new Error(`no ${jwt}`)).pipe(
          Effect.annotateLogs({ requestId: "r-1" })
        )
      }).pipe(Effect.provide(Log.make({ format, level }, (line) => lines.push(line))))
      assert.notInclude(lines.join("\n"), token)
      assert.notInclude(lines.join("\n"), jwt)
      return lines
    })

  it.effect("is one JSON object, or key=value, or for the eye, of a level and above", () =>
    Effect.gen(function* () {
      const json = (yield* logged("json", "debug")).map((line) => JSON.parse(line))
      assert.deepStrictEqual(
        json.map(({ level }) => level),
        ["debug", "error"]
      )
      assert.strictEqual(json[1].requestId, "r-1")
      assert.match(json[1].time, /^\d{4}-\d\d-\d\dT/)
      const [logfmt] = yield* logged("logfmt", "warn")
      assert.match(logfmt!, /level=ERROR .*requestId=r-1/)
      const [pretty, ...others] = yield* logged("pretty", "warn")
      assert.match(pretty!, /^\d\d:\d\d:\d\d\.\d{3} ERROR it broke .*requestId=r-1/)
      assert.deepStrictEqual(others, [])
    })
  )
})

it(
  "a server says what it does, and no token whole; it drains when it is asked to stop",
  { timeout: 120_000 },
  async () => {
    const folder = home()
    /** A collector of traces. */
    const traced: Array<string> = []
    const collector = createServer((request, response) => {
      let body = ""
      request.on("data", (part: Buffer) => (body += part.toString()))
      request.on("end", () => {
        traced.push(`${request.url} ${request.headers["x-tenant"]} ${body}`)
        response.end("{}")
      })
    })
    const collectorPort = await new Promise<number>((resolve) => {
      collector.listen(0, "127.0.0.1", () => resolve((collector.address() as { port: number }).port))
    })
    const key = "k3y-f0r-m3tr1cs-0n-th1s-s3rv3r"
    const server = start(
      folder,
      ["--match", shortMatch(folder), "--phones", "12", "--mix", "--speed", "300"],
      {
        LOG_LEVEL: "trace",
        LOG_FORMAT: "json",
        LOG_REQUESTS: "on",
        METRICS_KEY: key,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collectorPort}/`,
        OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=pavilion%20end"
      }
    )
    await server.says(/WICKET!/)
    const [, url] = /^Health: (\S+)\/health$/m.exec(server.out())!
    const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers })

    const ready = await get("/health/ready")
    assert.deepStrictEqual(await ready.json(), { status: "ready", troubles: [] })
    assert.match(ready.headers.get("x-request-id")!, /^[0-9a-f]{32}$/)
    const nowhere = await get(`/${token}`, { "x-request-id": "from-a-proxy" })
    assert.strictEqual(nowhere.status, 404)
    assert.strictEqual(nowhere.headers.get("x-request-id"), "from-a-proxy")
    assert.notStrictEqual(
      (await get("/health", { "x-request-id": "a b" })).headers.get("x-request-id"),
      "a b"
    )

    assert.strictEqual((await get("/metrics")).status, 403)
    assert.strictEqual((await get("/metrics", { authorization: "Bearer k3y" })).status, 403)
    const metrics = await (await get("/metrics", { authorization: `Bearer ${key}` })).text()
    assert.match(
      metrics,
      /^sightscreen_http_request_seconds_count\{route="\/v1\/devices",method="POST",status="2xx"\} \d+$/m
    )
    assert.match(
      metrics,
      /^sightscreen_http_request_seconds_count\{route="none",method="GET",status="4xx"\} 1$/m
    )
    assert.match(metrics, /^sightscreen_pushes_total\{kind="start",verdict="Accepted",reason="none"\} \d+$/m)
    assert.match(metrics, /^sightscreen_process_resident_memory_bytes \d+$/m)

    await until("traces arrive", () => traced.length > 0)
    server.signal("SIGTERM")
    assert.strictEqual(await server.ended, 0, server.err())
    collector.close()
    assert.isTrue(traced.every((one) => one.startsWith("/v1/traces pavilion end {")))
    assert.include(traced.join(), '"mailing.kind"')

    const lines = server.err().trim().split("\n")
    const parsed: ReadonlyArray<Record<string, unknown>> = lines.map((line) => JSON.parse(line))
    assert.isTrue(
      parsed.some(({ message, requestId }) => message === "POST /v1/devices 204" && requestId !== undefined)
    )
    assert.isTrue(
      parsed.some(({ message, requestId }) => message === "GET none 404" && requestId === "from-a-proxy")
    )
    assert.notInclude(server.err(), "not all could be sent")

    const tokens = await ask(
      folder,
      (sql) => sql<{ readonly token: string }>`
        select token from push_tokens union select update_token from activities where update_token is not null`
    )
    assert.isAbove(tokens.length, 12)
    const everything = `${server.out()}\n${server.err()}\n${metrics}\n${traced.join("\n")}`.toLowerCase()
    for (const { token } of tokens) assert.notInclude(everything, token.toLowerCase())
    assert.notInclude(everything, key)
    // All of it goes through a backup, as people who run it make one.
    const [file, other] = [`${folder}/backup`, home()]
    const backup = start(folder, ["backup", file])
    assert.strictEqual(await backup.ended, 0, backup.err())
    assert.match(backup.out(), /^ {2}push_tokens +\d+$/m)
    const check = start(other, ["restore", "--check", file])
    assert.strictEqual(await check.ended, 0, check.err())
    const restore = start(other, ["restore", file])
    assert.strictEqual(await restore.ended, 0, restore.err())
    const again = start(other, ["restore", file])
    assert.strictEqual(await again.ended, 1)
    assert.match(again.err(), /the database is not empty/)
    const kept = await ask(
      other,
      (sql) => sql<{ readonly token: string }>`
        select token from push_tokens union select update_token from activities where update_token is not null`
    )
    assert.sameMembers(
      kept.map(({ token }) => token),
      tokens.map(({ token }) => token)
    )

    // What was said of a match when it was asked to stop has gone out.
    const unsent = await ask(folder, (sql) => sql`select edition_id from editions where done_at is null`)
    assert.deepStrictEqual(unsent, [])
  }
)
