import {
  Apns,
  Channels,
  Hosts,
  LiveActivity,
  Notification,
  ProviderToken,
  Tls,
  Token
} from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Result, Schema } from "effect"
import { execFile, execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as http2 from "node:http2"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Tokens from "../../apps/simulator/src/apple/Tokens.ts"
import { type Running, simulator, startSimulator } from "./command.ts"

const folder = fs.mkdtempSync(join(tmpdir(), "apple-command-"))
const running: Array<Running> = []
afterAll(async () => {
  for (const one of running) {
    one.interrupt()
    await one.ended
  }
  fs.rmSync(folder, { recursive: true })
})

const start = async (...args: ReadonlyArray<string>) => {
  const one = startSimulator("apple", "--port", "0", ...args)
  running.push(one)
  const leaflet = await one.says(/^Ctrl-C stops it\.$/m)
  const field = (name: string) => new RegExp(`^  ${name} +(\\S+)$`, "m").exec(leaflet)?.[1] ?? ""
  return {
    one,
    leaflet,
    field,
    origin: /is at (https:\S+)$/m.exec(leaflet)![1]!,
    curls: leaflet.split("\n").filter((line) => line.startsWith("curl "))
  }
}

const curlSpeaksHttp2 = (() => {
  try {
    return execFileSync("curl", ["--version"], { encoding: "utf8" }).includes("HTTP2")
  } catch {
    return false
  }
})()

/** As a person would: pasted into a shell. */
const paste = (line: string) =>
  new Promise<string>((resolve, reject) =>
    execFile("/bin/sh", ["-c", line], (error, out) => (error === null ? resolve(out) : reject(error)))
  )

const bundleId = Schema.decodeSync(Notification.BundleId)("com.sightscreen.ios")
const tokenOf = (hex: string) => Result.getOrThrow(Token.fromHex(hex))
const update = (token: string) =>
  Notification.to(
    Result.getOrThrow(
      Notification.seal(
        LiveActivity.update({
          bundleId,
          environment: "sandbox",
          timestamp: Instant.toSeconds(Instant.fromSeconds(1_700_000_000)),
          contentState: {},
          priority: 5,
          expiration: "once"
        })
      )
    ),
    tokenOf(token)
  )

/** Our own client, with what the leaflet says and nothing else. */
const ours = ({ field, origin }: Awaited<ReturnType<typeof start>>) => {
  const ca = fs.readFileSync(field("CA"), "utf8")
  const transport = Hosts.layer(
    Tls.layer({ hosts: { sandbox: origin }, ca }),
    Tls.layer({ hosts: { sandbox: field("channels") || origin }, ca })
  )
  return Layer.mergeAll(Apns.Apns.layer, Channels.Channels.layer).pipe(
    Layer.provide(transport),
    Layer.provide(
      ProviderToken.ProviderToken.layer({
        keyId: field("key id"),
        teamId: field("team id"),
        privateKey: Redacted.make(fs.readFileSync(field("key"), "utf8"))
      })
    )
  )
}

describe("simulator apple", { timeout: 90_000 }, () => {
  it("prints command lines that work when they are pasted", async (context) => {
    context.skip(!curlSpeaksHttp2, "curl is missing here, or has no HTTP/2")
    const { curls, field, one } = await start("--management-port", "0")
    assert.lengthOf(curls, 3)
    assert.match(await paste(curls[0]!), /^HTTP\/2 200 *\r\napns-id: [0-9A-F-]{36}\r\napns-unique-id: /)
    // With a certificate, and no bearer token.
    assert.notInclude(curls[1]!, "bearer")
    assert.match(await paste(curls[1]!), /^HTTP\/2 200/)
    assert.match(await paste(curls[2]!), /^HTTP\/2 201[^]*^apns-channel-id: [A-Za-z0-9+/=]+/m)
    // The same token, for a push of another kind.
    const voip = curls[0]!.replace("apns-push-type: alert", "apns-push-type: voip")
    assert.match(
      await paste(voip.replace(/apns-topic: [\w.]+/, `apns-topic: ${bundleId}.voip`)),
      /^HTTP\/2 200/
    )
    // Another token of any length, in the same words.
    assert.match(await paste(curls[0]!.replace(field("token"), "ab".repeat(80))), /^HTTP\/2 200/)
    assert.match(await paste(curls[0]!.replace(field("token"), "nonsense")), /"reason":"BadDeviceToken"/)
    const tail = field("token").slice(-6)
    await one.says(new RegExp(`^\\d\\d:\\d\\d:\\d\\d {2}POST {2}/3/device/…${tail} {2}alert {2}200$`, "m"))
    await one.says(/POST {2}\/1\/apps\/com\.sightscreen\.ios\/channels {2}- {2}201$/m)
    await one.says(/POST {2}\/3\/device\/…ense {2}alert {2}400 BadDeviceToken$/m)
  })

  it("takes pushes from Node's client and ours, logs them without tokens, and sums up at the end", async () => {
    const it = await start("--management-port", "0", "--folder", join(folder, "papers"))
    const { curls, field, one, origin } = it
    assert.strictEqual(fs.statSync(field("key")).mode & 0o777, 0o600)
    assert.strictEqual(field("CA"), join(folder, "papers", "ca.pem"))

    const session = http2.connect(origin, { ca: fs.readFileSync(field("CA")) })
    const status = await new Promise((resolve, reject) => {
      session.on("error", reject)
      const stream = session.request({
        ":method": "POST",
        ":path": `/3/device/${field("token")}`,
        authorization: /bearer [\w.-]+/.exec(curls[0]!)![0],
        "apns-topic": bundleId,
        "apns-push-type": "alert"
      })
      stream.on("response", (headers) => resolve(headers[":status"]))
      stream.end("{}")
    })
    session.destroy()
    assert.strictEqual(status, 200)

    const stranger = "cd".repeat(80)
    await Effect.gen(function* () {
      const apns = yield* Apns.Apns
      assert.strictEqual((yield* apns.send(update(stranger))).verdict._tag, "Accepted")
      const channels = yield* Channels.Channels
      assert.deepInclude(yield* channels.list({ bundleId, environment: "sandbox" }), {
        _tag: "Done",
        value: []
      })
    }).pipe(Effect.provide(ours(it)), Effect.scoped, Effect.runPromise)

    await one.says(/all-channels {2}- {2}200$/m)
    one.interrupt()
    assert.strictEqual(await one.ended, 0)
    const log = one.out().slice(one.out().indexOf("Ctrl-C stops it."))
    assert.match(
      log,
      /^Stopped after 3 requests on 3 connections: 2 pushes and 0 publishes accepted\.\n {2}3 {2}200$/m
    )
    assert.include(log, `/3/device/…${stranger.slice(-6)}  liveactivity  200`)
    assert.notInclude(log, stranger.slice(-7))
    assert.notInclude(log, field("token"))
    assert.strictEqual(one.err(), "")
    assert.isTrue(fs.existsSync(field("CA")))
  })

  it("knows only its own tokens and those of a file where it is strict, and cleans up behind itself", async () => {
    const file = join(folder, "tokens.txt")
    fs.writeFileSync(
      file,
      `# a desk\n${"EF".repeat(40)} update\n\n${"12".repeat(32)} voip ${bundleId} # another\n`
    )
    const it = await start("--strict", "--tokens", file, "--persona", "sandbox")
    assert.match(it.leaflet, /^ {2}knows +5 tokens$/m)
    const tokens = [
      it.field("to update"),
      "ef".repeat(40),
      it.field("token"),
      "12".repeat(32),
      "ab".repeat(32)
    ]
    const reasons = await Effect.flatMap(Apns.Apns, (apns) =>
      Effect.forEach(tokens, (token) => apns.send(update(token)))
    ).pipe(Effect.provide(ours(it)), Effect.scoped, Effect.runPromise)
    assert.deepStrictEqual(
      reasons.map(({ verdict }) => ("reason" in verdict ? verdict.reason : verdict._tag)),
      ["Accepted", "Accepted", "DeviceTokenNotForTopic", "DeviceTokenNotForTopic", "BadDeviceToken"]
    )
    const ca = it.field("CA")
    assert.isTrue(fs.existsSync(ca))
    it.one.interrupt()
    assert.strictEqual(await it.one.ended, 0)
    assert.isFalse(fs.existsSync(ca))
  })

  it("meets some requests with trouble where it is asked to, and goes on", async () => {
    const { curls, field, one, origin } = await start("--faults", "0.5", "--seed", "7")
    const session = http2.connect(origin, { ca: fs.readFileSync(field("CA")) })
    const authorization = /bearer [\w.-]+/.exec(curls[0]!)![0]
    const answers: Array<unknown> = []
    for (let n = 0; n < 16; n++) {
      const answer = await new Promise((resolve) => {
        const stream = session.request({
          ":method": "POST",
          ":path": `/3/device/${field("token")}`,
          authorization,
          "apns-topic": bundleId,
          "apns-push-type": "alert"
        })
        stream.on("error", () => {})
        stream.on("response", (headers) => resolve(headers[":status"]))
        stream.on("close", () => resolve("reset"))
        stream.end("{}")
      })
      answers.push(answer)
    }
    session.destroy()
    one.interrupt()
    assert.strictEqual(await one.ended, 0)
    for (const answer of answers) assert.include([200, 429, 500, 503, "reset"], answer)
    const troubled = answers.filter((answer) => answer !== 200).length
    assert.isAbove(troubled, 0)
    assert.isBelow(troubled, 16)
  })

  const usual: Tokens.Usual = { bundleId, environment: "sandbox" }
  const lists: ReadonlyArray<readonly [text: string, problem: RegExp]> = [
    ["ab\nwords\n", /^line 2: a token is .* 5 characters$/],
    ["ab pigeon", /^line 1: pigeon is none of device, start, /],
    ["ab voip com.example.x more", /^line 1: .* nothing more$/],
    ["# nobody\n\n", /^there is no token in it$/]
  ]
  for (const [text, problem] of lists) {
    it(`takes ${JSON.stringify(text)} for no list of tokens, and does not repeat it`, () => {
      const read = Tokens.parse(text, usual)
      assert(Result.isFailure(read))
      assert.match(read.failure, problem)
    })
  }

  it("says in one line why it cannot start, and fails", async () => {
    const taken = net.createServer()
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as net.AddressInfo).port))
    )
    const words = join(folder, "words.txt")
    fs.writeFileSync(words, "words\n")
    const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, said: string | RegExp]> = [
      [["--port", `${port}`], `port ${port}: something else is listening there\n`],
      [["--port", "0", "--folder", words], `${words}: a file, not a folder\n`],
      [
        ["--port", "0", "--tokens", words],
        `${words}: line 1: a token is an even number of hex digits, 512 at most; this has 5 characters\n`
      ],
      [["--port", "0", "--tokens", "nowhere.txt"], "nowhere.txt: there is no such file\n"],
      [["--port", "70000"], /^simulator apple: [^\n]*"70000"[^\n]* a port from 0 to 65535\nusage: /],
      [["--faults", "2"], /^simulator apple: [^\n]* a share from 0 to 1\nusage: /]
    ]
    const answers = await Promise.all(cases.map(([args]) => simulator("apple", ...args)))
    taken.close()
    for (const [index, { code, err, out }] of answers.entries()) {
      const [args, said] = cases[index]!
      assert.deepStrictEqual({ code, out }, { code: 1, out: "" }, args.join(" "))
      if (typeof said === "string") assert.strictEqual(err, said)
      else assert.match(err, said)
    }
  })
})
