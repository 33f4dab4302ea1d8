import { Schema } from "effect"

/** The languages that followers are spoken to in, by their BCP 47 name. */
export const Language = Schema.Literals(["en", "hi"])
export type Language = typeof Language.Type

export const all: ReadonlyArray<Language> = Language.literals

/** What is spoken to everybody whose language is not spoken; the language that states are kept in. */
export const fallback: Language = "en"

/** ISO 15924, as a tag may name it. */
const script: Readonly<Record<Language, string>> = { en: "latn", hi: "deva" }

/**
 * The language for a tag as phones and browsers write it: "hi", "hi-IN", "en_GB".
 *
 * Who reads a language in another script than ours ("hi-Latn") does not read it here.
 */
export const of = (tag: string): Language => {
  const [name, second = ""] = tag.trim().toLowerCase().split(/[-_]/)
  const known = all.find((one) => one === name)
  if (known === undefined) return fallback
  return /^[a-z]{4}$/.test(second) && second !== script[known] ? fallback : known
}
