import { Schema } from "effect"
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
  level: Budget.Level
})
export type Cohort = typeof Cohort.Type

/** The version of the content state that this server writes. */
export const currentSchema = 1

/** What a phone says of itself, as far as it matters here. */
export interface Facts {
  readonly schemaVersion: number
  readonly language: Language
  readonly frequentUpdates: boolean
}

export const of = (route: Cohort["route"], phone: Facts): Cohort => ({
  route,
  // An app that is newer than this server understands what came before it.
  schema: Math.min(phone.schemaVersion, currentSchema),
  language: phone.language,
  level: Budget.levelOf(phone.frequentUpdates)
})

/** `token/1/en/frequent`. */
export const nameOf = (self: Cohort): string => `${self.route}/${self.schema}/${self.language}/${self.level}`

const decode = Schema.decodeUnknownOption(Cohort)

/** Null for a name that no cohort has. */
export const named = (name: string): Cohort | null => {
  const [route, schema, language, level] = name.split("/")
  const found = decode({ route, schema: Number(schema), language, level })
  return found._tag === "Some" && nameOf(found.value) === name ? found.value : null
}
