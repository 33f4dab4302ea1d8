import { createServer } from "node:http"
import { generateKeyPairSync, randomBytes, sign } from "node:crypto"
import type { AddressInfo } from "node:net"
import { home, kill, start } from "../server/demo.ts"
import * as Database from "./Database.ts"

/**
 * A thousand requests at once under ten idempotency keys, to three servers on one database: each key has one effect, and one
 * answer, whoever is asked.
 */
const admins = 10
const requestsEach = 100
const servers = 3

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** An issuer of people's tokens, with its keys on loopback. */
const issuer = async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const keys = JSON.stringify({
    keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k", alg: "ES256", use: "sig" }]
  })
  const server = createServer((_, response) =>
    response.setHeader("content-type", "application/json").end(keys)
  )
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const bearer = (sub: string) => {
    const at = Math.floor(performance.timeOrigin / 1000)
    const claims = { sub, iss: url, aud: "keys", iat: at, exp: at + 7200, groups: ["admins"] }
    const text = `${base64url({ alg: "ES256", kid: "k", typ: "JWT" })}.${base64url(claims)}`
    const signed = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" })
    return `${text}.${signed.toString("base64url")}`
  }
  return { url, bearer, close: () => server.close() }
}

interface Answered {
  readonly status: number
  readonly webhookId: string | null
  readonly replayed: boolean
}

export const play = async (say: (line: string) => void): Promise<boolean> => {
  const folder = home()
  const database = await Database.begin(`${folder}/database`)
  const people = await issuer()
  const pem = generateKeyPairSync("ec", { namedCurve: "P-256" })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString()
  const secret = `one:${randomBytes(32).toString("base64")}`
  const all = Array.from({ length: servers }, () =>
    start(home(), [], {
      DATABASE_URL: database.url,
      SPORTMONKS_API_TOKEN: "sm-0123456789-abcdef",
      SPORTMONKS_BASE_URL: "http://127.0.0.1:1/api/v2.0",
      APNS_PRIVATE_KEY: pem,
      APNS_KEY_ID: "SIGHTKEY01",
      APNS_TEAM_ID: "SIGHTTEAM1",
      APNS_BUNDLE_ID: "com.example.cricket",
      OIDC_ISSUER: people.url,
      OIDC_AUDIENCE: "keys",
      OIDC_JWKS_URL: `${people.url}/keys`,
      OIDC_ADMIN_GROUP: "admins",
      DEVICE_TOKEN_SECRETS: secret,
      LOG_LEVEL: "error"
    })
  )
  try {
    for (const server of all) await server.says(/^Sightscreen listens on /m)
    const urls = all.map((server) => /http:\/\/\S+/.exec(server.out())![0])
    const add = async (admin: number, nth: number): Promise<Answered> => {
      const response = await fetch(`${urls[nth % servers]}/v1/admin/webhooks`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${people.bearer(`admin-${admin}`)}`,
          "content-type": "application/json",
          "idempotency-key": `key-of-admin-${admin}`
        },
        body: JSON.stringify({ url: `https://example.com/${admin}`, types: ["match.ended"] })
      })
      const body = (await response.json()) as { readonly webhookId?: string }
      return {
        status: response.status,
        webhookId: body.webhookId ?? null,
        replayed: response.headers.get("idempotency-replayed") === "true"
      }
    }
    const asked = Array.from({ length: admins * requestsEach }, (_, nth) => nth)
    const answers = await Promise.all(asked.map((nth) => add(nth % admins, Math.floor(nth / admins))))
    const statuses = new Map<number, number>()
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1)
    // Who came while the first was being carried out is told to wait, and gets the same answer afterwards.
    const afterwards = await Promise.all(
      Array.from({ length: admins * servers }, (_, nth) => add(nth % admins, Math.floor(nth / admins)))
    )
    const webhooks = await database.ask(
      (sql) => sql<{ readonly id: string; readonly url: string }>`select webhook_id as id, url from webhooks`
    )
    const known = new Map(webhooks.map(({ id, url }) => [url, id]))
    const wrong = [
      ...(webhooks.length === admins ? [] : [`${webhooks.length} webhooks of ${admins} keys`]),
      ...[...statuses].flatMap(([status, count]) =>
        status === 200 || status === 201 || status === 409 ? [] : [`${count} answered ${status}`]
      ),
      ...[...answers, ...afterwards].flatMap(({ status, webhookId }, nth) =>
        status < 300 && webhookId !== known.get(`https://example.com/${nth % admins}`)
          ? [`request ${nth} was told ${webhookId}`]
          : []
      ),
      ...afterwards.flatMap(({ replayed, status }, nth) =>
        status < 300 && replayed
          ? []
          : [`afterwards ${nth} was answered ${status}, ${replayed ? "" : "not "}again`]
      )
    ]
    say(
      `${answers.length} requests under ${admins} keys at ${servers} servers: ` +
        [...statuses].map(([status, count]) => `${count} × ${status}`).join(", ")
    )
    say(`${wrong.length === 0 ? "✓" : "✗"} keys: ${webhooks.length} effects of ${admins} keys`)
    for (const one of wrong.slice(0, 6)) say(`  ${one}`)
    if (wrong.length > 0) for (const server of all) process.stdout.write(server.err().slice(-2000))
    return wrong.length === 0
  } finally {
    for (const { pid } of all) kill(pid)
    people.close()
    await database.stop()
  }
}
