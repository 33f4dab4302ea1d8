import type { Access } from "../settings/Access.ts"
import type * as Setting from "../settings/Setting.ts"
import type { Oidc } from "./Oidc.ts"

type Values = Setting.Values<typeof Access>

/** The strongest first. */
const groupsOf = ({ admins, observers, operators }: Values) =>
  [
    ["OIDC_ADMIN_GROUP", admins, "admin"],
    ["OIDC_OPERATOR_GROUP", operators, "operator"],
    ["OIDC_OBSERVER_GROUP", observers, "observer"]
  ] as const

/** The issuer, as the environment names it. */
export const oidc = (values: Values): Oidc => ({
  issuer: values.issuer,
  audience: values.audience,
  jwks: new URL(values.keys ?? `${values.issuer.replace(/\/$/, "")}/.well-known/jwks.json`),
  operators: Object.fromEntries(
    groupsOf(values).flatMap(([, group, role]) => (group === null ? [] : [[group, role]]))
  )
})

/** One group cannot have two roles. */
export const contradictions = (values: Values): ReadonlyArray<Setting.Problem> => {
  const seen = new Map<string, string>()
  return groupsOf(values).flatMap(([name, group]) => {
    if (group === null) return []
    const other = seen.get(group)
    seen.set(group, other ?? name)
    return other === undefined
      ? []
      : [{ name, problem: `is the group of ${other} as well; give each role its own` }]
  })
}
