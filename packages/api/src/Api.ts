import { HttpApi, HttpApiMiddleware } from "effect/http-api"
import { Activities } from "./Activities.ts"
import { Devices } from "./Devices.ts"
import { Follows } from "./Follows.ts"
import { Health } from "./Health.ts"

/** The whole HTTP contract; handlers are the engine's. */
export class Api extends HttpApi.make("sightscreen")
  .add(Health)
  .add(Devices)
  .add(Follows)
  .add(Activities)
  .middleware(HttpApiMiddleware.ProblemDetails) {}
