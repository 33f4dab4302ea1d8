import { Context, Effect, Option, Redacted } from "effect"
import type { HttpServerRequest } from "effect/http"
import * as Secret from "./Secret.ts"

/**
 * Who may read the metrics: where there is a key, who sends it as a bearer token; without one, callers on this machine.
 */
export interface Door {
  readonly key: Redacted.Redacted<string> | null
  /** What is to be measured only when somebody reads. */
  readonly measure: Effect.Effect<void>
}

export const MetricsDoor = Context.Reference<Door>("@sightscreen/engine/MetricsDoor", {
  defaultValue: () => ({ key: null, measure: Effect.void })
})

/** By their digests, which take the same time to compare wherever they differ to whoever does not know the key. */
export const opens = ({ key }: Door, request: HttpServerRequest.HttpServerRequest): Effect.Effect<boolean> =>
  key === null
    ? Effect.succeed(isNear(request))
    : Effect.zipWith(
        Secret.digest(`Bearer ${Redacted.value(key)}`),
        Secret.digest(request.headers["authorization"] ?? ""),
        (ours, theirs) => ours === theirs
      )

const isNear = (request: HttpServerRequest.HttpServerRequest): boolean =>
  Option.match(request.remoteAddress, {
    onNone: () => false,
    onSome: (address) => /^(?:127\.|::1$|::ffff:127\.)/.test(String(address))
  })
