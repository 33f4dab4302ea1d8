import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { OpenGate } from "./Gates.ts"
import * as Policy from "./Policy.ts"
import { Forbidden, NotNow } from "./Problems.ts"

/** What an app asks before anybody has signed in. */
export class AppConfig extends HttpApiGroup.make("app")
  .add(
    HttpApiEndpoint.get("config", "/app/config", {
      success: Schema.Struct({
        /** Older apps are to be updated before use. */
        minAppVersion: Schema.String,
        storeUrl: Schema.String,
        maintenanceMode: Schema.Boolean
      })
    }).annotateMerge(Policy.route("What an app asks before anybody has signed in", Policy.anybody()))
  )
  .middleware(OpenGate) {}

/** Outside `/v1`, for those who watch the server and for those who read about it; no token needed. */
export class Root extends HttpApiGroup.make("root")
  .add(
    HttpApiEndpoint.get("index", "/", {
      success: Schema.Struct({
        name: Schema.String,
        api: Schema.String,
        description: Schema.String,
        reference: Schema.String,
        health: Schema.String
      })
    }).annotateMerge(Policy.route("Where everything is", Policy.anybody())),
    HttpApiEndpoint.get("alive", "/health", {
      success: Schema.Struct({ status: Schema.Literals(["ok"]) })
    }).annotateMerge(Policy.route("Whether the process lives", Policy.anybody("probe"))),
    HttpApiEndpoint.get("ready", "/health/ready", {
      success: Schema.Struct({
        status: Schema.Literals(["ready"]),
        /** What does not work as it should, while requests are served all the same. */
        troubles: Schema.Array(Schema.String)
      }),
      error: NotNow
    }).annotateMerge(
      Policy.route("Whether it should be sent requests, and what is missing", Policy.anybody("probe"))
    ),
    HttpApiEndpoint.get("openapi", "/openapi.json", { success: Schema.Unknown }).annotateMerge(
      Policy.route("This description", Policy.anybody())
    ),
    HttpApiEndpoint.get("docs", "/docs", {
      success: Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/html; charset=utf-8" }))
    }).annotateMerge(Policy.route("This description as a page", Policy.anybody())),
    HttpApiEndpoint.get("metrics", "/metrics", {
      success: Schema.String.pipe(
        HttpApiSchema.asText({ contentType: "text/plain; version=0.0.4; charset=utf-8" })
      ),
      error: Forbidden
    }).annotateMerge(
      Policy.route(
        "Metrics in Prometheus' text form, for who holds the key or asks from this machine",
        Policy.anybody("probe")
      )
    )
  )
  .middleware(OpenGate) {}
