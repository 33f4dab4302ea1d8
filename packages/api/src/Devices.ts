import { Ids } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Authorization } from "./Authorization.ts"
import { NoSuchDevice, NotNow } from "./Problems.ts"
import { BundleId, Environment, Token } from "./Tokens.ts"

const short = Schema.NonEmptyString.check(Schema.isMaxLength(64))

/** Phones, and the tokens that reach them. */
export class Devices extends HttpApiGroup.make("devices")
  .add(
    HttpApiEndpoint.post("register", "/devices", {
      payload: Schema.Struct({
        deviceId: Ids.DeviceId.check(Schema.isMaxLength(128)),
        platform: Schema.Literals(["ios"]),
        osVersion: short,
        appVersion: short,
        /** The version of the content state that the app was built with; the first one where absent. */
        schemaVersion: Schema.optionalKey(Schema.Int),
        /** Apple: people can switch frequent updates off by themselves. */
        frequentUpdates: Schema.optionalKey(Schema.Boolean)
      }),
      error: NotNow
    }),
    HttpApiEndpoint.post("startToken", "/devices/push-to-start-token", {
      payload: Schema.Struct({
        deviceId: Ids.DeviceId,
        pushToStartToken: Token,
        environment: Environment,
        bundleId: BundleId
      }),
      error: [NoSuchDevice, NotNow]
    })
  )
  .middleware(Authorization) {}
