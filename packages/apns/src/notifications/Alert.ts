import * as Schema from "effect/Schema"
import { type Handling, handling } from "../Handling.ts"
import { beside, type Custom } from "../Payload.ts"
import type { Priority } from "../PushType.ts"
import type { Text } from "./Text.ts"

/**
 * Pushes that a person sees or hears: an alert, a badge, a sound, or several of them.
 *
 * Apple: "Generating a remote notification". A text is either itself or a key into the app's translations, never both, and
 * the key that wakes an app in silence is not here: that is a `Background` push.
 */
export interface Alert extends Handling {
  readonly _tag: "Alert"
  readonly payload: Payload
}

/** A share between nothing and all. */
export const Fraction = Schema.Finite.pipe(
  Schema.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  Schema.brand("Fraction")
)
export type Fraction = typeof Fraction.Type

/** The number on the app's icon; 0 removes it. */
export const Badge = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)), Schema.brand("Badge"))
export type Badge = typeof Badge.Type

interface Around {
  readonly subtitle?: Text
  readonly launchImage?: string
}

/** At least a title or a body: Apple shows a subtitle only between the two. */
export type Content =
  | (Around & { readonly title: Text; readonly body?: Text })
  | (Around & { readonly title?: Text; readonly body: Text })

/** The name of a file in the app, or `default`. A critical one is heard in silence too and asks for Apple's permission. */
export type Sound = string | { readonly critical: true; readonly name: string; readonly volume: Fraction }

/** Something of it must reach a person. */
type Noticed =
  | { readonly alert: Content | string; readonly badge?: Badge; readonly sound?: Sound }
  | { readonly alert?: Content | string; readonly badge: Badge; readonly sound?: Sound }
  | { readonly alert?: Content | string; readonly badge?: Badge; readonly sound: Sound }

interface Common extends Omit<Handling, "priority"> {
  /** 10 unless told otherwise. */
  readonly priority?: Priority
  /** Notifications with the same one are grouped. */
  readonly threadId?: string
  /** One that the app has registered, with its buttons. */
  readonly category?: string
  /** Passes through the app's notification service extension before it is shown. */
  readonly mutableContent?: true
  /** The window to bring forward. */
  readonly targetContentId?: string
  readonly interruptionLevel?: "passive" | "active" | "time-sensitive" | "critical"
  /** The highest leads the summary. */
  readonly relevanceScore?: Fraction
  /** What a Focus filter compares. */
  readonly filterCriteria?: string
  /** Whatever the app itself wants to know. */
  readonly custom?: Custom
}

export type Options = Common & Noticed

interface Dictionary {
  readonly title?: string
  readonly "title-loc-key"?: string
  readonly "title-loc-args"?: ReadonlyArray<string>
  readonly subtitle?: string
  readonly "subtitle-loc-key"?: string
  readonly "subtitle-loc-args"?: ReadonlyArray<string>
  readonly body?: string
  readonly "loc-key"?: string
  readonly "loc-args"?: ReadonlyArray<string>
  readonly "launch-image"?: string
}

/** What is encoded; built by {@link alert}. */
export interface Payload {
  readonly aps: {
    readonly alert?: Dictionary | string
    readonly badge?: Badge
    readonly sound?: string | { readonly critical: 1; readonly name: string; readonly volume: Fraction }
    readonly "thread-id"?: string
    readonly category?: string
    readonly "mutable-content"?: 1
    readonly "target-content-id"?: string
    readonly "interruption-level"?: "passive" | "active" | "time-sensitive" | "critical"
    readonly "relevance-score"?: Fraction
    readonly "filter-criteria"?: string
  }
}

/** Goes to a device token. */
export const alert = (it: Options): Alert => ({
  _tag: "Alert",
  ...handling(it, it.priority ?? 10),
  payload: beside(
    {
      ...(it.alert !== undefined && {
        alert: typeof it.alert === "string" ? it.alert : dictionary(it.alert)
      }),
      ...(it.badge !== undefined && { badge: it.badge }),
      ...(it.sound !== undefined && { sound: sound(it.sound) }),
      ...(it.threadId !== undefined && { "thread-id": it.threadId }),
      ...(it.category !== undefined && { category: it.category }),
      ...(it.mutableContent && { "mutable-content": 1 as const }),
      ...(it.targetContentId !== undefined && { "target-content-id": it.targetContentId }),
      ...(it.interruptionLevel !== undefined && { "interruption-level": it.interruptionLevel }),
      ...(it.relevanceScore !== undefined && { "relevance-score": it.relevanceScore }),
      ...(it.filterCriteria !== undefined && { "filter-criteria": it.filterCriteria })
    },
    it.custom
  )
})

const dictionary = (content: Content): Dictionary => ({
  ...text(content.title, "title", "title-loc-"),
  ...text(content.subtitle, "subtitle", "subtitle-loc-"),
  ...text(content.body, "body", "loc-"),
  ...(content.launchImage !== undefined && { "launch-image": content.launchImage })
})

/** Apple: here a translated text is two keys side by side; in a Live Activity's alert it is an object of its own. */
const text = (it: Text | undefined, plain: string, prefix: string): Dictionary => {
  if (it === undefined) return {}
  if (typeof it === "string") return { [plain]: it }
  const { "loc-args": args, "loc-key": key } = it
  return { [`${prefix}key`]: key, ...(args && { [`${prefix}args`]: args }) }
}

const sound = (it: Sound) =>
  typeof it === "string" ? it : { critical: 1 as const, name: it.name, volume: it.volume }
