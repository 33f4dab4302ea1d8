import * as Schema from "effect/Schema"
import { type Handling, handling } from "../Handling.ts"
import type { Priority } from "../PushType.ts"

/**
 * Pushes that tell a managed device to ask its management server for commands.
 *
 * Apple: there is no bundle ID; the topic is the UID of the management certificate's subject, and the payload is the magic
 * string that the device sent when it enrolled.
 */
export interface Mdm extends Omit<Handling, "bundleId"> {
  readonly _tag: "Mdm"
  readonly topic: Topic
  readonly payload: Payload
}

/** Such as `com.apple.mgmt.External.0a1b2c3d-…`. */
export const Topic = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/)),
  Schema.brand("MdmTopic")
)
export type Topic = typeof Topic.Type

export interface Options extends Omit<Handling, "bundleId" | "priority"> {
  readonly topic: Topic
  readonly pushMagic: string
  readonly priority?: Priority
}

export interface Payload {
  readonly mdm: string
}

/** Goes to the token that the device sent when it enrolled. */
export const checkIn = (it: Options): Mdm => ({
  _tag: "Mdm",
  topic: it.topic,
  ...handling(it, it.priority ?? 10),
  payload: { mdm: it.pushMagic }
})
