import { Schema } from "effect"
import { Kind } from "../follow/Preferences.ts"
import * as Budget from "./Budget.ts"
import { Language } from "./Language.ts"

/**
 * Phones that are sent the very same bytes.
 *
 * A bulletin is turned into a body once for each cohort, not for each phone: two thousand followers or two million share a
 * few of them. A phone stays in its cohort for as long as an activity lives: the app that started it is the one that
 * decodes what is sent to it.
 */
export const Cohort = Schema.Struct({
  /** By update token, or by the match's broadcast channel. */
  route: Schema.Literals(["token", "channel"]),
  /** The version of the content state that the app was built with. */
  schema: Schema.Int,
  language: Language,
  level: Budget.Level,
  /** What buzzes there, in the order of its kinds; everything where absent. */
  hears: Schema.optionalKey(Schema.Array(Kind))
})
export type Cohort = typeof Cohort.Type

/** The version of the content state that this server writes. */
export const currentSchema = 1

/** What a phone says of itself, as far as it matters here. */
export interface Facts {
  readonly schemaVersion: number
  readonly language: Language
  readonly frequentUpdates: boolean
  /** What buzzes on it now; null for everything. */
  readonly hears?: ReadonlyArray<Kind> | null
}

export const of = (route: Cohort["route"], phone: Facts): Cohort => ({
  route,
  // An app that is newer than this server understands what came before it.
  schema: Math.min(phone.schemaVersion, currentSchema),
  language: phone.language,
  level: Budget.levelOf(phone.frequentUpdates),
  // A channel speaks to everybody alike.
  ...(route === "channel" || phone.hears == null ? {} : { hears: phone.hears })
})

/** The same phones, reached in another way. */
export const routed = ({ hears, ...others }: Cohort, route: Cohort["route"]): Cohort => ({
  ...others,
  route,
  ...(route === "channel" || hears === undefined ? {} : { hears })
})

/** The same phones, hearing something else. */
export const hearing = (
  { language, level, route, schema }: Cohort,
  hears: ReadonlyArray<Kind> | null
): Cohort => ({
  route,
  schema,
  language,
  level,
  ...(route === "channel" || hears === null ? {} : { hears })
})

/** `token/1/en/frequent`, and `token/1/en/frequent/wickets+results` where not everything buzzes. */
export const nameOf = ({ hears, language, level, route, schema }: Cohort): string =>
  `${route}/${schema}/${language}/${level}${hears === undefined ? "" : `/${hears.join("+") || nothing}`}`

const nothing = "nothing"

/** Whether an event of a kind may buzz in a cohort. */
export const isHeard = ({ hears }: Cohort, kind: Kind): boolean => hears === undefined || hears.includes(kind)

const decode = Schema.decodeUnknownOption(Cohort)

/** Null for a name that no cohort has. */
export const named = (name: string): Cohort | null => {
  const [route, schema, language, level, heard] = name.split("/")
  const hears = heard === undefined ? {} : { hears: heard === nothing ? [] : heard.split("+") }
  const found = decode({ route, schema: Number(schema), language, level, ...hears })
  return found._tag === "Some" && nameOf(found.value) === name ? found.value : null
}
