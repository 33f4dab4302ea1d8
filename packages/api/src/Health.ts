import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { NotNow } from "./Problems.ts"

/** For those who watch the server; no token needed. */
export class Health extends HttpApiGroup.make("health").add(
  HttpApiEndpoint.get("alive", "/health", { success: Schema.Struct({ status: Schema.Literals(["ok"]) }) }),
  HttpApiEndpoint.get("ready", "/health/ready", {
    success: Schema.Struct({ status: Schema.Literals(["ready"]) }),
    error: NotNow
  })
) {}
