import { type Handling, handling } from "../Handling.ts"
import type { Priority } from "../PushType.ts"

/** Pushes that tell a file provider extension that something has changed on its server. */
export interface FileProvider extends Handling {
  readonly _tag: "FileProvider"
  readonly payload: Payload
}

export interface Options extends Omit<Handling, "priority"> {
  readonly priority: Priority
  /** The container that has changed; the working set where absent, the only one that replicated extensions take. */
  readonly container?: string
  /** The domain that has changed; the default one where absent. */
  readonly domain?: string
}

export interface Payload {
  readonly "container-identifier": string
  readonly domain?: string
}

/** Apple: `NSFileProviderItemIdentifier.workingSet`. */
export const workingSet = "NSFileProviderWorkingSetContainerItemIdentifier"

/** Goes to a file provider token (PushKit). */
export const changed = (it: Options): FileProvider => ({
  _tag: "FileProvider",
  ...handling(it, it.priority),
  payload: {
    "container-identifier": it.container ?? workingSet,
    ...(it.domain !== undefined && { domain: it.domain })
  }
})
