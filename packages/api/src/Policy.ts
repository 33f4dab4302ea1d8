import { Context } from "effect"
import { OpenApi } from "effect/http-api"

/** What people who run the server may do: look, act on matches, act on people. Each may what the ones before may. */
export const roles = ["observer", "operator", "admin"] as const
export type Role = (typeof roles)[number]

/** Routes that share an allowance. How much each allows is the server's affair. */
export type RateClass = "probe" | "open" | "read" | "write" | "follow" | "stream" | "admin"

export interface Policy {
  readonly who: "anybody" | "user" | Role
  readonly rate: RateClass
}

/** Who may call a route, and from which allowance. A route without one is open to nobody. */
export class Rule extends Context.Service<Rule, Policy>()("@sightscreen/api/Rule") {}

export const anybody = (rate: RateClass = "open"): Policy => ({ who: "anybody", rate })

export const user = (rate: RateClass): Policy => ({ who: "user", rate })

export const operator = (who: Role): Policy => ({ who, rate: "admin" })

export const includes = (role: Role, asked: Role): boolean => roles.indexOf(role) >= roles.indexOf(asked)

const whoMay = ({ who }: Policy): string =>
  who === "anybody"
    ? "Open to anybody."
    : who === "user"
      ? "For a person who has signed in."
      : `For people who run the server, as ${roles.filter((role) => includes(role, who)).join(" or ")}.`

/** A route's rule, with what the description says of it. */
export const route = (summary: string, policy: Policy) =>
  Context.make(Rule, policy).pipe(
    Context.add(OpenApi.Summary, summary),
    Context.add(OpenApi.Description, `${whoMay(policy)} Allowance: \`${policy.rate}\`.`)
  )
