import * as Kind from "./Kind.ts"
import * as Setting from "./Setting.ts"

/** What is told of the server while it runs. */
export const Logs = Setting.section({
  title: "The log",
  says: "The log goes to the standard error. Of a push token it has the last six characters, of secrets nothing.",
  prefix: "LOG_",
  settings: {
    level: Setting.withDefault({
      name: "LOG_LEVEL",
      means: "What is logged: this level and what is graver.",
      kind: Kind.oneOf("trace", "debug", "info", "warn", "error", "none"),
      fallback: "info"
    }),
    format: Setting.withDefault({
      name: "LOG_FORMAT",
      means: "How a line looks: one JSON object, key=value, or for the eye.",
      kind: Kind.oneOf("json", "logfmt", "pretty"),
      fallback: "logfmt"
    }),
    requests: Setting.optional({
      name: "LOG_REQUESTS",
      means: "Whether each request has a line; what fails on our side has one in any case.",
      kind: Kind.onOff,
      without: "on; off in the demo"
    })
  }
})

/** For those who watch. The OTEL_ names are OpenTelemetry's own; others of them are not read. */
export const Watching = Setting.section({
  title: "Metrics and traces",
  says:
    "Metrics are at /metrics, in Prometheus' text form. Traces are sent by OTLP over HTTP as JSON, if there is " +
    "somebody to send them to. The OTEL_ names are OpenTelemetry's; others of them are not read.",
  prefix: "METRICS_",
  settings: {
    metricsKey: Setting.optional({
      name: "METRICS_KEY",
      means: "What a caller of /metrics sends as a bearer token.",
      kind: Kind.secret("a key", 24),
      without: "only callers on this machine are answered"
    }),
    endpoint: Setting.optional({
      name: "OTEL_EXPORTER_OTLP_ENDPOINT",
      means: "Where a collector listens; /v1/traces is added to it.",
      kind: Kind.url("http", "https"),
      without: "no traces"
    }),
    headers: Setting.optional({
      name: "OTEL_EXPORTER_OTLP_HEADERS",
      means: "Headers for the collector.",
      kind: Kind.pairs("name=value pairs with commas"),
      without: "none"
    }),
    service: Setting.withDefault({
      name: "OTEL_SERVICE_NAME",
      means: "What the collector calls this server.",
      kind: Kind.text("a name"),
      fallback: "sightscreen"
    }),
    sampled: Setting.withDefault({
      name: "OTEL_TRACES_SAMPLER_ARG",
      means: "Which share of traces is sent.",
      kind: Kind.number(0, 1),
      fallback: 1
    })
  }
})
