import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Server } from "@sightscreen/apns"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Redacted } from "effect"
import { Instant } from "@sightscreen/decider"
import { apple, authority, bundleId, signingKey, token } from "./support.ts"
import { runForeign } from "./foreign/run.ts"

/**
 * Clients that others have written, against the model Apple over TLS: what they understand of it says how faithful it is.
 *
 * Each runs in a process of its own, as it comes from npm, and says of each push what it was told.
 */
const names = ["node-apn", "apns2", "hapns"] as const

const entries: Record<(typeof names)[number], string> = {
  "node-apn": "@parse/node-apn",
  apns2: "apns2",
  hapns: "hapns/send"
}
const require = createRequire(new URL("../../apps/bench/package.json", import.meta.url))
const isInstalled = (entry: string) => {
  try {
    require.resolve(entry)
    return true
  } catch {
    return false
  }
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "foreign-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const play = Effect.fnUntraced(function* (
  name: (typeof names)[number],
  server: Server.Server,
  tokens: ReadonlyArray<string>,
  more: { readonly pauseMillis?: number } = {}
) {
  const { ca } = yield* authority
  const { credentials } = yield* signingKey
  const home = yield* folder
  writeFileSync(join(home, "ca.pem"), ca)
  writeFileSync(join(home, "key.p8"), Redacted.value(credentials.privateKey), { mode: 0o600 })
  return yield* Effect.promise(() =>
    runForeign({
      client: name,
      port: server.port,
      ca: join(home, "ca.pem"),
      key: join(home, "key.p8"),
      keyId: credentials.keyId,
      teamId: credentials.teamId,
      bundleId,
      tokens,
      pauseMillis: more.pauseMillis ?? 0
    })
  )
})
for (const name of names) {
  describe.skipIf(!isInstalled(entries[name]))(`${name} with the model Apple`, () => {
    it.live("sends, and learns that a token is dead", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 5 })
        yield* server.retire(token(3), Instant.fromMillis(1_699_999_999_123), "Unregistered")
        const told = yield* play(name, server, [0, 1, 2, 3, 4].map(token))
        assert.deepStrictEqual(told, ["ok", "ok", "ok", "Unregistered", "ok"])
        assert.deepStrictEqual(
          delivered.map((push) => push.token),
          [0, 1, 2, 4].map(token)
        )
      }).pipe(Effect.scoped)
    )

    it.live("is refused once its bearer token is an hour old", () =>
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        const { delivered, server } = yield* apple({
          howMany: 5,
          now: () => Instant.fromMillis(clock.currentTimeMillisUnsafe() + 3_700_000)
        })
        const told = yield* play(name, server, [token(0)])
        assert.deepStrictEqual(told, ["ExpiredProviderToken"])
        assert.strictEqual(delivered.length, 0)
      }).pipe(Effect.scoped)
    )

    it.live("is served again after a GOAWAY", () =>
      Effect.gen(function* () {
        const { delivered, server } = yield* apple({ howMany: 20 })
        yield* server.inject({ _tag: "GoAwayAtRequest", nth: 3 })
        const told = yield* play(
          name,
          server,
          Array.from({ length: 20 }, (_, n) => token(n)),
          {
            pauseMillis: 50
          }
        )
        // What lies between a GOAWAY and its own next connection is not every client's strength.
        assert.isAtLeast(told.filter((it) => it === "ok").length, 17)
        assert.deepStrictEqual(
          told.slice(-5),
          Array.from({ length: 5 }, () => "ok")
        )
        assert.isAtLeast((yield* server.counts).connections, 2)
        assert.isAtLeast(new Set(delivered.map((push) => push.token)).size, 17)
      }).pipe(Effect.scoped)
    )
  })
}
