import * as Kind from "./Kind.ts"
import * as Setting from "./Setting.ts"

/** What apps are told, and how what is personal lies in the database. */
export const Api = Setting.section({
  title: "The API",
  says: "Its routes are described at /openapi.json, and for people at /docs.",
  prefix: "DEVICE_TOKEN_",
  settings: {
    deviceTokenSecrets: Setting.optional({
      name: "DEVICE_TOKEN_SECRETS",
      means:
        "What device tokens and the secrets of webhooks are sealed with in the database, as id:secret, the secret 32 bytes in base64. To replace one, put " +
        "the new one behind it everywhere, then before it, then take the old one away; restart after each.",
      kind: Kind.secret("id:secret, several with commas between,", 45),
      without: "a server refuses to start; the demo keeps one of its own in its folder"
    }),
    origins: Setting.withDefault({
      name: "CORS_ORIGINS",
      means: "Origins whose pages may call the API from a browser.",
      kind: Kind.list(Kind.origin),
      fallback: [],
      shown: "none"
    }),
    minAppVersion: Setting.withDefault({
      name: "MIN_APP_VERSION",
      means: "Apps that are older are told to be updated before use.",
      kind: Kind.pattern("a version such as 1.4", /^\d+(?:\.\d+){0,3}$/),
      fallback: "1.0"
    }),
    storeUrl: Setting.withDefault({
      name: "STORE_URL",
      means: "Where apps are updated.",
      kind: Kind.secureAddress,
      fallback: "https://apps.apple.com/"
    }),
    maintenanceMode: Setting.withDefault({
      name: "MAINTENANCE_MODE",
      means: "Whether apps are told that the server is being looked after.",
      kind: Kind.onOff,
      fallback: false
    })
  }
})
