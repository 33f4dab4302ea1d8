import { Preferences } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { Authorization } from "./Authorization.ts"
import { Gate, Once } from "./Gates.ts"
import { text } from "./Names.ts"
import * as Policy from "./Policy.ts"
import { BadRequest, NotNow } from "./Problems.ts"

/** What a person likes to be told, and all that is kept of them. */
export class User extends HttpApiGroup.make("user")
  .add(
    HttpApiEndpoint.get("preferences", "/user/preferences", {
      success: Preferences.Preferences,
      error: NotNow
    }).annotateMerge(Policy.route("What the person likes to be told", Policy.user("read"))),
    HttpApiEndpoint.put("prefer", "/user/preferences", {
      payload: Schema.Struct({
        ...Preferences.Preferences.fields,
        teams: Schema.Array(text(128)).check(Schema.isMaxLength(50))
      }),
      success: Preferences.Preferences,
      error: [BadRequest, NotNow]
    }).annotateMerge(Policy.route("Say what the person likes to be told", Policy.user("write"))),
    HttpApiEndpoint.delete("erase", "/user", { error: NotNow }).annotateMerge(
      Policy.route("Forget the person: all that is kept of them is deleted", Policy.user("write"))
    )
  )
  .middleware(Once)
  .middleware(Gate)
  .middleware(Authorization) {}
