import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { createServer as createSecureServer } from "node:https"
import type { AddressInfo } from "node:net"
import { it } from "@effect/vitest"
import { Authority } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { Duration, Effect, Redacted, Result } from "effect"
import { afterAll, assert, describe } from "vitest"
import * as Sender from "../../apps/server/src/webhooks/Sender.ts"
import * as Signature from "../../apps/server/src/webhooks/Signature.ts"

const servers: Array<Server> = []
afterAll(() => servers.forEach((server) => void (server.closeAllConnections(), server.close())))

interface Heard {
  readonly headers: IncomingMessage["headers"]
  readonly method: string
  readonly url: string
  readonly body: string
}

/** A receiver that remembers what it heard. */
const receiver = (
  answer: (response: ServerResponse, nth: number) => void,
  secure?: { readonly key: string; readonly cert: string }
) =>
  Effect.promise(
    () =>
      new Promise<{ readonly port: number; readonly heard: Array<Heard> }>((resolve) => {
        const heard: Array<Heard> = []
        const listen = (request: IncomingMessage, response: ServerResponse) => {
          let body = ""
          request.on("data", (part: Buffer) => (body += part.toString()))
          request.on("end", () => {
            heard.push({ headers: request.headers, method: request.method!, url: request.url!, body })
            answer(response, heard.length)
          })
        }
        const server = secure === undefined ? createServer(listen) : createSecureServer(secure, listen)
        servers.push(server)
        server.listen(0, "127.0.0.1", () => resolve({ port: (server.address() as AddressInfo).port, heard }))
      })
  )

const ok = (response: ServerResponse) => void response.writeHead(204).end()
const secret = Signature.freshSecret()
const sealed = (url: string) => ({
  url,
  messageId: "msg_1",
  at: Instant.toSeconds(Instant.fromMillis(1_750_000_000_000)),
  body: '{"say":"विकेट!"}',
  secret: Redacted.make(secret)
})
const near = { near: true, patience: Duration.seconds(5) }
const far = { near: false, patience: Duration.seconds(5) }

describe("a webhook", () => {
  it.live("is posted and signed, and its receiver can tell", () =>
    Effect.gen(function* () {
      const { heard, port } = yield* receiver(ok)
      const reply = yield* Sender.make(near).send(sealed(`http://127.0.0.1:${port}/hook?a=1`))
      assert.deepStrictEqual(reply, { _tag: "Answered", status: 204, retryAfter: null })
      const [{ body, headers, method, url }] = heard as [Heard]
      assert.deepStrictEqual([method, url, body], ["POST", "/hook?a=1", '{"say":"विकेट!"}'])
      assert.strictEqual(headers["content-type"], "application/json")
      const given = headers as Record<string, string>
      assert.isTrue(Signature.verifies(secret, given, body, 1_750_000_010))
      assert.isFalse(Signature.verifies(secret, given, `${body} `, 1_750_000_010))
      assert.isFalse(Signature.verifies(Signature.freshSecret(), given, body, 1_750_000_010))
      assert.isFalse(Signature.verifies(secret, { ...given, "webhook-id": "msg_2" }, body, 1_750_000_010))
      assert.isFalse(Signature.verifies(secret, given, body, 1_750_000_000 + 301))
      assert.isFalse(
        Signature.verifies(secret, { ...given, "webhook-signature": "v2,abc" }, body, 1_750_000_010)
      )
    })
  )

  it("is signed as Standard Webhooks has it", () => {
    const known = Signature.headers(
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      1_614_265_330,
      '{"test": 2432232314}'
    )
    assert.strictEqual(known["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  })

  it.live("is not sent where an answer points", () =>
    Effect.gen(function* () {
      const elsewhere = yield* receiver(ok)
      const { port } = yield* receiver((response) =>
        response.writeHead(307, { location: `http://127.0.0.1:${elsewhere.port}/` }).end()
      )
      const reply = yield* Sender.make(near).send(sealed(`http://127.0.0.1:${port}/`))
      assert.deepInclude(reply, { _tag: "Answered", status: 307 })
      assert.deepStrictEqual(elsewhere.heard, [])
    })
  )

  it.live("hears how long it is to wait, and reads no more than it needs", () =>
    Effect.gen(function* () {
      const { port } = yield* receiver((response) => {
        response.writeHead(503, { "retry-after": "120" })
        const pour = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
          if (!response.destroyed) response.once("drain", pour)
        }
        pour()
      })
      const reply = yield* Sender.make(near).send(sealed(`http://127.0.0.1:${port}/`))
      assert.deepStrictEqual(reply, { _tag: "Answered", status: 503, retryAfter: Duration.seconds(120) })
    })
  )

  it.live("waits for nobody who does not answer", () =>
    Effect.gen(function* () {
      const { port } = yield* receiver(() => {})
      const sender = Sender.make({ ...near, patience: Duration.millis(300) })
      assert.deepStrictEqual(yield* sender.send(sealed(`http://127.0.0.1:${port}/`)), {
        _tag: "Unreachable",
        why: "no answer in time"
      })
      const never = Sender.make({
        ...far,
        patience: Duration.millis(300),
        lookup: () => new Promise(() => {})
      })
      assert.deepInclude(yield* never.send(sealed("https://slow.example/")), { why: "no answer in time" })
      const nobody = yield* sender.send(sealed("http://127.0.0.1:1/"))
      assert.deepStrictEqual(nobody, { _tag: "Unreachable", why: "ECONNREFUSED" })
    })
  )

  const inside: ReadonlyArray<readonly [name: string, addresses: ReadonlyArray<string>, why: RegExp]> = [
    ["this machine", ["127.0.0.1"], /loopback/],
    ["the house", ["10.1.2.3"], /private/],
    ["a cloud's metadata", ["169.254.169.254"], /link-local/],
    ["this machine by IPv6", ["::1"], /loopback/],
    ["this machine by IPv4 within IPv6", ["::ffff:127.0.0.1"], /an IPv4 address in IPv6/],
    ["this machine by NAT64", ["64:ff9b::7f00:1"], /NAT64/],
    ["a public address and the house", ["93.184.215.14", "192.168.1.1"], /private/],
    ["the house and a public address", ["fd00::1", "2606:4700:4700::1111"], /private/],
    ["nowhere", [], /no address/]
  ]
  for (const [what, addresses, why] of inside) {
    it.live(`is not sent where its receiver's name leads to ${what}`, () =>
      Effect.gen(function* () {
        const { heard, port } = yield* receiver(ok)
        const lookup: Sender.Lookup = async () =>
          addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
        const reply = yield* Sender.make({ ...far, lookup }).send(sealed(`https://hooks.example:${port}/`))
        assert.strictEqual(reply._tag, "Refused")
        if (reply._tag === "Refused") assert.match(reply.why, why)
        assert.deepStrictEqual(heard, [])
      })
    )
  }

  it.live("is not sent by plain http, whatever the name leads to", () =>
    Effect.gen(function* () {
      let asked = 0
      const lookup: Sender.Lookup = async () => {
        asked += 1
        return [{ address: "93.184.215.14", family: 4 }]
      }
      assert.strictEqual(
        (yield* Sender.make({ ...far, lookup }).send(sealed("http://hooks.example/")))._tag,
        "Refused"
      )
      assert.strictEqual(asked, 0)
      const { endpoint } = Sender.make(far)
      assert.isTrue(Result.isFailure(endpoint("http://127.0.0.1/")))
      assert.deepStrictEqual(endpoint("https://Example.com"), Result.succeed("https://example.com/"))
    })
  )

  it.live("goes to the very address that was looked at, under the receiver's name", () =>
    Effect.gen(function* () {
      const authority = yield* Authority.make
      const secure = { key: Redacted.value(authority.privateKey), cert: authority.certificate }
      const { heard, port } = yield* receiver(ok, secure)
      let asked = 0
      // A name that leads elsewhere the second time it is asked.
      const lookup: Sender.Lookup = async () => {
        asked += 1
        return [{ address: asked === 1 ? "127.0.0.1" : "10.0.0.1", family: 4 }]
      }
      const sender = Sender.make({ ...near, lookup, ca: authority.ca })
      const reply = yield* sender.send(sealed(`https://localhost:${port}/`))
      assert.deepInclude(reply, { _tag: "Answered", status: 204 })
      assert.strictEqual(asked, 1)
      assert.strictEqual(heard[0]!.headers.host, `localhost:${port}`)
      // A certificate of another name, and one that nobody vouches for.
      const again = { ...near, lookup: async () => [{ address: "127.0.0.1", family: 4 }] }
      const others = [
        yield* Sender.make({ ...again, ca: authority.ca }).send(sealed(`https://hooks.example:${port}/`)),
        yield* Sender.make(again).send(sealed(`https://localhost:${port}/`))
      ]
      for (const other of others) assert.strictEqual(other._tag, "Unreachable")
      assert.lengthOf(heard, 1)
    })
  )

  it.effect("has a name and a secret that nobody guesses", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* Sender.make(far).fresh, yield* Sender.make(far).fresh]
      assert.match(one.webhookId, /^wh_[0-9a-f]{24}$/)
      assert.notStrictEqual(one.webhookId, other.webhookId)
      assert.lengthOf(Buffer.from(Redacted.value(one.secret).slice(6), "base64"), 32)
      assert.notInclude(JSON.stringify(one), Redacted.value(one.secret))
    })
  )
})
