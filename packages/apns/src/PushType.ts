import * as Schema from "effect/Schema"

/** 10: at once. 5: when it suits the device's power. 1: never wakes the device. (Apple: `apns-priority`.) */
export type Priority = 1 | 5 | 10

interface Rules {
  /** What follows the bundle ID in `apns-topic`; null where the topic does not begin with a bundle ID. */
  readonly suffix: string | null
  readonly priorities: ReadonlyArray<Priority>
  /** Bytes a payload to a token may have. */
  readonly limit: number
}

const any: ReadonlyArray<Priority> = [1, 5, 10]

/**
 * Every kind of push that Apple documents, as `apns-push-type` spells it, with what the kind asks of the other headers.
 *
 * Apple: "Sending notification requests to APNs", with the suffixes in the form that every library uses.
 */
export const rules = {
  alert: { suffix: "", priorities: any, limit: 4096 },
  /** Apple: always 5; 10 is an error. */
  background: { suffix: "", priorities: [5], limit: 4096 },
  voip: { suffix: ".voip", priorities: any, limit: 5120 },
  /** Apple: 5 or 10. */
  liveactivity: { suffix: ".push-type.liveactivity", priorities: [5, 10], limit: 4096 },
  pushtotalk: { suffix: ".voip-ptt", priorities: any, limit: 4096 },
  location: { suffix: ".location-query", priorities: [5, 10], limit: 4096 },
  complication: { suffix: ".complication", priorities: any, limit: 4096 },
  fileprovider: { suffix: ".pushkit.fileprovider", priorities: any, limit: 4096 },
  /** The topic is the UID attribute of the MDM certificate's subject. */
  mdm: { suffix: null, priorities: any, limit: 4096 },
  controls: { suffix: ".push-type.controls", priorities: any, limit: 4096 },
  widgets: { suffix: ".push-type.widgets", priorities: any, limit: 4096 }
} as const satisfies Record<string, Rules>

export const PushType = Schema.Literals([
  "alert",
  "background",
  "voip",
  "liveactivity",
  "pushtotalk",
  "location",
  "complication",
  "fileprovider",
  "mdm",
  "controls",
  "widgets"
])
export type PushType = typeof PushType.Type

export const all: ReadonlyArray<PushType> = PushType.literals

/** Bytes a payload published to a broadcast channel may have. */
export const broadcastLimit = 5120

export const rulesOf = (type: PushType): Rules => rules[type]

export const is = (text: string): text is PushType => Object.hasOwn(rules, text)

/** The topic of an app's pushes of this kind; null for `mdm`, whose topic comes from its certificate. */
export const topic = (type: PushType, bundleId: string): string | null => {
  const { suffix } = rulesOf(type)
  return suffix === null ? null : bundleId + suffix
}
