import {
  type Alert,
  type Background,
  type Complication,
  type Controls,
  FileProvider,
  type LiveActivity,
  type Location,
  type Mdm,
  type Notification,
  type PushToTalk,
  PushType,
  type Voip,
  type Widgets
} from "@sightscreen/apns"
import { Result, type Schema } from "effect"
import { Mistake } from "./Mistake.ts"
import * as Payloads from "./Payloads.ts"

/**
 * Every kind of push as one that can be asked for by name: what its payload must be, and which message that makes.
 */
export type Handling = Omit<Notification.Handling, "priority"> & { readonly priority: PushType.Priority }

export interface Kind {
  /** As Apple spells it. */
  readonly pushType: PushType.PushType
  /** Which priorities it may have; the first where nobody says. */
  readonly priorities: readonly [PushType.Priority, ...ReadonlyArray<PushType.Priority>]
  /** Checks a payload and makes it a message. `from` says where the payload came from. */
  readonly compose: (
    payload: unknown,
    from: string,
    handling: Handling
  ) => Result.Result<Notification.Message, Mistake>
}

const kind = <S extends Schema.Codec<unknown, unknown>>(
  pushType: PushType.PushType,
  schema: S,
  priorities: Kind["priorities"],
  message: (payload: S["Type"], handling: Handling) => Notification.Message
): Kind => ({
  pushType,
  priorities,
  compose: (payload, from, handling) =>
    Result.map(Payloads.read(schema, payload, from), (payload) => message(payload, handling))
})

const any = [10, 5, 1] as const
const liveActivity = [10, 5] as const

/** A priority that {@link Kind.priorities} has let through. */
const allowed = <P extends PushType.Priority>({ priority, ...handling }: Handling) => ({
  ...handling,
  priority: priority as P
})

/** Nothing takes the place of what rings, or is spoken. */
const single = ({ bundleId, environment, expiration }: Handling) => ({
  bundleId,
  ...(environment !== undefined && { environment }),
  priority: 10 as const,
  expiration
})

export const alert = kind(
  "alert",
  Payloads.alert,
  any,
  (payload, handling): Alert.Alert => ({ _tag: "Alert", ...handling, payload })
)

export const background = kind(
  "background",
  Payloads.background,
  [5],
  (payload, handling): Background.Background => ({ _tag: "Background", ...allowed<5>(handling), payload })
)

export const voip = kind(
  "voip",
  Payloads.voip,
  [10],
  (payload, handling): Voip.Voip => ({ _tag: "Voip", ...single(handling), payload })
)

const activity = (payload: LiveActivity.Payload, handling: Handling): LiveActivity.LiveActivity => ({
  _tag: "LiveActivity",
  ...allowed<5 | 10>(handling),
  payload
})

export const start = kind("liveactivity", Payloads.start, liveActivity, activity)
export const update = kind("liveactivity", Payloads.update, liveActivity, activity)
export const end = kind("liveactivity", Payloads.end, liveActivity, activity)

export const complication = kind(
  "complication",
  Payloads.own,
  any,
  (payload, handling): Complication.Complication => ({ _tag: "Complication", ...handling, payload })
)

export const fileprovider = kind(
  "fileprovider",
  Payloads.fileprovider,
  any,
  (payload, handling): FileProvider.FileProvider => ({ _tag: "FileProvider", ...handling, payload })
)

export const location = kind(
  "location",
  Payloads.own,
  [10, 5],
  (payload, handling): Location.Location => ({ _tag: "Location", ...allowed<5 | 10>(handling), payload })
)

export const pushtotalk = kind(
  "pushtotalk",
  Payloads.own,
  [10],
  (payload, handling): PushToTalk.PushToTalk => ({ _tag: "PushToTalk", ...single(handling), payload })
)

export const widgets = kind(
  "widgets",
  Payloads.reload,
  any,
  (payload, handling): Widgets.Widgets => ({ _tag: "Widgets", ...handling, payload })
)

export const controls = kind(
  "controls",
  Payloads.reload,
  any,
  (payload, handling): Controls.Controls => ({ _tag: "Controls", ...handling, payload })
)

/** Its topic is no app's. */
export const mdm = (topic: Mdm.Topic): Kind =>
  kind(
    "mdm",
    Payloads.mdm,
    any,
    (payload, { collapseId, environment, expiration, priority }): Mdm.Mdm => ({
      _tag: "Mdm",
      topic,
      ...(environment !== undefined && { environment }),
      priority,
      expiration,
      ...(collapseId !== undefined && { collapseId }),
      payload
    })
  )

export const workingSet = FileProvider.workingSet
