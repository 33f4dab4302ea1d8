import { Cadence } from "@sightscreen/domain"
import { SportMonks as Feed } from "@sightscreen/feed"
import { Duration } from "effect"
import * as Kind from "./Kind.ts"
import * as Setting from "./Setting.ts"

/** Where scores come from. */
export const SportMonks = Setting.section({
  title: "SportMonks",
  says: "Where scores come from. Calls are counted in the database, for all servers that share a token.",
  prefix: "SPORTMONKS_",
  settings: {
    token: Setting.needed({
      name: "SPORTMONKS_API_TOKEN",
      means: "The account's API token.",
      kind: Kind.secret("a token", 16)
    }),
    baseUrl: Setting.withDefault({
      name: "SPORTMONKS_BASE_URL",
      means: "Another host, such as one that plays recorded matches.",
      kind: Kind.url("https", "http"),
      fallback: new URL("https://cricket.sportmonks.com/api/v2.0")
    }),
    marquee: Setting.withDefault({
      name: "SPORTMONKS_MARQUEE",
      means: "The leagues whose matches are told ball by ball and read more often, by id, code or name.",
      kind: Kind.text("`all`, or leagues with commas between them"),
      fallback: "all"
    }),
    pollMillis: Setting.withDefault({
      name: "SPORTMONKS_POLL_MS",
      means: "How often matches that go on are read.",
      unit: "ms",
      kind: Kind.wholeNumber(1000, 60_000),
      fallback: Duration.toMillis(Cadence.paces.live)
    }),
    marqueePollMillis: Setting.withDefault({
      name: "SPORTMONKS_MARQUEE_POLL_MS",
      means: "The same for those of the marquee leagues.",
      unit: "ms",
      kind: Kind.wholeNumber(500, 60_000),
      fallback: Duration.toMillis(Cadence.paces.marquee)
    }),
    timeoutMillis: Setting.withDefault({
      name: "SPORTMONKS_TIMEOUT_MS",
      means: "How long a call may take, its retry included.",
      unit: "ms",
      kind: Kind.wholeNumber(500, 60_000),
      fallback: Duration.toMillis(Feed.callTimeout)
    }),
    limit: Setting.optional({
      name: "SPORTMONKS_CALLS_PER_HOUR",
      means: "Calls an hour to each endpoint, until the provider says its own number.",
      kind: Kind.wholeNumber(1, 1_000_000),
      without: "what the plan is known to allow"
    }),
    replays: Setting.withDefault({
      name: "REPLAY_ENABLED",
      means: "Whether operators may have recorded matches played beside live ones.",
      kind: Kind.onOff,
      fallback: false,
      shown: "off"
    })
  }
})
