import { randomInt } from "node:crypto"
import { Effect, Layer, Option, Redacted, Tracer } from "effect"
import { FetchHttpClient, HttpMiddleware } from "effect/http"
import { OtlpExporter, OtlpSerialization, OtlpTracer } from "effect/observability"
import * as RealTime from "../RealTime.ts"
import type { Watching } from "../settings/Observability.ts"
import type * as Setting from "../settings/Setting.ts"

type Values = Setting.Values<typeof Watching>

/** Whether a trace is sent is settled where it begins: its parts come all or not at all. */
const sampling = (tracer: Tracer.Tracer, share: number): Tracer.Tracer =>
  Tracer.make({
    span: (options) =>
      tracer.span(
        Option.isNone(options.parent) ? { ...options, sampled: options.sampled && chance() < share } : options
      ),
    ...(tracer.context !== undefined && { context: tracer.context })
  })

const chance = (): number => randomInt(2 ** 32) / 2 ** 32

/** Traces for a collector, where there is one. A collector that is down costs nothing but the traces. */
export const layer = ({ endpoint, headers, sampled, service }: Values): Layer.Layer<never> => {
  if (endpoint === null) return Layer.empty
  const url = `${endpoint.href.replace(/\/+$/, "")}/v1/traces`
  const tracer = Effect.map(
    OtlpTracer.make({
      url,
      resource: { serviceName: service },
      headers: headers === null ? undefined : Redacted.value(headers),
      exportInterval: "5 seconds",
      shutdownTimeout: "3 seconds"
    }),
    (made) => sampling(made, sampled)
  )
  return Layer.merge(
    Layer.effect(Tracer.Tracer, tracer).pipe(
      Layer.provide([OtlpExporter.layerFlusher, OtlpSerialization.layerJson, FetchHttpClient.layer])
    ),
    // Those ask every few seconds, and there is nothing to see.
    HttpMiddleware.layerTracerDisabledForUrls(["/metrics", "/health", "/health/ready"])
  ).pipe(Layer.provide(RealTime.layer))
}
