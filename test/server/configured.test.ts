import { generateKeyPairSync, randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import * as Configuration from "../../apps/server/src/settings/Configuration.ts"
import { cleanUp, home, start, until } from "./demo.ts"

afterAll(cleanUp)

const pem = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString()

const whole = {
  SPORTMONKS_API_TOKEN: "sm-0123456789-abcdef",
  SPORTMONKS_BASE_URL: "http://127.0.0.1:1/api/v2.0",
  APNS_PRIVATE_KEY: pem,
  APNS_KEY_ID: "SIGHTKEY01",
  APNS_TEAM_ID: "SIGHTTEAM1",
  APNS_BUNDLE_ID: "com.example.cricket",
  OIDC_ISSUER: "https://issuer.example",
  OIDC_AUDIENCE: "cricket",
  DEVICE_TOKEN_SECRETS: `one:${randomBytes(32).toString("base64")}`
}

const says = (env: Readonly<Record<string, string>>) =>
  Configuration.read.pipe(
    Effect.as(""),
    Effect.catch(({ message }) => Effect.succeed(message)),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
  )

describe("a server", () => {
  it.effect("starts with these settings", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* says(whole), "")
    })
  )

  const wrong: ReadonlyArray<
    readonly [what: string, more: Record<string, string>, says: ReadonlyArray<string>]
  > = [
    [
      "has a token that could be guessed",
      { SPORTMONKS_API_TOKEN: "short" },
      ["SPORTMONKS_API_TOKEN: what is given is shorter than 16 signs, and could be guessed"]
    ],
    [
      "lacks its keys",
      { SPORTMONKS_API_TOKEN: "", OIDC_ISSUER: "" },
      [
        "SPORTMONKS_API_TOKEN: is not set; it is needed: a token of 16 signs at least",
        "OIDC_ISSUER: is not set; it is needed: an https address"
      ]
    ],
    [
      "could push to nobody",
      { APNS_PRIVATE_KEY: "", APNS_TEAM_ID: "", APNS_BUNDLE_ID: "" },
      [
        "APNS_PRIVATE_KEY: is not set; without it nobody is pushed to",
        "APNS_TEAM_ID: is not set; without it nobody is pushed to",
        "APNS_BUNDLE_ID: is not set; without it nobody is pushed to"
      ]
    ],
    [
      "would send its token over an open line",
      { SPORTMONKS_BASE_URL: "http://scores.example/api" },
      ["SPORTMONKS_BASE_URL: the token would go over an open line; use https"]
    ],
    [
      "would read the matches that everybody watches more rarely than others",
      { SPORTMONKS_POLL_MS: "2000" },
      [
        "SPORTMONKS_MARQUEE_POLL_MS: is longer than SPORTMONKS_POLL_MS; marquee matches are read more often than others"
      ]
    ],
    [
      "is asked to play as well",
      { SPEED: "10" },
      ["SPEED: only the demo has it, and SPORTMONKS_ and APNS_ settings ask for a server"]
    ],
    [
      "has one of Apple's hosts and not the other",
      { APNS_HOST: "https://127.0.0.1:8443" },
      ["APNS_CHANNELS: is on, and APNS_HOST is not Apple's: set APNS_MANAGEMENT_HOST, or switch channels off"]
    ],
    [
      "trusts somebody in Apple's place",
      { APNS_CA: "/ca.pem" },
      ["APNS_CA: is for another host than Apple's; set APNS_HOST as well"]
    ],
    [
      "would let webhooks in",
      { WEBHOOKS_ALLOW_LOOPBACK: "on" },
      ["WEBHOOKS_ALLOW_LOOPBACK: is for trying things out, and not for a server that pushes to Apple"]
    ],
    [
      "has metrics that anybody could read",
      { METRICS_KEY: "metrics" },
      ["METRICS_KEY: what is given is shorter than 24 signs, and could be guessed"]
    ],
    [
      "believes people's tokens by what anybody could say",
      { OIDC_ISSUER: "http://issuer.example", OIDC_JWKS_URL: "http://issuer.example/keys" },
      [
        "OIDC_ISSUER: http://issuer.example is not an https address",
        "OIDC_JWKS_URL: http://issuer.example/keys is not an https address"
      ]
    ],
    [
      "gives one group two roles",
      { OIDC_ADMIN_GROUP: "staff", OIDC_OBSERVER_GROUP: "staff" },
      ["OIDC_OBSERVER_GROUP: is the group of OIDC_ADMIN_GROUP as well; give each role its own"]
    ],
    [
      "would let any page in",
      { CORS_ORIGINS: "https://console.example, *" },
      [
        "CORS_ORIGINS: https://console.example, * has *, which is not an origin such as https://console.example.com"
      ]
    ],
    [
      "has device tokens lie open",
      { DEVICE_TOKEN_SECRETS: "" },
      ["DEVICE_TOKEN_SECRETS: is not set; device tokens would lie open in the database"]
    ],
    [
      "has a name misspelt",
      { SPORTMONKS_API_TOKN: "x" },
      ["SPORTMONKS_API_TOKN: there is no such setting; did you mean SPORTMONKS_API_TOKEN?"]
    ]
  ]
  for (const [what, more, lines] of wrong) {
    it.effect(`does not start where it ${what}`, () =>
      Effect.gen(function* () {
        const message = yield* says({ ...whole, ...more })
        assert.deepStrictEqual(message.split("\n"), lines)
      })
    )
  }

  it(
    "is what starts where it is configured, serves while scores cannot be had, and stops in good order",
    {
      timeout: 120_000
    },
    async () => {
      const folder = home()
      const file = path.join(folder, "AuthKey_SIGHTKEY01.p8")
      fs.writeFileSync(file, pem, { mode: 0o600 })
      const server = start(folder, [], {
        ...whole,
        APNS_PRIVATE_KEY: file,
        REPLAY_ENABLED: "on",
        LOG_FORMAT: "json"
      })
      await server.says(/^Sightscreen listens on http:\/\/127\.0\.0\.1:\d+$/m)
      const [url] = /http:\/\/\S+/.exec(server.out())!
      assert.strictEqual((await fetch(`${url}/health`)).status, 200)
      await until("it is ready", async () => (await fetch(`${url}/health/ready`)).status === 200)
      // Nobody signs in whose issuer's keys are out of reach, and nobody without a key runs it.
      const follows = await fetch(`${url}/v1/user/follows`, { headers: { authorization: "Bearer x.y.z" } })
      assert.include([401, 503], follows.status)
      assert.strictEqual((await fetch(`${url}/v1/admin/webhooks`)).status, 401)
      assert.strictEqual(fs.readFileSync(path.join(folder, "pid"), "utf8"), `${server.pid}\n`)
      server.signal("SIGTERM")
      assert.strictEqual(await server.ended, 0, server.err())
      const all = server.out() + server.err()
      for (const secret of [whole.SPORTMONKS_API_TOKEN, pem.split("\n")[1]!]) assert.notInclude(all, secret)

      const wrong = start(folder, [], { ...whole, APNS_PRIVATE_KEY: "/nowhere.p8" })
      assert.strictEqual(await wrong.ended, 1)
      assert.strictEqual(wrong.err(), "APNS_PRIVATE_KEY: there is no file /nowhere.p8\n")
    }
  )
})
