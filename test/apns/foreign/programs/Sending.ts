import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Apns, Authority, Http2, Notification, ProviderToken, Tls } from "@sightscreen/apns"
import { type Duration, Effect, Layer, Redacted } from "effect"
import { pushId, sealed, token } from "../../support.ts"
import type { Bench } from "./Check.ts"

/** Both of our ways of talking HTTP/2. */
export const ways = [
  ["our own HTTP/2", Tls.layer],
  ["Node's HTTP/2", Http2.layer]
] as const

export type Way = (typeof ways)[number][1]

/** An authority that our client trusts, and files for a server that it has signed. */
export const papers = async ({ folder }: Bench) => {
  const authority = await Effect.runPromise(Authority.make)
  const certificate = join(folder, "certificate.pem")
  const key = join(folder, "key.pem")
  writeFileSync(certificate, authority.certificate)
  writeFileSync(key, Redacted.value(authority.privateKey), { mode: 0o600 })
  return { ca: authority.ca, certificate, key }
}

/** What became of so many pushes, counted by kind: `Accepted`, or a reason or cause. */
export const push = (
  way: Way,
  { ca, port }: { readonly ca: string; readonly port: number },
  howMany: number,
  meanwhile: Effect.Effect<void> = Effect.void,
  patience: Duration.Input = "10 seconds"
): Promise<ReadonlyMap<string, number>> => {
  const body = sealed()
  const notifications = Array.from({ length: howMany }, (_, n) => Notification.to(body, token(n), pushId(n)))
  const layer = Apns.Apns.layer.pipe(
    Layer.provide(
      way({
        hosts: { production: `https://127.0.0.1:${port}` },
        ca,
        wait: patience,
        answer: patience
      })
    ),
    Layer.provide(ProviderToken.ProviderToken.layerTest)
  )
  const counted = new Map<string, number>()
  return Effect.gen(function* () {
    const apns = yield* Apns.Apns
    const [outcomes] = yield* Effect.all([apns.sendMany(notifications), meanwhile], { concurrency: 2 })
    for (const { verdict } of outcomes) {
      const name =
        verdict._tag === "Unanswered"
          ? `${verdict.why}${verdict.unprocessed ? "" : " (perhaps processed)"}`
          : "retryAfter" in verdict && verdict.retryAfter !== undefined
            ? `${verdict._tag}, again after ${JSON.stringify(verdict.retryAfter)}`
            : verdict._tag
      counted.set(name, (counted.get(name) ?? 0) + 1)
    }
    return counted
  }).pipe(Effect.provide(layer), Effect.runPromise)
}

export const only = (counted: ReadonlyMap<string, number>, name: string, howMany: number): boolean =>
  counted.size === 1 && counted.get(name) === howMany

export const said = (counted: ReadonlyMap<string, number>): string =>
  [...counted].map(([name, count]) => `${count} ${name}`).join("\n")
