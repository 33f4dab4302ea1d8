import { Authorization, Policy, Problems } from "@sightscreen/api"
import type { Ids } from "@sightscreen/domain"
import { ApiKeys } from "@sightscreen/store"
import { Effect, Layer, Redacted } from "effect"
import * as Keys from "./Keys.ts"
import * as Oidc from "./Oidc.ts"

const unknown = new Problems.Unauthorized({ detail: "it is not known here, or not any more" })

const judged = <A>(verified: Effect.Effect<A, Oidc.BadToken | Oidc.IssuerAway>) =>
  verified.pipe(
    Effect.catchTags({
      BadToken: ({ why }) =>
        Effect.andThen(Effect.logDebug(`a token was refused: ${why}`), Effect.fail(unknown)),
      IssuerAway: ({ why }) =>
        Effect.andThen(
          Effect.logError(`the issuer's keys are out of reach: ${why}`),
          Effect.fail(new Problems.NotNow({ detail: "the issuer of tokens does not answer" }))
        )
    })
  )

/** People who use the app, by the tokens of an issuer. */
export const users = (verify: Oidc.Verify): Layer.Layer<Authorization.Authorization> =>
  Layer.succeed(
    Authorization.Authorization,
    Authorization.Authorization.of({
      bearer: (app, { credential }) =>
        Effect.flatMap(judged(verify(Redacted.value(credential))), ({ subject }) =>
          Authorization.asUser(app, subject as Ids.UserId)
        )
    })
  )

/** The strongest of the roles that somebody's groups give. */
const roleOf = (groups: ReadonlyArray<string>, operators: Oidc.Oidc["operators"]): Policy.Role | null =>
  Policy.roles.findLast((role) => groups.some((group) => operators[group] === role)) ?? null

/** People who run the server: by keys of theirs, and by the issuer's tokens where it has a group of them. */
export const operators = (
  issuer: { readonly verify: Oidc.Verify; readonly operators: Oidc.Oidc["operators"] } | null
): Layer.Layer<Authorization.Operators, never, ApiKeys.ApiKeys> =>
  Layer.effect(
    Authorization.Operators,
    Effect.map(ApiKeys.ApiKeys, (keys) =>
      Authorization.Operators.of({
        apiKey: (app, { credential }) =>
          Effect.gen(function* () {
            const holder = yield* Keys.holder(credential).pipe(
              Effect.provideService(ApiKeys.ApiKeys, keys),
              Effect.catch((error) =>
                Effect.andThen(
                  Effect.logError("an operator's key cannot be looked up", error),
                  Effect.fail(new Problems.NotNow({ detail: "the database does not answer" }))
                )
              )
            )
            if (holder === null) return yield* unknown
            return yield* Authorization.asOperator(app, `${holder.name}/${holder.keyId}`, holder.role)
          }),
        operator: (app, { credential }) =>
          Effect.gen(function* () {
            if (issuer === null) return yield* unknown
            const { groups, subject } = yield* judged(issuer.verify(Redacted.value(credential)))
            const role = roleOf(groups, issuer.operators)
            if (role === null) return yield* unknown
            return yield* Authorization.asOperator(app, subject, role)
          })
      })
    )
  )

/** Both, for an issuer. */
export const layer = (oidc: Oidc.Oidc) => {
  const verify = Oidc.make(oidc)
  return Layer.merge(users(verify), operators({ verify, operators: oidc.operators }))
}
