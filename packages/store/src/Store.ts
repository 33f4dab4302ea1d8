import { Layer } from "effect"
import { Activities } from "./Activities.ts"
import { ActiveMatches } from "./ActiveMatches.ts"
import { ApiKeys } from "./ApiKeys.ts"
import { BroadcastChannels } from "./BroadcastChannels.ts"
import { Decisions, Journal } from "./Decisions.ts"
import { Deliveries } from "./Deliveries.ts"
import { Devices } from "./Devices.ts"
import { Editions, Shelf } from "./Editions.ts"
import { Fixtures } from "./Fixtures.ts"
import { Follows } from "./Follows.ts"
import { Notices } from "./Notices.ts"
import { Orders } from "./Orders.ts"
import { Book, Preferences } from "./Preferences.ts"
import { PushTokens } from "./PushTokens.ts"
import { RateCounts } from "./RateCounts.ts"
import { Recoveries } from "./Recoveries.ts"
import { Requests } from "./Requests.ts"
import { SharedStates } from "./SharedStates.ts"
import { Webhooks } from "./Webhooks.ts"

export type Store =
  | Activities
  | ActiveMatches
  | ApiKeys
  | BroadcastChannels
  | Decisions
  | Deliveries
  | Devices
  | Editions
  | Fixtures
  | Follows
  | Notices
  | Orders
  | Preferences
  | PushTokens
  | RateCounts
  | Recoveries
  | Requests
  | SharedStates
  | Webhooks

/** All tables, on the database that is provided. */
export const layer = Layer.mergeAll(
  Activities.layer,
  ActiveMatches.layer,
  ApiKeys.layer,
  BroadcastChannels.layer,
  Decisions.layer,
  Deliveries.layer,
  Devices.layer,
  Editions.layer,
  Fixtures.layer,
  Follows.layer,
  Notices.layer,
  Orders.layer,
  Preferences.layer,
  PushTokens.layer,
  RateCounts.layer,
  Recoveries.layer,
  Requests.layer,
  SharedStates.layer,
  Webhooks.layer
)

/** All tables in memory, for a world that ends with its process. Nothing in it waits. */
export const layerMemory: Layer.Layer<Store> = Layer.mergeAll(
  Activities.layerMemory,
  ActiveMatches.layerMemory,
  ApiKeys.layerMemory,
  BroadcastChannels.layerMemory,
  Decisions.layerMemory,
  Deliveries.layerMemory,
  Devices.layerMemory,
  Editions.layerMemory,
  Fixtures.layerMemory,
  Follows.layerMemory,
  Notices.layerMemory,
  Orders.layerMemory,
  Preferences.layerMemory,
  PushTokens.layerMemory,
  RateCounts.layerMemory,
  Recoveries.layerMemory,
  Requests.layerMemory,
  SharedStates.layerMemory,
  Webhooks.layerMemory
).pipe(Layer.provide([Book.layer, Shelf.layer, Journal.layer]))
