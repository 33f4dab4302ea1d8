import { Ids } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { Pace } from "../ScaledClock.ts"

/** What this file says, by number: raised with every change that a world from before it would not understand. */
export const contract = 3

/** Only who started the world may speak to it. */
export class WorldKey extends HttpApiMiddleware.Service<WorldKey>()("@sightscreen/server/WorldKey", {
  security: { bearer: HttpApiSecurity.bearer },
  error: Schema.String
}) {}

/** What a server needs to take part in the world: its time, its Apple, its people. */
export const Portal = Schema.Struct({
  matchId: Ids.MatchId,
  /** The match as it was asked for. */
  match: Schema.String,
  /** What a person should know of how this world came about. */
  notice: Schema.NullOr(Schema.String),
  pace: Pace,
  apple: Schema.Struct({
    origin: Schema.String,
    /** Where channels are managed. */
    management: Schema.String,
    /** PEM; to be trusted for this origin alone. */
    ca: Schema.String,
    teamId: Schema.String,
    keyId: Schema.String,
    privateKey: Schema.String
  }),
  /** The provider of scores: a twin of SportMonks. */
  feed: Schema.Struct({ baseUrl: Schema.String, token: Schema.String }),
  bundleId: Schema.String,
  /** What the development issuer signs people's tokens with. */
  issuerSecret: Schema.String,
  phones: Schema.Int,
  crowd: Schema.Literals(["plain", "mix"])
})
export type Portal = typeof Portal.Type

/** How the provider of scores and Apple are to behave. */
export const Trouble = Schema.Struct({
  feed: Schema.Literals(["well", "errs", "hangs"]),
  apple: Schema.Literals(["well", "errs", "hangs"])
})

/** What all the phones show, counted. */
export const Phones = Schema.Struct({
  total: Schema.Int,
  following: Schema.Int,
  /** By the number of the bulletin that is on screen. */
  showing: Schema.Array(Schema.Struct({ sequence: Schema.Int, phones: Schema.Int })),
  /** How many are reached in each way, going by the newest activity of each. */
  byToken: Schema.Int,
  byChannel: Schema.Int,
  /** What Apple took for tokens, what it took for channels, and how many copies of that came to phones. */
  pushes: Schema.Int,
  publishes: Schema.Int,
  reached: Schema.Int,
  /** Notifications shown: that the match is about to begin, and that it is on, where no activity would start. */
  prematch: Schema.Int,
  fallback: Schema.Int,
  /** Show the final state in their language. */
  right: Schema.Int,
  /** Once the match is over: do not, with nothing left to come for them, and why. */
  others: Schema.Array(
    Schema.Struct({ why: Schema.String, known: Schema.Boolean, phones: Schema.Array(Schema.String) })
  ),
  /** May still be put right by what is to come. */
  waiting: Schema.Int,
  delivered: Schema.Int,
  alerts: Schema.Int,
  /** The same alert more than once on one phone. */
  repeatedAlerts: Schema.Int,
  undecodable: Schema.Int,
  doubled: Schema.Int,
  matchOver: Schema.Boolean
})
export type Phones = typeof Phones.Type

/** One phone, as its owner sees it. */
export const Screen = Schema.Struct({
  deviceId: Schema.String,
  lines: Schema.Array(Schema.String),
  alert: Schema.NullOr(Schema.Struct({ title: Schema.String, body: Schema.String, at: Schema.Int }))
})
export type Screen = typeof Screen.Type

/** The outside world of the demo: a provider of scores, a model Apple and people's phones, behind one address on loopback. */
export class WorldApi extends HttpApi.make("world").add(
  HttpApiGroup.make("world")
    .add(
      HttpApiEndpoint.get("portal", "/portal", { success: Portal }),
      HttpApiEndpoint.post("attach", "/attach", { payload: Schema.Struct({ api: Schema.String }) }),
      HttpApiEndpoint.get("phones", "/phones", { success: Phones }),
      HttpApiEndpoint.get("screen", "/phones/:nth/:width", {
        params: { nth: Schema.FiniteFromString, width: Schema.FiniteFromString },
        success: Schema.NullOr(Screen)
      }),
      /** What goes wrong from now on, until it is said to be well again: answers 500, or no answers. */
      HttpApiEndpoint.post("trouble", "/trouble", { payload: Trouble }),
      // After the end of the match was seen, the next start is to begin another.
      HttpApiEndpoint.post("stop", "/stop", { payload: Schema.Struct({ over: Schema.Boolean }) })
    )
    .middleware(WorldKey)
) {}
