import { Api } from "@sightscreen/api"
import { Layer } from "effect"
import { HttpApiBuilder, HttpApiMiddleware } from "effect/http-api"
import * as Activities from "./Activities.ts"
import * as Devices from "./Devices.ts"
import * as Follows from "./Follows.ts"
import * as Health from "./Health.ts"

/** The API's routes with their handlers; whoever serves them brings `Authorization`. */
export const layer = HttpApiBuilder.layer(Api.Api, { openapiPath: "/openapi.json" }).pipe(
  Layer.provide([Health.layer, Devices.layer, Follows.layer, Activities.layer]),
  Layer.provide(HttpApiMiddleware.layerProblemDetails({ includeDetails: true }))
)
