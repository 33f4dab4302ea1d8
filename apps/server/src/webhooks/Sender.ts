import { randomBytes } from "node:crypto"
import * as dns from "node:dns"
import * as http from "node:http"
import * as https from "node:https"
import { Endpoint, PublicAddress, type WebhookAttempt } from "@sightscreen/domain"
import { WebhookSender } from "@sightscreen/engine"
import { Duration, Effect, Layer, Redacted, Result } from "effect"
import * as RealTime from "../RealTime.ts"
import * as Signature from "./Signature.ts"

/**
 * Sends webhooks, to public addresses only.
 *
 * A name is looked up here, every address that it comes to is checked, and the connection goes to one of those and to no
 * other: a name that means something else a moment later changes nothing. Answers that point elsewhere are not followed.
 */
export interface Options {
  /** Plain http, and this machine: for trying things out. */
  readonly near: boolean
  /** From the look-up to the answer's head. */
  readonly patience: Duration.Duration
  /** What names come to, where it is not the system that is asked. */
  readonly lookup?: Lookup
  /** Certificates to trust instead of the system's, as PEM. */
  readonly ca?: string
}

export interface Found {
  readonly address: string
  readonly family: number
}

export type Lookup = (host: string) => Promise<ReadonlyArray<Found>>

const system: Lookup = (host) => dns.promises.lookup(host, { all: true, verbatim: true })

/** An answer is looked at for its status; what it says goes unread. */
const mostRead = 16 * 1024

/** An address that may be connected to, or why none may. */
const admitted = async (
  endpoint: Endpoint.Endpoint,
  options: Options
): Promise<Result.Result<Found, string>> => {
  const literal = PublicAddress.parse(endpoint.host)
  const found =
    literal === null
      ? await (options.lookup ?? system)(endpoint.host)
      : [{ address: endpoint.host, family: literal.length === 4 ? 4 : 6 }]
  for (const { address } of found) {
    if (options.near && PublicAddress.isLoopback(address)) continue
    const why = PublicAddress.refusal(address)
    // One that leads inside is enough: whoever owns the name chooses which is taken.
    if (why !== null) return Result.fail(why)
    if (!endpoint.isSecure) return Result.fail("plain http is for this machine alone")
  }
  const [first] = found
  return first === undefined ? Result.fail("its name comes to no address") : Result.succeed(first)
}

const post = (
  endpoint: Endpoint.Endpoint,
  { address, family }: Found,
  headers: Readonly<Record<string, string>>,
  body: string,
  { ca }: Options,
  signal: AbortSignal
): Promise<WebhookAttempt.Reply> =>
  new Promise((resolve, reject) => {
    const { request } = endpoint.isSecure ? https : http
    const asked = request(
      endpoint.url,
      {
        method: "POST",
        headers: {
          ...headers,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "user-agent": "sightscreen-webhooks"
        },
        // The name was looked up already; it stands in the request and in the handshake, and is not looked up again.
        lookup: (_host, how, done) =>
          how.all === true ? done(null, [{ address, family }]) : done(null, address, family),
        // A connection of its own: one that is kept may be to an address of before.
        agent: false,
        signal,
        ...(ca !== undefined && { ca })
      },
      (answer) => {
        let read = 0
        answer.on("data", (part: Buffer) => {
          read += part.length
          if (read > mostRead) answer.destroy()
        })
        answer.on("error", () => {})
        const status = answer.statusCode ?? 0
        resolve({ _tag: "Answered", status, retryAfter: restOf(answer.headers["retry-after"]) })
      }
    )
    asked.on("error", reject)
    asked.end(body)
  })

/** In seconds; a date is as good as nothing. */
const restOf = (header: string | undefined): Duration.Duration | null =>
  header !== undefined && /^\d{1,6}$/.test(header) ? Duration.seconds(Number(header)) : null

const unreachable = (why: unknown): WebhookAttempt.Reply => {
  const code = why instanceof Error && "code" in why ? String(why.code) : "the connection failed"
  return { _tag: "Unreachable", why: code === "ABORT_ERR" ? "no answer in time" : code }
}

export const make = (options: Options): WebhookSender.Sender => ({
  endpoint: (url) => Result.map(Endpoint.parse(url, options.near), (endpoint) => endpoint.url),
  fresh: Effect.sync(() => ({
    webhookId: `wh_${randomBytes(12).toString("hex")}`,
    secret: Redacted.make(Signature.freshSecret(), { label: "webhook-secret" })
  })),
  send: ({ at, body, messageId, secret, url }) =>
    Effect.tryPromise({
      try: async (signal): Promise<WebhookAttempt.Reply> => {
        const endpoint = Endpoint.parse(url, options.near)
        if (Result.isFailure(endpoint)) return { _tag: "Refused", why: endpoint.failure }
        const found = await admitted(endpoint.success, options)
        if (Result.isFailure(found)) return { _tag: "Refused", why: found.failure }
        const headers = Signature.headers(Redacted.value(secret), messageId, at, body)
        return await post(endpoint.success, found.success, headers, body, options, signal)
      },
      catch: unreachable
    }).pipe(
      Effect.timeoutOrElse({
        duration: options.patience,
        orElse: () => Effect.succeed<WebhookAttempt.Reply>({ _tag: "Unreachable", why: "no answer in time" })
      }),
      Effect.catch((reply) => Effect.succeed(reply)),
      RealTime.provide
    )
})

export const layer = (options: Options): Layer.Layer<never> =>
  Layer.succeed(WebhookSender.WebhookSender, make(options))
