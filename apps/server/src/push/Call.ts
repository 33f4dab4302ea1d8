import * as http2 from "node:http2"
import type { Request, Transport } from "@sightscreen/apns"
import { Clock, Effect, Redacted, Schema } from "effect"
import * as RealTime from "../RealTime.ts"
import type { Place } from "./Account.ts"
import * as Trouble from "./Trouble.ts"

/**
 * One request on a connection of its own, for somebody who waits for it.
 *
 * The server's transports keep connections, try again and let no connection's failure be heard of. Here a person wants to
 * know at once what is in the way, so nothing is tried twice and the first obstacle is the answer.
 */
export interface Heard {
  readonly answer: Extract<Transport.Answer, { readonly _tag: "Answered" }>
  readonly headers: Readonly<Record<string, string>>
  /** Our clock, halfway between sending and hearing, in milliseconds. */
  readonly at: number
}

/** There is no answer. */
export class NoAnswer extends Schema.TaggedError<NoAnswer>()("NoAnswer", {
  origin: Schema.String,
  /** Whether the other side may have acted on the request all the same. */
  sent: Schema.Boolean,
  /** A code of Node's, or `TIMEOUT`. */
  code: Schema.String
}) {
  override get message() {
    return `${this.origin}: ${Trouble.meaning(this.code)}`
  }
}

/** Refusals are short; a list of ten thousand channels is not. */
const longestBody = 4 * 1024 * 1024

export const call = (
  { ca, origin, timeout }: Place,
  request: Request.Request,
  jwt: Redacted.Redacted<string>
): Effect.Effect<Heard, NoAnswer> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const begun = clock.currentTimeMillisUnsafe()
    let sent = false
    return yield* Effect.callback<Heard, NoAnswer>((resume) => {
      let head: http2.IncomingHttpHeaders | undefined
      let body = ""
      let ended = false
      const session = http2.connect(origin, {
        ...(ca !== undefined && { ca }),
        peerMaxConcurrentStreams: 1,
        settings: { enablePush: false }
      })
      const finish = (result: Effect.Effect<Heard, NoAnswer>) => {
        resume(result)
        session.destroy()
      }
      const fail = (code: string) => finish(Effect.fail(new NoAnswer({ origin, sent, code })))
      session.on("error", (error) => fail(Trouble.codeOf(error)))
      session.on("close", () => fail("CLOSED"))
      // Sent no sooner than the other side has shown that it speaks HTTP/2: what fails before has not been processed.
      session.once("remoteSettings", () => {
        sent = true
        const stream = session.request(
          {
            ...Object.fromEntries(request.shared),
            ":path": request.path,
            authorization: `bearer ${Redacted.value(jwt)}`,
            ...(request.pushId !== undefined && { "apns-id": request.pushId })
          },
          { endStream: request.body.length === 0 }
        )
        stream.setEncoding("utf8")
        stream.on("error", (error) => fail(Trouble.codeOf(error)))
        stream.on("response", (headers) => {
          head = headers
        })
        stream.on("data", (text: string) => {
          if (body.length < longestBody) body += text
        })
        stream.on("end", () => {
          ended = true
        })
        stream.on("close", () => {
          const status = Number(head?.[":status"] ?? 0)
          if (head === undefined || !ended || status === 0) return fail("CLOSED")
          const headers = plain(head)
          const heard: Heard = {
            answer: {
              _tag: "Answered",
              status,
              apnsId: headers["apns-id"]?.toLowerCase(),
              uniqueId: headers["apns-unique-id"],
              body,
              headers,
              connection: 0
            },
            headers,
            at: (begun + clock.currentTimeMillisUnsafe()) / 2
          }
          return finish(Effect.succeed(heard))
        })
        if (request.body.length > 0) stream.end(request.body)
      })
      return Effect.sync(() => session.destroy())
    }).pipe(
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () => Effect.suspend(() => Effect.fail(new NoAnswer({ origin, sent, code: "TIMEOUT" })))
      }),
      // Patience is ours, whatever the clock that the bearer token is made by.
      RealTime.provide
    )
  })

const plain = (head: http2.IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(head).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : `${value}`]]
    )
  )
