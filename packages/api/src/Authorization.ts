import type { Ids } from "@sightscreen/domain"
import { Context } from "effect"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { Unauthorized } from "./Problems.ts"

/** Who is asking. */
export class CurrentUser extends Context.Service<CurrentUser, { readonly userId: Ids.UserId }>()(
  "@sightscreen/api/CurrentUser"
) {}

/** Lets nobody in without a token; how tokens are judged is the app's affair. */
export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: CurrentUser }>()(
  "@sightscreen/api/Authorization",
  { security: { bearer: HttpApiSecurity.bearer }, error: Unauthorized }
) {}
