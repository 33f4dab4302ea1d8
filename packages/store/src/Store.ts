import { Layer } from "effect"
import { Activities } from "./Activities.ts"
import { ActiveMatches } from "./ActiveMatches.ts"
import { Deliveries } from "./Deliveries.ts"
import { Devices } from "./Devices.ts"
import { Editions, Shelf } from "./Editions.ts"
import { Fixtures } from "./Fixtures.ts"
import { Follows } from "./Follows.ts"
import { PushTokens } from "./PushTokens.ts"

export type Store =
  | Activities
  | ActiveMatches
  | Deliveries
  | Devices
  | Editions
  | Fixtures
  | Follows
  | PushTokens

/** All tables, on the database that is provided. */
export const layer = Layer.mergeAll(
  Activities.layer,
  ActiveMatches.layer,
  Deliveries.layer,
  Devices.layer,
  Editions.layer,
  Fixtures.layer,
  Follows.layer,
  PushTokens.layer
)

/** All tables in memory, for a world that ends with its process. Nothing in it waits. */
export const layerMemory: Layer.Layer<Store> = Layer.mergeAll(
  Activities.layerMemory,
  ActiveMatches.layerMemory,
  Deliveries.layerMemory,
  Devices.layerMemory,
  Editions.layerMemory,
  Fixtures.layerMemory,
  Follows.layerMemory,
  PushTokens.layerMemory
).pipe(Layer.provide(Shelf.layer))
