import * as Kind from "./Kind.ts"
import * as Setting from "./Setting.ts"

/** Who pushes, and to which app. `push` and `doctor` take flags before these. */
export const Apple = Setting.section({
  title: "Apple",
  says: "The key with which pushes are signed, and the app that they are for. `doctor` says whether they work.",
  prefix: "APNS_",
  settings: {
    privateKey: Setting.optional({
      name: "APNS_PRIVATE_KEY",
      means: "Apple's .p8: its path, or its text.",
      kind: Kind.secret("the path of a PEM file, or what is in it"),
      without: "nobody is pushed to"
    }),
    keyId: Setting.optional({
      name: "APNS_KEY_ID",
      means: "The key's id.",
      kind: Kind.pattern("ten capital letters and digits", /^[A-Z0-9]{10}$/),
      without: "the one in the name of the key's file, AuthKey_ID.p8"
    }),
    teamId: Setting.optional({
      name: "APNS_TEAM_ID",
      means: "The id of the team that the key belongs to.",
      kind: Kind.pattern("ten capital letters and digits", /^[A-Z0-9]{10}$/),
      without: "nobody is pushed to"
    }),
    bundleId: Setting.optional({
      name: "APNS_BUNDLE_ID",
      means: "The app's bundle ID, without a topic's suffix.",
      kind: Kind.pattern("a bundle ID such as com.example.app", /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/),
      without: "nobody is pushed to"
    }),
    environment: Setting.withDefault({
      name: "APNS_ENV",
      means: "Which of Apple's worlds the app's tokens belong to.",
      kind: Kind.oneOf("production", "sandbox"),
      fallback: "production"
    }),
    channels: Setting.withDefault({
      name: "APNS_CHANNELS",
      means:
        "Whether phones that can (iOS 18) are told by broadcast channels; Apple wants that switched on for the app.",
      kind: Kind.onOff,
      fallback: true,
      shown: "on"
    }),
    host: Setting.optional({
      name: "APNS_HOST",
      means: "Another host than Apple's, such as the model that `simulator -- apple` starts.",
      kind: Kind.url("https"),
      without: "Apple's, of its world"
    }),
    managementHost: Setting.optional({
      name: "APNS_MANAGEMENT_HOST",
      means: "Another host where channels are managed.",
      kind: Kind.url("https"),
      without: "Apple's, of its world"
    }),
    ca: Setting.optional({
      name: "APNS_CA",
      means: "A certificate to trust with another host, instead of the system's.",
      kind: Kind.text("the path of a PEM file"),
      without: "the system's"
    })
  }
})
