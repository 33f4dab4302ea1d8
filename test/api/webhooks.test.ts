import { it } from "@effect/vitest"
import { WebhookDesk, WebhookSender } from "@sightscreen/engine"
import { Context, Effect, Redacted, Result } from "effect"
import { assert, describe } from "vitest"
import * as Server from "./server.ts"

const sent: Array<WebhookSender.Sealed> = []
let fresh = 0

const sender: WebhookSender.Sender = {
  send: (sealed) =>
    Effect.sync(() => {
      sent.push(sealed)
      return { _tag: "Answered", status: 204, retryAfter: null }
    }),
  endpoint: (url) => (url.startsWith("https://") ? Result.succeed(url) : Result.fail("it is not https")),
  fresh: Effect.sync(() => {
    fresh += 1
    return {
      webhookId: `wh_${fresh.toString(16).padStart(24, "0")}`,
      secret: Redacted.make(`whsec_${fresh}`)
    }
  })
}

describe("people who run the server", () => {
  it.live("add webhooks, look at them, try them out and remove them, each as their role lets them", () =>
    Effect.gen(function* () {
      const server = yield* Server.make()
      yield* Effect.forkScoped(Context.get(server.services, WebhookDesk.WebhookDesk).run)
      const ask = (method: string, path: string, role: string, body?: unknown) =>
        Effect.map(
          server.raw(method, `/v1/admin/webhooks${path}`, {
            headers: { "x-api-key": role },
            ...(body === undefined ? {} : { body })
          }),
          (answer) => ({ ...answer, said: answer.text === "" ? {} : answer.json() })
        )

      const wanted = { url: "https://a.example/", types: ["match.event", "match.event"] }
      for (const role of ["observer", "operator"])
        assert.strictEqual((yield* ask("POST", "", role, wanted)).status, 403)
      const added = yield* ask("POST", "", "admin", wanted)
      assert.strictEqual(added.status, 201)
      assert.match(String(added.said["secret"]), /^whsec_/)
      assert.deepStrictEqual(added.said["types"], ["match.event"])
      const one = `/${String(added.said["webhookId"])}`

      const shown = yield* ask("GET", one, "observer")
      assert.deepStrictEqual([shown.status, shown.said["url"]], [200, "https://a.example/"])
      const list = yield* ask("GET", "", "observer")
      for (const { text } of [shown, list]) assert.notInclude(text, "whsec_")

      const refused = yield* ask("POST", "", "admin", { url: "http://a.example/", types: ["match.event"] })
      assert.deepInclude(refused.said, {
        type: "urn:sightscreen:not-an-endpoint",
        status: 422,
        detail: "it is not https"
      })
      for (const body of [
        { url: "https://a.example/", types: [] },
        { url: "https://a.example/", types: ["everything"] },
        { url: "https://a.example/", types: ["match.event"], secret: "mine" }
      ])
        assert.strictEqual((yield* ask("POST", "", "admin", body)).status, 400)

      const none = `/wh_${"f".repeat(24)}`
      for (const [method, path] of [
        ["GET", none],
        ["DELETE", none],
        ["POST", `${none}/test`],
        ["POST", `${none}/resume`],
        ["GET", `${none}/messages`]
      ] as const) {
        const { said } = yield* ask(method, path, "admin")
        assert.strictEqual(said["type"], "urn:sightscreen:no-such-webhook", `${method} ${path}`)
      }

      const tried = yield* ask("POST", `${one}/test`, "operator")
      assert.strictEqual(tried.status, 202)
      for (let n = 0; sent.length === 0 && n < 500; n += 1) yield* Effect.sleep("20 millis")
      assert.strictEqual(JSON.parse(sent[0]!.body).type, "webhook.test")
      const page = yield* ask("GET", `${one}/messages?limit=5`, "observer")
      const [message] = page.said["messages"] as ReadonlyArray<Record<string, unknown>>
      assert.deepInclude(message, { messageId: tried.said["messageId"], type: "webhook.test" })
      assert.isNull(page.said["next"])

      assert.strictEqual((yield* ask("POST", `${one}/resume`, "admin")).status, 200)
      assert.strictEqual((yield* ask("DELETE", one, "operator")).status, 403)
      assert.strictEqual((yield* ask("DELETE", one, "admin")).status, 204)
      assert.strictEqual((yield* ask("GET", one, "observer")).status, 404)
    }).pipe(Effect.provideService(WebhookSender.WebhookSender, sender), Effect.scoped)
  )

  it.live("add so many and no more", () =>
    Effect.gen(function* () {
      const server = yield* Server.make()
      const add = (n: number) =>
        server.raw("POST", "/v1/admin/webhooks", {
          headers: { "x-api-key": "admin" },
          body: { url: `https://${n}.example/`, types: ["match.ended"] }
        })
      for (let n = 0; n < 50; n += 1) assert.strictEqual((yield* add(n)).status, 201)
      const more = yield* add(50)
      assert.deepInclude(more.json(), { type: "urn:sightscreen:too-many-webhooks", status: 409 })
    }).pipe(Effect.provideService(WebhookSender.WebhookSender, sender), Effect.scoped)
  )
})
