import { generateKeyPairSync } from "node:crypto"
import * as https from "node:https"
import * as net from "node:net"
import * as tls from "node:tls"
import { Authority, type Server, SigningKey } from "@sightscreen/apns"
import { EmbeddedPostgres } from "@sightscreen/store"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Redacted } from "effect"
import { inject } from "vitest"
import * as Asking from "../../apps/server/src/doctor/Asking.ts"
import * as Doctor from "../../apps/server/src/doctor/Doctor.ts"
import * as Finding from "../../apps/server/src/doctor/Finding.ts"
import * as Text from "../../apps/server/src/push/Text.ts"
import { blackHole, bundleId, call, cleanUp, file, type World, world } from "./operator.ts"

afterAll(cleanUp)

interface Report {
  readonly well: boolean
  readonly findings: ReadonlyArray<Finding.Finding>
}

/** Examines a world, management and all. */
const examine = (
  it: World,
  args: ReadonlyArray<string> = [],
  env: Readonly<Record<string, string>> = {},
  clock: Duration.Input = 0
) =>
  Effect.gen(function* () {
    const at = args.includes("--host") ? [] : it.host
    const managed = args.includes("--management-host")
      ? []
      : ["--management-host", it.server.management!.origin]
    const said = yield* call(
      "doctor",
      [...at, ...managed, ...args, "--timeout", "2s", "--json"],
      { ...it.env, ...env },
      clock
    )
    const report = JSON.parse(said.out) as Report
    assert.strictEqual(said.code, report.well ? 0 : 1)
    assert.notInclude(said.out + said.err, it.secret)
    return report
  })

const find = ({ findings }: Report, check: string) => {
  const [found, ...more] = findings.filter((one) => one.check === check)
  assert.isDefined(found, check)
  assert.lengthOf(more, 0)
  return found!
}

const verdicts = ({ findings }: Report, verdict: Finding.Finding["verdict"]) =>
  findings.filter((one) => one.verdict === verdict).map(({ check }) => check)

const everything =
  "environment, app, key, key id, team id, host, port, TLS, key accepted, live activity, clock, " +
  "channels port, channels TLS, broadcast"

describe("the doctor", { timeout: 60_000 }, () => {
  it.effect("finds nothing where nothing is wrong, in lines that fit, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const it = yield* world()
      const args = [...it.host, "--management-host", it.server.management!.origin]
      const { code, err, out } = yield* call("doctor", args, it.env)
      assert.deepStrictEqual([code, err], [0, ""])
      const marked = out.split("\n").filter((line) => /^\S/.test(line))
      assert.deepStrictEqual(
        marked.map((line) => line.slice(0, 16).trimEnd()),
        [...everything.split(", ").map((check) => `✓ ${check}`), "Nothing is wrong"]
      )
      assert.isTrue(
        out.split("\n").every((line) => line.length <= Text.columns),
        out
      )
      assert.notInclude(out, it.secret)
      assert.deepInclude(yield* it.server.counts, { accepted: 0, published: 0 })
      assert.lengthOf(yield* it.server.channels, 0)
    })
  )

  const otherKey = Effect.runSync(Effect.cached(SigningKey.make()))
  const pemOf = (curve: string) =>
    generateKeyPairSync("ec", { namedCurve: curve }).privateKey.export({
      type: "pkcs8",
      format: "pem"
    }) as string
  const rsa = () =>
    generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
      type: "pkcs8",
      format: "pem"
    }) as string
  const sec1 = () =>
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "sec1",
      format: "pem"
    }) as string

  const papers: ReadonlyArray<
    readonly [env: () => Readonly<Record<string, string>>, check: string, says: RegExp]
  > = [
    [() => ({ APNS_PRIVATE_KEY: "" }), "key", /there is no signing key/],
    [() => ({ APNS_PRIVATE_KEY: "/nowhere.p8" }), "key", /there is no file \/nowhere\.p8/],
    [() => ({ APNS_PRIVATE_KEY: file("words") }), "key", /holds no PEM/],
    [() => ({ APNS_PRIVATE_KEY: file(pemOf("P-384")) }), "key", /its curve is secp384r1$/],
    [() => ({ APNS_PRIVATE_KEY: file(rsa()) }), "key", /it is of the kind rsa$/],
    [() => ({ APNS_PRIVATE_KEY: file(sec1()) }), "key", /older SEC 1 form$/],
    [() => ({ APNS_PRIVATE_KEY: file(pemOf("P-256").slice(0, 90)) }), "key", /damaged, or cut off$/],
    [() => ({ APNS_PRIVATE_KEY: pemOf("P-256"), APNS_KEY_ID: "" }), "key id", /not given/],
    [() => ({ APNS_KEY_ID: "sightkey01" }), "key id", /APNS_KEY_ID: sightkey01 is not ten capital letters/],
    [() => ({ APNS_TEAM_ID: "" }), "team id", /not given/],
    [() => ({ APNS_TEAM_ID: "TEAM" }), "team id", /APNS_TEAM_ID: TEAM is not ten/],
    [() => ({ APNS_BUNDLE_ID: "" }), "app", /which app\?/],
    [() => ({ APNS_BUNDLE_ID: "com.x y" }), "app", /is not a bundle ID/],
    [() => ({ APNS_BUNDLE_ID: `${bundleId}.push-type.liveactivity` }), "app", /is a topic's/],
    [() => ({ APNS_ENV: "staging" }), "environment", /staging is neither sandbox nor production/]
  ]
  it.effect("names what is wrong on paper, and looks at all the rest that it can", () =>
    Effect.gen(function* () {
      const it = yield* world()
      for (const [env, check, says] of papers) {
        const report = yield* examine(it, [], env())
        const finding = find(report, check)
        assert.deepStrictEqual(verdicts(report, "wrong"), [check])
        assert.match(finding.says, says)
        assert.isNotEmpty(finding.remedy)
        assert.deepStrictEqual(verdicts(report, "skipped"), [
          "key accepted",
          "live activity",
          "clock",
          "broadcast"
        ])
        assert.strictEqual(find(report, "TLS").verdict, "well")
      }
    })
  )

  it.effect("looks twice at a key that others can read, and at one that is named after another", () =>
    Effect.gen(function* () {
      const it = yield* world()
      const { credentials } = yield* Effect.orDie(otherKey)
      const pem = Redacted.value(credentials.privateKey)
      const open = yield* examine(it, [], { APNS_PRIVATE_KEY: file(pem, "key.p8", 0o644) })
      assert.deepInclude(find(open, "key"), { verdict: "look" })
      assert.match(find(open, "key").remedy!, /^chmod 600 /)
      const named = yield* examine(it, [], { APNS_PRIVATE_KEY: file(pem, "AuthKey_ABCDE12345.p8") })
      assert.match(find(named, "key id").says, /^SIGHTKEY01, but the file is named after ABCDE12345$/)
      const silent = yield* examine(it, ["--key", file(pem, "AuthKey_ABCDE12345.p8")], { APNS_KEY_ID: "" })
      assert.strictEqual(find(silent, "key id").says, "ABCDE12345")
    })
  )

  it.effect("explains why a key is not accepted", () =>
    Effect.gen(function* () {
      const it = yield* world()
      const { credentials } = yield* Effect.orDie(otherKey)
      const wrongKey = { APNS_PRIVATE_KEY: file(Redacted.value(credentials.privateKey)) }
      for (const env of [wrongKey, { APNS_TEAM_ID: "AAAAAAAAAA" }, { APNS_KEY_ID: "BBBBBBBBBB" }]) {
        const report = yield* examine(it, [], env)
        assert.deepStrictEqual(verdicts(report, "wrong"), ["key accepted"])
        assert.match(
          find(report, "key accepted").says,
          /^403 InvalidProviderToken: the host does not know a key/
        )
        assert.match(find(report, "key accepted").remedy!, /revoked/)
        assert.strictEqual(find(report, "clock").verdict, "well")
        assert.deepStrictEqual(verdicts(report, "skipped"), ["live activity", "broadcast"])
      }
    })
  )

  const keys: ReadonlyArray<readonly [key: Partial<Server.Key>, says: RegExp, remedy: RegExp]> = [
    [
      { bundleIds: ["uk.example.other"] },
      /^400 TopicDisallowed: the key may not push to uk\.example\.cricket$/,
      /is an app of team SIGHTTEAM1/
    ],
    [
      { environment: "production" },
      /^403 BadEnvironmentKeyInToken: key SIGHTKEY01 is not for sandbox$/,
      /a key for sandbox, or send to production/
    ]
  ]
  for (const [key, says, remedy] of keys) {
    it.effect(`explains what a key may not do: ${JSON.stringify(key)}`, () =>
      Effect.gen(function* () {
        const report = yield* examine(yield* world({}, key))
        assert.deepStrictEqual(verdicts(report, "wrong"), ["key accepted"])
        assert.match(find(report, "key accepted").says, says)
        assert.match(find(report, "key accepted").remedy!, remedy)
      })
    )
  }

  it.effect("tells a clock that is worth a look from one that nothing can be sent by", () =>
    Effect.gen(function* () {
      const it = yield* world()
      const little = yield* examine(it, [], {}, "5 minutes")
      assert.deepStrictEqual(verdicts(little, "wrong"), [])
      assert.match(find(little, "clock").says, /^it is 5 min ahead of the host's/)
      assert.strictEqual(find(little, "clock").verdict, "look")

      const behind = yield* examine(it, [], {}, -7_200_000)
      assert.deepStrictEqual(verdicts(behind, "wrong"), ["key accepted", "clock"])
      assert.match(
        find(behind, "clock").says,
        /^it is 2 h 0 min behind the host's; Apple bears with an hour$/
      )
      assert.match(find(behind, "key accepted").says, /^403 ExpiredProviderToken: /)
      assert.match(find(behind, "clock").remedy!, /NTP/)

      const ahead = yield* examine(it, [], {}, "2 hours")
      assert.deepStrictEqual(verdicts(ahead, "wrong"), ["key accepted", "clock"])
      assert.match(find(ahead, "key accepted").says, /its time is far from the host's/)
    })
  )

  it("judges a clock by the bearer token where the answer tells no time", () => {
    const silent = { at: 1_700_000_000_000, headers: {} }
    assert.deepInclude(Asking.clock(silent, "BadDeviceToken"), { verdict: "well" })
    assert.deepInclude(Asking.clock(silent, "ExpiredProviderToken"), { verdict: "wrong" })
    assert.deepInclude(Asking.clock(silent, "InvalidProviderToken"), { verdict: "skipped" })
  })

  it("says when Apple's host is that of the other world", () => {
    const production = "https://api.push.apple.com"
    const sandbox = "https://api.sandbox.push.apple.com:2197"
    assert.strictEqual(Doctor.hostOf(production, "production").verdict, "well")
    assert.strictEqual(Doctor.hostOf(sandbox, "sandbox").verdict, "well")
    assert.strictEqual(Doctor.hostOf(production, "sandbox").verdict, "wrong")
    assert.match(
      Doctor.hostOf(sandbox, "production").says,
      /is Apple's for sandbox, and pushes are for production$/
    )
    assert.match(Doctor.hostOf("https://127.0.0.1:8443", "sandbox").says, /not Apple's$/)
  })

  const listening = (server: net.Server) =>
    Effect.acquireRelease(
      Effect.callback<number>((resume) => {
        server.listen(0, "127.0.0.1", () =>
          resume(Effect.succeed((server.address() as net.AddressInfo).port))
        )
      }),
      () => Effect.sync(() => server.close())
    )

  it.effect("says how far the way to a host leads, each step in its time", () =>
    Effect.gen(function* () {
      const it = yield* world()
      const hole = yield* blackHole
      const talker = yield* listening(
        net.createServer((socket) => void socket.on("error", () => {}).end("hello\r\n"))
      )
      const issuer = yield* Effect.orDie(Authority.make)
      const papers = { cert: issuer.certificate, key: Redacted.value(issuer.privateKey) }
      const oldPort = yield* listening(https.createServer(papers))
      const mutePort = yield* listening(tls.createServer(papers))
      const trusting = ["--ca", file(issuer.ca, "ca.pem")]
      const here = (port: number) => ["--host", `https://127.0.0.1:${port}`]
      const ways: ReadonlyArray<readonly [args: ReadonlyArray<string>, check: string, says: RegExp]> = [
        [["--host", "https://nowhere.invalid"], "name", /^nowhere\.invalid: /],
        [here(1), "port", /^127\.0\.0\.1:1: nobody listens there$/],
        [here(hole), "TLS", /nothing came back in time$/],
        [here(talker), "TLS", /TLS|cut|closed/],
        [
          ["--host", it.server.origin],
          "TLS",
          /nobody that is trusted here \(signed by Sightscreen Test Authority\)$/
        ],
        [[...here(oldPort), ...trusting], "TLS", /does not speak HTTP\/2$/],
        [[...here(mutePort), ...trusting], "TLS", /does not speak HTTP\/2$/]
      ]
      for (const [args, check, says] of ways) {
        const begun = performance.now()
        const report = yield* examine(it, ["--management-host", it.server.origin, ...args])
        assert.isBelow(performance.now() - begun, 20_000)
        assert.include(verdicts(report, "wrong"), check, args.join(" "))
        assert.match(find(report, check).says, says)
        assert.isNotEmpty(find(report, check).remedy)
        assert.includeMembers([...verdicts(report, "skipped")], ["key accepted", "live activity", "clock"])
      }
    })
  )

  it.effect("has an answer too where the host takes the question and says nothing", () =>
    Effect.gen(function* () {
      const it = yield* world()
      yield* it.server.inject({ _tag: "Silence" })
      const report = yield* examine(it)
      assert.deepStrictEqual(verdicts(report, "wrong"), ["key accepted"])
      assert.match(find(report, "key accepted").says, /nothing came back in time/)
    })
  )

  it.effect("takes trouble at Apple for trouble at Apple", () =>
    Effect.gen(function* () {
      const it = yield* world()
      yield* it.server.inject({ _tag: "Refuse", status: 503, reason: "ServiceUnavailable" })
      const report = yield* examine(it)
      assert.deepStrictEqual(verdicts(report, "wrong"), [])
      assert.match(find(report, "key accepted").says, /^503 ServiceUnavailable: trouble at Apple$/)
    })
  )

  it.effect("explains why there are no channels, which pushes can do without", () =>
    Effect.gen(function* () {
      const off = yield* world({ rules: { channels: { limit: 10_000, rate: null, enabled: [] } } })
      const report = yield* examine(off)
      assert.isTrue(report.well)
      assert.deepStrictEqual(verdicts(report, "look"), ["broadcast"])
      assert.match(
        find(report, "broadcast").says,
        /^400 FeatureNotEnabled: the broadcast capability of .* is off/
      )
      assert.match(find(report, "broadcast").remedy!, /Broadcast Capability/)

      const it = yield* world()
      const shut = yield* examine(it, ["--management-host", "https://127.0.0.1:1"])
      assert.isTrue(shut.well)
      assert.deepStrictEqual(verdicts(shut, "look"), ["channels port"])
      assert.deepStrictEqual(verdicts(shut, "skipped"), ["channels TLS", "broadcast"])

      const nowhere = yield* call("doctor", [...it.host, "--json"], it.env)
      assert.strictEqual(find(JSON.parse(nowhere.out) as Report, "broadcast").verdict, "skipped")
      assert.strictEqual(nowhere.code, 0)
    })
  )

  it.effect("looks at a database only where there is one, and never shows its password", () =>
    Effect.gen(function* () {
      const it = yield* world()
      const { server } = inject("postgres")
      assert.isNotNull(server)
      const { database, path, username } = EmbeddedPostgres.connection(server!)
      // It listens on a socket only; here it gets a port.
      const port = yield* listening(
        net.createServer((client) => {
          const inner = net.connect(path)
          for (const one of [client, inner]) one.on("error", () => {})
          client.pipe(inner)
          inner.pipe(client)
        })
      )
      const hole = yield* blackHole
      const urls: ReadonlyArray<readonly [url: string, verdict: Finding.Finding["verdict"], says: RegExp]> = [
        [
          "postgres://someone:hunter2@127.0.0.1:1/x",
          "wrong",
          /^127\.0\.0\.1:1\/x: it cannot be used \(.+\)$/
        ],
        [`postgres://someone:hunter2@127.0.0.1:${hole}/x`, "wrong", /^127\.0\.0\.1:\d+\/x: /],
        ["hunter2", "wrong", /^DATABASE_URL is not an address/]
      ]
      for (const [url, verdict, says] of urls) {
        const report = yield* examine(it, [], { DATABASE_URL: url })
        assert.strictEqual(find(report, "database").verdict, verdict)
        assert.match(find(report, "database").says, says)
        assert.notInclude(JSON.stringify(report), "hunter2")
      }
      const real = { DATABASE_URL: `postgres://${username}:hunter2@127.0.0.1:${port}/${database}` }
      const good = find(yield* examine(it, [], real), "database")
      assert.match(
        good.says,
        /^127\.0\.0\.1:\d+\/postgres, PostgreSQL \d\d.*; its tables are made at the first start$/
      )
      assert.strictEqual(good.verdict, "well")
      assert.strictEqual(
        find(yield* examine(it, [], real), "database").says,
        good.says,
        "looking has changed it"
      )
      assert.notInclude(verdicts(yield* examine(it, [], { DATABASE_URL: "" }), "well"), "database")
    })
  )

  it.effect("fails in one line where it is asked wrongly", () =>
    Effect.gen(function* () {
      for (const [args, problem] of [
        [["--timeout", "soon"], /^--timeout: soon is not a time/],
        [["--ca", "/nowhere"], /^--ca: there is no file \/nowhere$/],
        [["--host", "ftp://x"], /^--host: ftp:\/\/x is not https/]
      ] as const) {
        const said = yield* call("doctor", args)
        assert.deepStrictEqual([said.code, said.out], [1, ""])
        assert.match(said.err, problem)
      }
    })
  )

  it("sums up what it has found", () => {
    const wrong = Finding.wrong("a", "b", "c")
    const look = Finding.look("a", "b", "c")
    assert.strictEqual(Finding.summary([]), "Nothing is wrong.")
    assert.strictEqual(Finding.summary([look, look]), "Nothing is wrong; 2 are worth a look.")
    assert.strictEqual(Finding.summary([wrong]), "1 thing is wrong.")
    assert.strictEqual(Finding.summary([wrong, wrong, look]), "2 things are wrong, and 1 is worth a look.")
  })
})
