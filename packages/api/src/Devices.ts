import { Instant } from "@sightscreen/decider"
import { Ids } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Authorization } from "./Authorization.ts"
import { Gate, Once } from "./Gates.ts"
import { DeviceId, text } from "./Names.ts"
import * as Pages from "./Pages.ts"
import * as Policy from "./Policy.ts"
import { BadRequest, NoSuchDevice, NotNow } from "./Problems.ts"
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
    }).annotateMerge(
      Policy.route("Register a phone, or tell what has changed about it", Policy.user("write"))
    ),
    HttpApiEndpoint.get("list", "/devices", {
      query: Pages.query,
      success: Schema.Struct({
        devices: Schema.Array(
          Schema.Struct({
            deviceId: Ids.DeviceId,
            osVersion: Schema.String,
            appVersion: Schema.String,
            schemaVersion: Schema.Int,
            frequentUpdates: Schema.Boolean,
            language: Schema.String,
            lastSeenAt: Instant.Instant
          })
        ),
        next: Pages.next
      }),
      error: [BadRequest, NotNow]
    }).annotateMerge(Policy.route("The person's phones", Policy.user("read"))),
    HttpApiEndpoint.delete("signOut", "/devices/:deviceId", {
      params: { deviceId: DeviceId },
      error: [NoSuchDevice, NotNow]
    }).annotateMerge(
      Policy.route("Sign out on a phone: it shows and hears nothing more", Policy.user("write"))
    ),
    HttpApiEndpoint.post("startToken", "/devices/push-to-start-token", {
      payload: Schema.Struct({
        deviceId: DeviceId,
        pushToStartToken: Token,
        environment: Environment,
        bundleId: BundleId
      }),
      error: [NoSuchDevice, NotNow]
    }).annotateMerge(Policy.route("Report the push-to-start token of a phone", Policy.user("write")))
  )
  .middleware(Once)
  .middleware(Gate)
  .middleware(Authorization) {}
