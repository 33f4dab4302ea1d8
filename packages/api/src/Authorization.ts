import type { Ids } from "@sightscreen/domain"
import { Context, Effect } from "effect"
import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import type { Role } from "./Policy.ts"
import { NotNow, Unauthorized } from "./Problems.ts"

/** Which person is asking. */
export class CurrentUser extends Context.Service<CurrentUser, { readonly userId: Ids.UserId }>()(
  "@sightscreen/api/CurrentUser"
) {}

/** Which of the people who run the server is asking. */
export class CurrentOperator extends Context.Service<
  CurrentOperator,
  { readonly name: string; readonly role: Role }
>()("@sightscreen/api/CurrentOperator") {}

/** Who is asking, for what is counted and kept for each caller. */
export class Caller extends Context.Service<
  Caller,
  {
    /** Unlike that of any other caller: `user/…`, `operator/…`. */
    readonly name: string
    /** Null for a person who uses the app. */
    readonly role: Role | null
  }
>()("@sightscreen/api/Caller") {}

/** Lets nobody in without a token; how tokens are judged is the app's affair. */
export class Authorization extends HttpApiMiddleware.Service<
  Authorization,
  { provides: CurrentUser | Caller }
>()("@sightscreen/api/Authorization", {
  security: { bearer: HttpApiSecurity.bearer },
  error: [Unauthorized, NotNow]
}) {}

/** Lets in those who run the server: by a key of theirs, or by a token that names them so. */
export class Operators extends HttpApiMiddleware.Service<Operators, { provides: CurrentOperator | Caller }>()(
  "@sightscreen/api/Operators",
  {
    security: {
      apiKey: HttpApiSecurity.apiKey({ key: "x-api-key", in: "header" }),
      operator: HttpApiSecurity.bearer
    },
    error: [Unauthorized, NotNow]
  }
) {}

export const asUser = <A, E, R>(app: Effect.Effect<A, E, R>, userId: Ids.UserId) =>
  app.pipe(
    Effect.provideService(CurrentUser, { userId }),
    Effect.provideService(Caller, { name: `user/${userId}`, role: null })
  )

export const asOperator = <A, E, R>(app: Effect.Effect<A, E, R>, name: string, role: Role) =>
  app.pipe(
    Effect.provideService(CurrentOperator, { name, role }),
    Effect.provideService(Caller, { name: `operator/${name}`, role })
  )
