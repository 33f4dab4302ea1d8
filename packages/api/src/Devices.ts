import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Authorization } from "./Authorization.ts"
import { DeviceId, text } from "./Names.ts"
import { NoSuchDevice, NotNow } from "./Problems.ts"
import { Address, BundleId, Environment, Token } from "./Tokens.ts"

/** Phones, and the tokens that reach them. */
export class Devices extends HttpApiGroup.make("devices")
  .add(
    HttpApiEndpoint.post("register", "/devices", {
      payload: Schema.Struct({
        deviceId: DeviceId,
        platform: Schema.Literals(["ios"]),
        osVersion: text(64),
        appVersion: text(64),
        /** The version of the content state that the app was built with; the first one where absent. */
        schemaVersion: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
        /** Apple: people can switch frequent updates off by themselves. */
        frequentUpdates: Schema.optionalKey(Schema.Boolean),
        /** What its owner reads, as a BCP 47 tag; English where absent or not spoken here. */
        language: Schema.optionalKey(text(35)),
        /** For ordinary pushes, and for calls. */
        deviceToken: Schema.optionalKey(Address),
        voipToken: Schema.optionalKey(Address)
      }),
      error: NotNow
    }),
    HttpApiEndpoint.delete("signOut", "/devices/:deviceId", {
      params: { deviceId: DeviceId },
      error: [NoSuchDevice, NotNow]
    }),
    HttpApiEndpoint.post("startToken", "/devices/push-to-start-token", {
      payload: Schema.Struct({
        deviceId: DeviceId,
        pushToStartToken: Token,
        environment: Environment,
        bundleId: BundleId
      }),
      error: [NoSuchDevice, NotNow]
    })
  )
  .middleware(Authorization) {}
