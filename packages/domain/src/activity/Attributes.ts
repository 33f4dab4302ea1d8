import { Schema } from "effect"
import { Format } from "../cricket/Format.ts"
import type { MatchInfo } from "../cricket/Snapshot.ts"
import { MatchId } from "../Ids.ts"

/** The name of the Swift type that a start push names (Apple: `attributes-type`, case-sensitive). */
export const attributesType = "LiveActivityAttributes"

const TeamView = Schema.Struct({ name: Schema.String, code: Schema.String })

/** What an activity is about; it cannot change while the activity lives. */
export const Attributes = Schema.Struct({
  matchId: MatchId,
  leagueName: Schema.String,
  homeTeam: TeamView,
  awayTeam: TeamView,
  format: Format.fields.kind
})
export type Attributes = typeof Attributes.Type

export const of = (info: MatchInfo): Attributes => ({
  matchId: info.matchId,
  leagueName: info.competition,
  homeTeam: { name: info.home.name, code: info.home.code },
  awayTeam: { name: info.away.name, code: info.away.code },
  format: info.format.kind
})
