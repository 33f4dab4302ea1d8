import { execFile, execFileSync, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Reason } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import * as RealTime from "../../apps/server/src/RealTime.ts"
import * as Text from "../../apps/server/src/push/Text.ts"
import { blackHole, bundleId, call, cleanUp, file, signingKey, token, world } from "./operator.ts"

afterAll(cleanUp)

const to = ["--token", token]
const narrow = (text: string) =>
  text
    .split("\n")
    .every((line) => line.length <= Text.columns || /^ {2}npm run|^ *\S+$|curl|^ {2}-|'https/.test(line))

const curlSpeaksHttp2 = (() => {
  try {
    return execFileSync("curl", ["--version"], { encoding: "utf8" }).includes("HTTP2")
  } catch {
    return false
  }
})()

/** As a person would: pasted into a shell. */
const paste = (line: string) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve, reject) =>
        execFile("/bin/sh", ["-c", line], (error, out) => (error === null ? resolve(out) : reject(error)))
      )
  )

describe("a push by hand", { timeout: 60_000 }, () => {
  const aps = (json: object) => ({ aps: json })
  const kinds: ReadonlyArray<
    readonly [args: ReadonlyArray<string>, type: string, topic: string, priority: string, payload: object]
  > = [
    [
      ["alert", "--title", "Wicket!", "--body", "IND 98/1", "--badge", "0", "--sound", "default"],
      "alert",
      bundleId,
      "10",
      aps({ alert: { title: "Wicket!", body: "IND 98/1" }, badge: 0, sound: "default" })
    ],
    [
      ["alert", "--body", "x", "--custom", '{"match":7}', "--priority", "5"],
      "alert",
      bundleId,
      "5",
      { match: 7, aps: { alert: { body: "x" } } }
    ],
    [["background"], "background", bundleId, "5", aps({ "content-available": 1 })],
    [
      ["voip", "--call-id", "c1", "--handle", "+91", "--caller-name", "Ravi"],
      "voip",
      `${bundleId}.voip`,
      "10",
      { aps: {}, callId: "c1", handle: "+91", callerName: "Ravi" }
    ],
    [
      ["complication", "--custom", '{"a":1}'],
      "complication",
      `${bundleId}.complication`,
      "10",
      { a: 1, aps: {} }
    ],
    [
      ["fileprovider", "--domain", "d"],
      "fileprovider",
      `${bundleId}.pushkit.fileprovider`,
      "10",
      { "container-identifier": "NSFileProviderWorkingSetContainerItemIdentifier", domain: "d" }
    ],
    [["location"], "location", `${bundleId}.location-query`, "10", aps({})],
    [["pushtotalk", "--custom", '{"a":1}'], "pushtotalk", `${bundleId}.voip-ptt`, "10", { a: 1, aps: {} }],
    [["widgets"], "widgets", `${bundleId}.push-type.widgets`, "10", aps({ "content-changed": true })],
    [["controls"], "controls", `${bundleId}.push-type.controls`, "10", aps({ "content-changed": true })],
    [
      ["mdm", "--topic", "com.apple.mgmt.External.1", "--push-magic", "M"],
      "mdm",
      "com.apple.mgmt.External.1",
      "10",
      { mdm: "M" }
    ]
  ]
  for (const [args, type, topic, priority, payload] of kinds) {
    it.effect(`of the kind ${args[0]} arrives as it should: ${args.slice(1).join(" ")}`, () =>
      Effect.gen(function* () {
        const { accepted, env, host } = yield* world()
        const { code, err, out } = yield* call("push", [...args, ...to, ...host], env)
        assert.deepStrictEqual([code, err], [0, ""])
        assert.match(
          out,
          /^Accepted: [^\n]+\n {2}apns-id {9}[0-9a-f-]{36}\n {2}apns-unique-id {2}[0-9a-f-]{36}$/
        )
        assert.lengthOf(accepted, 1)
        const { headers, payload: arrived, token: at } = accepted[0]!
        assert.deepStrictEqual(arrived, payload)
        assert.deepInclude(headers, {
          "apns-push-type": type,
          "apns-topic": topic,
          "apns-priority": priority,
          "apns-expiration": "0"
        })
        assert.strictEqual(at, token)
      })
    )
  }

  it.effect("starts, updates and ends a Live Activity, in seconds of now", () =>
    Effect.gen(function* () {
      const { accepted, env, host } = yield* world()
      const activity = (...args: ReadonlyArray<string>) =>
        call("push", ["liveactivity", ...args, ...to, ...host], env)
      const state = file('{"runs":98}', "state.json")
      const before = Math.floor(RealTime.clock.currentTimeMillisUnsafe() / 1000)
      const start = ["start", "--attributes-type", "Match", "--attributes", "{}", "--content-state", state]
      const answers = [
        yield* activity(...start, "--title", "A", "--body", "B", "--input-token", "--stale", "10m"),
        yield* activity("update", "--content-state", '{"runs":99}', "--priority", "5", "--collapse-id", "x"),
        yield* activity("end", "--dismiss", "now", "--expires", "10m")
      ]
      assert.deepStrictEqual(
        answers.map(({ code, err }) => [code, err]),
        [
          [0, ""],
          [0, ""],
          [0, ""]
        ]
      )
      type Aps = Readonly<Record<string, unknown>> & { readonly timestamp: number }
      const [started, updated, ended] = accepted.map(({ payload }) => (payload as { readonly aps: Aps }).aps)
      assert.isAtLeast(started!.timestamp, before)
      assert.isAtMost(ended!.timestamp, before + 60)
      assert.deepStrictEqual(started, {
        timestamp: started!.timestamp,
        event: "start",
        "content-state": { runs: 98 },
        alert: { title: "A", body: "B" },
        "stale-date": started!.timestamp + 600,
        "attributes-type": "Match",
        attributes: {},
        "input-push-token": 1
      })
      assert.deepInclude(updated, { event: "update", "content-state": { runs: 99 } })
      assert.deepStrictEqual(ended, {
        timestamp: ended!.timestamp,
        event: "end",
        "dismissal-date": ended!.timestamp
      })
      assert.deepInclude(accepted[1]!.headers, { "apns-priority": "5", "apns-collapse-id": "x" })
      const until = Number(accepted[2]!.headers["apns-expiration"])
      assert.isTrue(until >= before + 600 && until <= before + 660)
    })
  )

  it.effect("completes a payload from a file, and lets it say when it was", () =>
    Effect.gen(function* () {
      const { accepted, env, host } = yield* world()
      const update = (text: string) =>
        call("push", ["liveactivity", "update", ...to, ...host, "--payload", file(text)], env)
      assert.strictEqual((yield* update('{"aps":{"content-state":{"runs":1}}}')).code, 0)
      assert.strictEqual((yield* update('{"aps":{"content-state":{},"timestamp":1700000000}}')).code, 0)
      const [first, second] = accepted.map(({ payload }) => payload as { readonly aps: object })
      assert.deepInclude(first!.aps, { event: "update", "content-state": { runs: 1 } })
      assert.deepInclude(second!.aps, { event: "update", timestamp: 1_700_000_000 })
    })
  )

  it.effect("publishes to channels, which it makes, reads, lists and deletes", () =>
    Effect.gen(function* () {
      const { env, host, management, published } = yield* world()
      const channels = (...args: ReadonlyArray<string>) =>
        call("push", ["channels", ...args, ...management], env)
      assert.match((yield* channels("list")).out, /^There is no channel\./)
      const made = yield* channels("create", "--store", "latest", "--json")
      const { channel, status } = JSON.parse(made.out) as {
        readonly channel: string
        readonly status: number
      }
      assert.strictEqual(status, 201)
      assert.match((yield* channels("read", "--channel", channel)).out, /stores +latest$/m)
      assert.include((yield* channels("list")).out, channel)

      const publish = (...args: ReadonlyArray<string>) =>
        call("push", ["liveactivity", ...args, "--channel", channel, ...host], env)
      const taken = yield* publish(
        "update",
        "--content-state",
        '{"runs":4}',
        "--expires",
        "1h",
        "--priority",
        "1"
      )
      assert.deepStrictEqual([taken.code, taken.err], [0, ""])
      assert.match(taken.out, /^Taken: .*\n {2}apns-request-id .*\n {2}apns-unique-id /)
      assert.strictEqual((yield* publish("end")).code, 0)
      assert.deepStrictEqual(
        published.map(({ channelId, policy }) => [channelId, policy]),
        [
          [channel, 1],
          [channel, 1]
        ]
      )

      assert.match((yield* channels("delete", "--channel", channel)).out, /^Deleted\./)
      const gone = yield* publish("end")
      assert.strictEqual(gone.code, 1)
      assert.match(gone.out, /^Refused: 400 ChannelNotRegistered\n/)
      assert.strictEqual((yield* channels("read", "--channel", channel, "--json")).code, 1)
    })
  )

  const wrong: ReadonlyArray<readonly [kind: string, payload: string, problem: RegExp]> = [
    ["alert", '{"aps":{"bagde":1}}', /: aps\.bagde is no key of such a push; is it badge\?$/],
    ["alert", '{"aps":{"badge":"3","alert":"x"}}', /: aps\.badge should be number$/],
    ["alert", '{"aps":{"badge":-1}}', /: aps\.badge should be greater than or equal to 0$/],
    ["alert", '{"aps":{"alert":{"titel":"x"}}}', /: aps\.alert\.titel is no key .* title\?$/],
    ["alert", '{"aps":{"alert":{"subtitle":"x"}}}', /: aps\.alert should be a title or a body$/],
    ["alert", '{"aps":{"category":"x"}}', /: aps should be something to notice/],
    [
      "alert",
      '{"aps":{"alert":"x","content-available":1}}',
      /: aps\.content-available is no key of such a push/
    ],
    ["alert", '{"alert":"x"}', /: aps is missing$/],
    ["alert", "{", /: it is not JSON \(/],
    ["alert", "[1]", /: it is JSON, and not an object$/],
    ["alert", "", /: there is nothing in it$/],
    ["background", '{"aps":{"content-available":1,"sound":"x"}}', /: aps\.sound is no key/],
    ["background", '{"aps":{"content-available":true}}', /: aps\.content-available should be 1$/],
    ["voip", '{"aps":{},"callId":"1","handle":"x"}', /: callerName is missing$/],
    [
      "start",
      '{"aps":{"content-state":{},"attributes":{},"attributes-type":"M"}}',
      /: aps\.alert is missing$/
    ],
    [
      "start",
      '{"aps":{"content-state":{},"attributes":{},"attributes-type":"M","alert":{"title":"a","body":"b"},"input-push-token":1,"input-push-channel":"x"}}',
      /: aps should be input-push-token or input-push-channel, not both/
    ],
    ["update", '{"aps":{"content-state":{},"event":"end"}}', /: aps\.event should be "update"$/],
    ["update", '{"aps":{"content-state":{},"attributes":{}}}', /: aps\.attributes is no key/],
    ["update", '{"aps":{"content-state":{},"dismissal-date":1}}', /: aps\.dismissal-date is no key/],
    [
      "update",
      '{"aps":{"content-state":{},"timestamp":1700000000000}}',
      /: aps\.timestamp should be seconds/
    ],
    ["update", '{"aps":{"content-state":{}},"match":1}', /: match is no key/],
    ["widgets", '{"aps":{"content-changed":1}}', /: aps\.content-changed should be true$/],
    ["complication", '{"aps":{"alert":"x"}}', /: aps\.alert is no key/],
    ["fileprovider", '{"domain":"x"}', /: container-identifier is missing$/]
  ]
  it.effect("is not sent when its payload is not what its kind may say; the key that is wrong is named", () =>
    Effect.gen(function* () {
      const { env, host, server } = yield* world()
      for (const [kind, payload, problem] of wrong) {
        const command = ["start", "update", "end"].includes(kind) ? ["liveactivity", kind] : [kind]
        const said = yield* call("push", [...command, ...to, ...host, "--payload", file(payload)], env)
        assert.deepStrictEqual([said.code, said.out], [2, ""], payload)
        assert.match(said.err, problem)
        assert.notInclude(said.err, "\n")
      }
      assert.strictEqual((yield* server.counts).requests, 0)
    })
  )

  const mistakes: ReadonlyArray<readonly [args: ReadonlyArray<string>, env: object, problem: RegExp]> = [
    [["alert", "--body", "x"], {}, /^--token: to whom\?/],
    [["alert", "--body", "x", "--token", "xyz"], {}, /^--token: a token is .* 3 characters$/],
    [
      ["alert", "--body", "x".repeat(5000), ...to],
      {},
      /^payload: the payload has 50\d\d bytes; Apple takes 4096$/
    ],
    [["alert", ...to, "--title", "x", "--payload", "y"], {}, /^--payload: .* leave --title out/],
    [["alert", ...to], {}, /an alert, a badge or a sound; give --title, --.*, or all of it with --payload$/],
    [["voip", ...to], {}, /^payload: handle is missing; give --handle, or all of it with --payload$/],
    [
      ["liveactivity", "start", ...to],
      {},
      /^payload: aps\.content-state is missing; give --content-state, or/
    ],
    [["alert", ...to, "--payload", "/nowhere"], {}, /^--payload: there is no file \/nowhere$/],
    [
      ["background", ...to, "--priority", "10"],
      {},
      /^--priority: 10 is not for background pushes; they have 5$/
    ],
    [["alert", "--body", "x", ...to, "--expires", "60d"], {}, /^--expires: 60d is neither none nor a time/],
    [["alert", "--body", "x", ...to, "--expires", "300"], {}, /^--expires: 300 is neither/],
    [["alert", "--body", "x", ...to, "--id", "7"], {}, /^--id: 7 is not a UUID$/],
    [["alert", "--body", "x", ...to, "--collapse-id", "é"], {}, /^--collapse-id: /],
    [["alert", "--body", "x", ...to], { APNS_BUNDLE_ID: "" }, /^--bundle: which app\?/],
    [["alert", "--body", "x", ...to], { APNS_BUNDLE_ID: "a.b.voip" }, /^APNS_BUNDLE_ID: .* ends in \.voip/],
    [
      ["alert", "--body", "x", ...to],
      { APNS_ENV: "prod" },
      /^APNS_ENV: prod is neither sandbox nor production$/
    ],
    [["alert", "--body", "x", ...to], { APNS_PRIVATE_KEY: "" }, /^--key: there is no signing key/],
    [
      ["alert", "--body", "x", ...to],
      { APNS_PRIVATE_KEY: "/nowhere" },
      /^APNS_PRIVATE_KEY: there is no file/
    ],
    [["alert", "--body", "x", ...to], { APNS_KEY_ID: "short" }, /^APNS_KEY_ID: short is not ten capital/],
    [["alert", "--body", "x", ...to], { APNS_TEAM_ID: "" }, /^--team-id: whose key is it\?/],
    [["alert", "--body", "x", ...to, "--host", "http://127.0.0.1"], {}, /^--host: .* is not https/],
    [["alert", "--body", "x", ...to, "--timeout", "soon"], {}, /^--timeout: soon is not a time/],
    [["liveactivity", "end"], {}, /^--token, --channel: to whom\?/],
    [["liveactivity", "end", ...to, "--channel", "abcd"], {}, /^--token, --channel: one of them/],
    [["liveactivity", "end", "--channel", "a b"], {}, /^--channel: a b is not a channel's id/],
    [
      ["liveactivity", "update", ...to, "--content-state", "nowhere.json"],
      {},
      /^--content-state: there is no file/
    ],
    [["liveactivity", "end", ...to, "--dismiss", "soon"], {}, /^--dismiss: soon is not a time/],
    [["mdm", "--topic", "a b", ...to, "--push-magic", "x"], {}, /^--topic: a b is no topic$/]
  ]
  it.effect("is not sent when it is asked for wrongly, which is told in one line", () =>
    Effect.gen(function* () {
      const { env, host, secret, server } = yield* world()
      for (const [args, other, problem] of mistakes) {
        const at = args.includes("--host") ? [] : host
        const said = yield* call("push", [...args, ...at], { ...env, ...other })
        assert.deepStrictEqual([said.code, said.out], [2, ""], args.join(" "))
        assert.match(said.err, problem)
        assert.notInclude(said.err, "\n")
        assert.notInclude(said.err, secret)
      }
      assert.strictEqual((yield* server.counts).requests, 0)
    })
  )

  it.effect("is signed with a key from a flag, a path, or a text in one line", () =>
    Effect.gen(function* () {
      const { accepted, env, host, keyFile } = yield* world()
      const { credentials } = yield* Effect.orDie(signingKey)
      const pem = Redacted.value(credentials.privateKey)
      const named = file(pem, `AuthKey_${credentials.keyId}.p8`)
      const { APNS_KEY_ID: _, APNS_PRIVATE_KEY: __, APNS_TEAM_ID: ___, ...rest } = env
      const flags = ["--key", keyFile, "--key-id", credentials.keyId, "--team-id", credentials.teamId]
      const ways: ReadonlyArray<
        readonly [args: ReadonlyArray<string>, env: Readonly<Record<string, string>>]
      > = [
        [[], env],
        [flags, rest],
        [
          flags,
          { ...rest, APNS_KEY_ID: "AAAAAAAAAA", APNS_TEAM_ID: "BBBBBBBBBB", APNS_PRIVATE_KEY: "/nowhere" }
        ],
        [[], { ...env, APNS_PRIVATE_KEY: pem }],
        [[], { ...env, APNS_PRIVATE_KEY: pem.replaceAll("\n", "\\n") }],
        [["--team-id", credentials.teamId], { ...rest, APNS_PRIVATE_KEY: named }]
      ]
      for (const [args, given] of ways) {
        const said = yield* call("push", ["background", ...to, ...host, ...args], given)
        assert.deepStrictEqual([said.code, said.err], [0, ""])
      }
      assert.lengthOf(accepted, ways.length)
    })
  )
})

describe("a dry run", { timeout: 60_000 }, () => {
  it.effect(
    "prints a command line that sends what would have been sent, and sends nothing itself",
    (context) =>
      Effect.gen(function* () {
        context.skip(!curlSpeaksHttp2, "curl is missing here, or has no HTTP/2")
        const { accepted, env, host, server } = yield* world()
        const id = "00000000-0000-4000-8000-000000000001"
        const args = [
          "alert",
          "--title",
          "It's out",
          "--badge",
          "1",
          ...to,
          ...host,
          "--id",
          id,
          "--collapse-id",
          "w"
        ]
        const dry = yield* call("push", [...args, "--dry-run"], env)
        assert.strictEqual(dry.code, 0)
        assert.match(dry.err, /^# Nothing was sent\. The bearer token is a secret, and valid for an hour;/)
        assert.isTrue(narrow(dry.err))
        assert.strictEqual((yield* server.counts).requests, 0)

        assert.strictEqual((yield* call("push", args, env)).code, 0)
        assert.match(yield* paste(dry.out), /^HTTP\/2 200/)
        const [sent, pasted] = accepted.map(({ headers, payload, token }) => {
          const { accept: _, authorization: __, "content-length": ___, "user-agent": ____, ...rest } = headers
          return { rest, payload, token }
        })
        assert.deepStrictEqual(pasted, sent)
      })
  )

  it.effect("does the same for every request about channels", (context) =>
    Effect.gen(function* () {
      context.skip(!curlSpeaksHttp2, "curl is missing here, or has no HTTP/2")
      const { env, host, management, server } = yield* world()
      const dry = (at: ReadonlyArray<string>, ...args: ReadonlyArray<string>) =>
        Effect.map(call("push", [...args, ...at, "--dry-run"], env), ({ out }) => out)
      const made = yield* paste(yield* dry(management, "channels", "create"))
      assert.match(made, /^HTTP\/2 201/)
      const [kept] = yield* server.channels
      const channel = ["--channel", kept!.id]
      assert.match(yield* paste(yield* dry(management, "channels", "list")), /^HTTP\/2 200/)
      assert.match(yield* paste(yield* dry(management, "channels", "read", ...channel)), /^HTTP\/2 200/)
      assert.match(yield* paste(yield* dry(host, "liveactivity", "end", ...channel)), /^HTTP\/2 200/)
      assert.match(yield* paste(yield* dry(management, "channels", "delete", ...channel)), /^HTTP\/2 204/)
      assert.lengthOf(yield* server.channels, 0)
    })
  )

  it.effect("masks what is secret and what is personal, and then needs no key", () =>
    Effect.gen(function* () {
      const { env, host, secret, server } = yield* world()
      for (const json of [[], ["--json"]]) {
        const said = yield* call("push", ["background", ...to, ...host, "--dry-run", "--mask", ...json], {
          ...env,
          APNS_PRIVATE_KEY: ""
        })
        assert.strictEqual(said.code, 0)
        const all = said.out + said.err
        assert.notInclude(all, token.slice(-7))
        assert.notMatch(all, /eyJ/)
        assert.notInclude(all, secret)
        assert.include(all, `…${token.slice(-6)}`)
      }
      assert.strictEqual((yield* server.counts).requests, 0)
    })
  )
})

describe("Apple's answer", { timeout: 60_000 }, () => {
  it.effect("is explained whatever the reason, in the words of the table", () =>
    Effect.gen(function* () {
      const { env, host, secret, server } = yield* world()
      for (const [reason, { meaning, remedy, status }] of Object.entries(Reason.table)) {
        yield* server.inject({ _tag: "Heal" })
        yield* server.inject({ _tag: "Refuse", status, reason })
        const said = yield* call("push", ["background", ...to, ...host], env)
        assert.deepStrictEqual([said.code, said.err], [1, ""], reason)
        assert.strictEqual(said.out.split("\n")[0], `Refused: ${status} ${reason}`)
        const flat = said.out.replaceAll(/\s+/g, " ")
        assert.include(flat, `meaning ${meaning}`)
        assert.include(flat, `to do ${remedy}`)
        assert.isTrue(narrow(said.out), said.out)
        assert.notInclude(said.out, secret)
        const json = yield* call("push", ["background", ...to, ...host, "--json"], env)
        assert.strictEqual(json.code, 1)
        assert.deepInclude(JSON.parse(json.out), { accepted: false, status, reason, meaning, remedy })
      }
    })
  )

  it.effect("is explained by its status where the reason is new, or missing", () =>
    Effect.gen(function* () {
      const { env, host, server } = yield* world()
      yield* server.inject({ _tag: "Refuse", status: 400, reason: "TooMuchRain", times: 1 })
      const said = yield* call("push", ["background", ...to, ...host], env)
      assert.match(
        said.out,
        /^Refused: 400 TooMuchRain\n {2}meaning {2}a reason that Apple does not document\n/
      )
    })
  )

  it.effect("tells the topic that was pushed to, and when to come again where Apple says so", () =>
    Effect.gen(function* () {
      const { env, host, server } = yield* world()
      const refuse = { _tag: "Refuse", status: 503, reason: "ServiceUnavailable", times: 1 } as const
      yield* server.inject({ ...refuse, retryAfter: "90" })
      const said = yield* call("push", ["widgets", ...to, ...host], env)
      assert.match(said.out, /^ {2}again +not for 90 s, Apple asks$/m)
      assert.match(said.out, new RegExp(`^ {2}topic +${bundleId}\\.push-type\\.widgets$`, "m"))
      yield* server.inject({ ...refuse, retryAfter: "90" })
      const json = yield* call("push", ["widgets", ...to, ...host, "--json"], env)
      assert.deepInclude(JSON.parse(json.out), {
        retryAfter: { _tag: "Wait", millis: 90_000 },
        topic: `${bundleId}.push-type.widgets`
      })
    })
  )

  it.effect("tells since when a token is dead", () =>
    Effect.gen(function* () {
      const known = { token, bundleId, environment: "sandbox", kind: "device" } as const
      const { env, host, server } = yield* world({ tokens: [known] })
      yield* server.retire(token, Instant.fromMillis(1_700_000_000_000), "Unregistered")
      const said = yield* call("push", ["background", ...to, ...host], env)
      assert.strictEqual(said.code, 1)
      assert.match(said.out, /^ {2}dead since {2}2023-11-14T22:13:20\.000Z$/m)
    })
  )
})

describe("no answer", { timeout: 60_000 }, () => {
  it.effect("has a code of its own, and says whether anything was sent and what is in the way", () =>
    Effect.gen(function* () {
      const { env, host, server } = yield* world()
      const hole = yield* blackHole
      const elsewhere: ReadonlyArray<
        readonly [args: ReadonlyArray<string>, meaning: RegExp, sent: "yes" | "no"]
      > = [
        [["--host", "https://127.0.0.1:1"], /nobody listens there/, "no"],
        [["--host", server.origin], /signed by nobody that is trusted here/, "no"],
        [["--host", `https://127.0.0.1:${hole}`, "--timeout", "300ms"], /nothing came back in time/, "no"]
      ]
      for (const [args, meaning, sent] of elsewhere) {
        const said = yield* call("push", ["background", ...to, ...args], env)
        assert.deepStrictEqual([said.code, said.out], [2, ""])
        assert.match(said.err, /^No answer from https:/)
        assert.match(said.err, meaning)
        assert.match(said.err, new RegExp(`^ {2}sent {5}${sent}:`, "m"))
        assert.isTrue(narrow(said.err), said.err)
      }
      yield* server.inject({ _tag: "Silence" })
      const silent = yield* call("push", ["background", ...to, ...host, "--timeout", "300ms"], env)
      assert.strictEqual(silent.code, 2)
      assert.match(silent.err, /^ {2}sent {5}yes:/m)
      const json = yield* call("push", ["background", ...to, "--host", "https://127.0.0.1:1", "--json"], env)
      assert.strictEqual(json.code, 2)
      assert.deepInclude(JSON.parse(json.out), { accepted: false, answered: false, processed: false })
    })
  )
})

describe("at a shell", { timeout: 60_000 }, () => {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const own = `${root}node_modules/.bin/node`
  const server = (...args: ReadonlyArray<string>) =>
    spawnSync(existsSync(own) ? own : process.execPath, [`${root}apps/server/src/main.ts`, ...args], {
      cwd: root,
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "" }
    })

  it("help fits eighty columns, and a mistake is three short lines and exit code 2", () => {
    for (const path of [["push"], ["push", "liveactivity", "end"], ["doctor"]]) {
      const { status, stdout } = server(...path, "--help")
      assert.strictEqual(status, 0)
      assert.isTrue(narrow(stdout), stdout)
      assert.include(stdout, `npm run --silent server -- ${path.join(" ")}`)
    }
    const mistaken = server("push", "alert", "--tilte", "x")
    assert.deepStrictEqual([mistaken.status, mistaken.stdout], [2, ""])
    assert.match(mistaken.stderr, /^push alert: .*--tilte.*--title\nusage: .*\nhelp: {2}.*\n$/)
    const nothing = server("push", "alert", "--token", "ab")
    assert.deepStrictEqual([nothing.status, nothing.stdout], [2, ""])
    assert.strictEqual(nothing.stderr, "--bundle: which app? Give its bundle ID here or in APNS_BUNDLE_ID\n")
  })
})
