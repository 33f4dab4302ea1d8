import { layer } from "@effect/vitest"
import { Activities, PushTokens, Requests, Reseal, Store, Vault, Webhooks } from "@sightscreen/store"
import { Instant } from "@sightscreen/decider"
import { Effect, Layer, Redacted, Result } from "effect"
import { SqlClient } from "effect/sql"
import { assert, describe, it as test } from "vitest"
import { database } from "../support/postgres.ts"
import * as Tokens from "./suite/PushTokens.ts"
import * as ActivitySuite from "./suite/Activities.ts"
import { device, live, token } from "./suite/values.ts"

const secret = (letter: string): string => `${letter}:${Buffer.alloc(32, letter).toString("base64")}`
const vault = (...letters: ReadonlyArray<string>): Vault.Vault =>
  Result.getOrThrow(Vault.fromSecrets(Redacted.make(letters.map(secret).join(","))))

const hex = (letters: string) => letters.repeat(40)

describe("a vault", () => {
  test("opens what it sealed, which never looks the same twice", () => {
    const a = vault("a")
    const sealed = [a.seal(hex("ab12")), a.seal(hex("ab12"))]
    assert.notStrictEqual(sealed[0], sealed[1])
    for (const one of sealed) {
      assert.strictEqual(a.open(one), hex("ab12"))
      assert.notInclude(one, "ab12ab12")
    }
    assert.strictEqual(a.name(hex("ab12")), a.name(hex("ab12")))
    assert.notStrictEqual(a.name(hex("ab12")), vault("b").name(hex("ab12")))
  })

  test("shows the end of a token and nothing of a secret", () => {
    const a = vault("a")
    assert.include(a.seal("whsec_abcdef123456"), "123456")
    const sealed = a.sealSecret("whsec_abcdef123456")
    assert.notInclude(sealed, "123456")
    assert.strictEqual(a.open(sealed), "whsec_abcdef123456")
    assert.isNull(a.open(sealed.replace("v1.a..", "v1.a.123456.")))
  })

  test("opens nothing that was meddled with, or that another sealed", () => {
    const a = vault("a")
    const sealed = a.seal(hex("ab12"))
    const changed = [
      // The last sign has bits that say nothing; these two differ in one that does.
      sealed.replace(/.$/, (last) => (last === "A" ? "g" : "A")),
      sealed.replace(".12ab12.", ".ffffff.").replace(".ab12.", ".ffff."),
      sealed.slice(0, -10),
      "v1.a.x.",
      vault("b").seal(hex("ab12"))
    ].filter((one) => one !== sealed)
    for (const one of changed) assert.isNull(a.open(one), one)
  })

  test("opens and finds what an older secret sealed, and seals with the newest", () => {
    const both = vault("b", "a")
    assert.strictEqual(both.open(vault("a").seal(hex("ab12"))), hex("ab12"))
    assert.include(both.names(hex("ab12")), vault("a").name(hex("ab12")))
    assert.strictEqual(both.name(hex("ab12")), vault("b").name(hex("ab12")))
    assert.isTrue(both.seal(hex("ab12")).startsWith("v1.b."))
  })

  const wrong = [
    "",
    "a",
    "a:",
    "a:short",
    `${secret("a")},${secret("a")}`,
    `a b:${"A".repeat(43)}`,
    `${secret("a")},`
  ]
  for (const text of wrong)
    test(`cannot be made of ${text.slice(0, 12) || "nothing"}, and does not say it back`, () => {
      const made = Vault.fromSecrets(Redacted.make(text))
      assert.isTrue(Result.isFailure(made))
      if (Result.isFailure(made)) assert.notInclude(made.failure.problem, "YWFh")
    })
})

const stored = (by: Vault.Vault) => Store.layer.pipe(Layer.provide(Layer.succeed(Vault.Vault, by)))

/** What a thief of the database would look for. */
const dump = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [tokens, activities, webhooks] = [
    yield* sql`select p::text as row from push_tokens p`,
    yield* sql`select a::text as row from activities a`,
    yield* sql`select w::text as row from webhooks w`
  ]
  const requests = yield* sql`select r::text as row from requests r`
  return JSON.stringify([tokens, activities, webhooks, requests])
})

layer(stored(vault("a")).pipe(Layer.provide(database("sealed"))))("sealed tables", (it) => {
  it.describe("a push token", () => Tokens.facts(it))
  it.describe("an activity", () => ActivitySuite.facts(it))
})

layer(database("reseal"))("a database with tokens", (it) => {
  const known = hex("ab12")
  const shown = hex("cd34")

  const signing = "whsec_nobody-but-the-receiver-knows"

  const write = Effect.gen(function* () {
    yield* (yield* Webhooks.Webhooks).add({
      webhookId: "rs-webhook",
      url: "https://example.com/",
      types: ["match.ended"],
      secret: Redacted.make(signing),
      createdAt: Instant.fromMillis(1),
      failingSince: null,
      endedAt: null,
      endedFor: null
    })
    const tokens = yield* PushTokens.PushTokens
    const activities = yield* Activities.Activities
    yield* tokens.register(token(known, "start", "rs-phone", 0))
    yield* activities.insert([
      live("rs-a", "rs-m", "rs-phone", {
        status: "active",
        updateToken: shown,
        state: { _tag: "Active", address: { _tag: "Token", token: shown } }
      })
    ])
  })

  const found = Effect.gen(function* () {
    const tokens = yield* PushTokens.PushTokens
    const activities = yield* Activities.Activities
    const [byToken] = yield* tokens.byToken(known)
    const byUpdate = yield* activities.byUpdateToken(shown)
    const webhook = yield* (yield* Webhooks.Webhooks).get("rs-webhook")
    assert.strictEqual(webhook && Redacted.value(webhook.secret), signing)
    assert.strictEqual(byToken?.token, known)
    assert.strictEqual(byToken?.deviceId, device("rs-phone"))
    assert.strictEqual(byUpdate?.updateToken, shown)
    assert.deepStrictEqual(byUpdate?.state, { _tag: "Active", address: { _tag: "Token", token: shown } })
    const again = yield* tokens.register(token(known, "start", "rs-phone", 1))
    assert.deepStrictEqual(again, { movedFrom: null, formerUser: null, replaced: [] })
    const next = yield* tokens.register(token(hex("ef56"), "start", "rs-phone", 2))
    assert.deepStrictEqual(next.replaced, [known])
    yield* tokens.register(token(known, "start", "rs-phone", 3))
  })

  const reseal = (by: Vault.Vault) => Effect.provideService(Reseal.run, Vault.Vault, by)

  it.effect("says again what it answered, and does not show it", () =>
    Effect.gen(function* () {
      const requests = yield* Requests.Requests
      const asked = { name: "rs-request", fingerprint: "f", claim: "c", at: Instant.fromMillis(1) }
      yield* requests.claim(asked, Instant.fromMillis(0))
      const answer = { status: 201, contentType: "application/json", body: `{"secret":"${signing}"}` }
      assert.isTrue(yield* requests.answer("rs-request", "c", answer))
      assert.deepStrictEqual((yield* requests.claim(asked, Instant.fromMillis(0)))?.answer, answer)
      assert.notInclude(yield* dump, signing)
      yield* requests.erase("rs-")
    }).pipe(Effect.provide(stored(vault("a"))))
  )

  it.effect("has them sealed as a secret comes, replaced and goes, and loses none", () =>
    Effect.gen(function* () {
      yield* Effect.provide(write, stored(Vault.plain))
      assert.include(yield* dump, known)
      assert.strictEqual(yield* reseal(Vault.plain), 0)
      assert.isAbove(yield* reseal(vault("a")), 0)
      assert.notInclude(yield* dump, known)
      assert.notInclude(yield* dump, shown)
      assert.notInclude(yield* dump, signing.slice(-6))
      yield* Effect.provide(found, stored(vault("a")))
      assert.strictEqual(yield* reseal(vault("a")), 0)
      // While both are known, either server finds what the other wrote.
      yield* Effect.provide(found, stored(vault("a", "b")))
      assert.isAbove(yield* reseal(vault("b", "a")), 0)
      yield* Effect.provide(found, stored(vault("b")))
      assert.notInclude(yield* dump, "v1.a.")
      assert.notInclude(yield* dump, known)
    })
  )

  it.effect("is refused to a server that has not the secret, by its name", () =>
    Effect.gen(function* () {
      for (const by of [Vault.plain, vault("c")]) {
        const error = yield* Effect.flip(reseal(by))
        assert.strictEqual(error._tag, "MissingSecret")
        assert.include(error.message, "b")
      }
      // Whoever only looks sees the ends of tokens.
      const tokens = yield* Effect.provide(
        Effect.flatMap(PushTokens.PushTokens, (it) => it.ofDevices("start", [device("rs-phone")])),
        stored(Vault.plain)
      )
      assert.deepStrictEqual(
        tokens.map((one) => one.token),
        [known.slice(-6)]
      )
    })
  )
})
