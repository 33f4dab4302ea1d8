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
    }).annotate(Policy.Rule, Policy.anybody())
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
    }).annotate(Policy.Rule, Policy.anybody()),
    HttpApiEndpoint.get("alive", "/health", {
      success: Schema.Struct({ status: Schema.Literals(["ok"]) })
    }).annotate(Policy.Rule, Policy.anybody("probe")),
    HttpApiEndpoint.get("ready", "/health/ready", {
      success: Schema.Struct({
        status: Schema.Literals(["ready"]),
        /** What does not work as it should, while requests are served all the same. */
        troubles: Schema.Array(Schema.String)
      }),
      error: NotNow
    }).annotate(Policy.Rule, Policy.anybody("probe")),
    HttpApiEndpoint.get("openapi", "/openapi.json", { success: Schema.Unknown }).annotate(
      Policy.Rule,
      Policy.anybody()
    ),
    HttpApiEndpoint.get("docs", "/docs", {
      success: Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/html; charset=utf-8" }))
    }).annotate(Policy.Rule, Policy.anybody()),
    HttpApiEndpoint.get("metrics", "/metrics", {
      success: Schema.String.pipe(
        HttpApiSchema.asText({ contentType: "text/plain; version=0.0.4; charset=utf-8" })
      ),
      error: Forbidden
    }).annotate(Policy.Rule, Policy.anybody("probe"))
  )
  .middleware(OpenGate) {}
