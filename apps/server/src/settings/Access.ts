import * as Kind from "./Kind.ts"
import * as Setting from "./Setting.ts"

const group = (name: string, role: string) =>
  Setting.optional({
    name,
    means: `The issuer's group whose members may do what ${role} may.`,
    kind: Kind.text("the name of a group"),
    without: "nobody, but by keys (`server -- key`)"
  })

/** Who may ask what. */
export const Access = Setting.section({
  title: "Access",
  says: "People sign in with the tokens of an OpenID Connect issuer. People who run the server have keys besides.",
  prefix: "OIDC_",
  settings: {
    issuer: Setting.needed({
      name: "OIDC_ISSUER",
      means: "The issuer whose tokens are believed, to the letter.",
      kind: Kind.secureAddress
    }),
    audience: Setting.needed({
      name: "OIDC_AUDIENCE",
      means: "Whom tokens are for; those of the issuer's other apps are refused.",
      kind: Kind.text("the app's client id, or the API's name")
    }),
    keys: Setting.optional({
      name: "OIDC_JWKS_URL",
      means: "Where the issuer's keys are.",
      kind: Kind.secureAddress,
      without: "/.well-known/jwks.json below the issuer"
    }),
    admins: group("OIDC_ADMIN_GROUP", "an admin"),
    operators: group("OIDC_OPERATOR_GROUP", "an operator"),
    observers: group("OIDC_OBSERVER_GROUP", "an observer")
  }
})
