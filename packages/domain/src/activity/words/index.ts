import type { Language } from "../Language.ts"
import { English } from "./English.ts"
import { Hindi } from "./Hindi.ts"
import type { Words } from "./Words.ts"

export type { Pause, Words } from "./Words.ts"
export { English, Hindi }

const table: Readonly<Record<Language, Words>> = { en: English, hi: Hindi }

export const of = (language: Language): Words => table[language]
