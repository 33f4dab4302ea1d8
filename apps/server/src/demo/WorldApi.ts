import { ContentState, Ids, Outcome, Snapshot, Status } from "@sightscreen/domain"
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { Pace } from "../ScaledClock.ts"

/** What this file says, by number: raised with every change that a world from before it would not understand. */
export const contract = 1

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
    /** PEM; to be trusted for this origin alone. */
    ca: Schema.String,
    teamId: Schema.String,
    keyId: Schema.String,
    privateKey: Schema.String
  }),
  bundleId: Schema.String,
  /** What the development issuer signs people's tokens with. */
  issuerSecret: Schema.String,
  phones: Schema.Int
})
export type Portal = typeof Portal.Type

/** What all the phones show, counted. */
export const Phones = Schema.Struct({
  total: Schema.Int,
  following: Schema.Int,
  /** By the number of the bulletin that is on screen. */
  showing: Schema.Array(Schema.Struct({ sequence: Schema.Int, phones: Schema.Int })),
  /** Show the final state, and it is the right one. */
  right: Schema.Int,
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

const Listed = Schema.Struct({
  info: Snapshot.MatchInfo,
  status: Status.Status,
  outcome: Schema.NullOr(Outcome.Outcome)
})

/** The outside world of the demo: a feed, a model Apple and people's phones, behind one address on loopback. */
export class WorldApi extends HttpApi.make("world").add(
  HttpApiGroup.make("world")
    .add(
      HttpApiEndpoint.get("portal", "/portal", { success: Portal }),
      HttpApiEndpoint.post("attach", "/attach", { payload: Schema.Struct({ api: Schema.String }) }),
      HttpApiEndpoint.get("schedule", "/feed/schedule", { success: Schema.Array(Listed) }),
      HttpApiEndpoint.get("live", "/feed/live", { success: Schema.Array(Ids.MatchId) }),
      HttpApiEndpoint.get("snapshot", "/feed/matches/:matchId", {
        params: { matchId: Ids.MatchId },
        success: Schema.NullOr(Snapshot.Snapshot)
      }),
      HttpApiEndpoint.get("phones", "/phones", { success: Phones }),
      HttpApiEndpoint.get("screen", "/phones/:nth/:width", {
        params: { nth: Schema.FiniteFromString, width: Schema.FiniteFromString },
        success: Schema.NullOr(Screen)
      }),
      // After the end of the match was seen, the next start is to begin another.
      HttpApiEndpoint.post("stop", "/stop", { payload: Schema.Struct({ over: Schema.Boolean }) })
    )
    .middleware(WorldKey)
) {}

/** What a state looks like, without what only counts; the same text for the same look, whatever the order of keys. */
export const looks = ({
  compact,
  expanded,
  phase
}: Pick<ContentState.ContentState, "compact" | "expanded" | "phase">): string =>
  canonical({ phase, compact, expanded })

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null"
  const entries = Object.entries(value).filter(([, one]) => one !== undefined && one !== null)
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)
    .join(",")}}`
}
