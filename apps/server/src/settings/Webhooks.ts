import * as Kind from "./Kind.ts"
import * as Setting from "./Setting.ts"

/** What other systems are told. */
export const Webhooks = Setting.section({
  title: "Webhooks",
  says: "Where they go is set through the API. They are sent by https, to public addresses only.",
  prefix: "WEBHOOKS_",
  settings: {
    near: Setting.withDefault({
      name: "WEBHOOKS_ALLOW_LOOPBACK",
      means: "Whether they may go to this machine as well, and by plain http; for trying things out.",
      kind: Kind.onOff,
      fallback: false,
      shown: "off"
    }),
    patienceMillis: Setting.withDefault({
      name: "WEBHOOKS_TIMEOUT_MS",
      means: "How long a receiver may take to answer.",
      unit: "ms",
      kind: Kind.wholeNumber(100, 60_000),
      fallback: 10_000
    })
  }
})
