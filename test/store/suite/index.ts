import { layer, type Vitest } from "@effect/vitest"
import type { Store } from "@sightscreen/store"
import type { Layer } from "effect"
import * as Activities from "./Activities.ts"
import * as ActiveMatches from "./ActiveMatches.ts"
import * as ApiKeys from "./ApiKeys.ts"
import * as BroadcastChannels from "./BroadcastChannels.ts"
import * as Decisions from "./Decisions.ts"
import * as Deliveries from "./Deliveries.ts"
import * as Devices from "./Devices.ts"
import * as Fixtures from "./Fixtures.ts"
import * as Follows from "./Follows.ts"
import * as Notices from "./Notices.ts"
import * as RateCounts from "./RateCounts.ts"
import * as Orders from "./Orders.ts"
import * as Erasure from "./Erasure.ts"
import * as Preferences from "./Preferences.ts"
import * as PushTokens from "./PushTokens.ts"
import * as Recoveries from "./Recoveries.ts"
import * as Requests from "./Requests.ts"
import * as SharedStates from "./SharedStates.ts"
import * as Webhooks from "./Webhooks.ts"

const tables: Readonly<Record<string, (it: Vitest.MethodsNonLive<Store.Store>) => void>> = {
  "a fixture": Fixtures.facts,
  "an active match and its editions": ActiveMatches.facts,
  "a follow": Follows.facts,
  "a device": Devices.facts,
  "a push token": PushTokens.facts,
  "an activity": Activities.facts,
  "the ledger of deliveries": Deliveries.facts,
  "a decision": Decisions.facts,
  "a device's recovery": Recoveries.facts,
  "a notice": Notices.facts,
  "an allowance": RateCounts.facts,
  "a state that is shared": SharedStates.facts,
  "a broadcast channel": BroadcastChannels.facts,
  "what a person likes": Preferences.facts,
  erasure: Erasure.facts,
  "an operator's order": Orders.facts,
  "an operator's key": ApiKeys.facts,
  "a request that is carried out once": Requests.facts,
  "a webhook": Webhooks.facts
}

/** What holds of the tables wherever they are kept. */
export const suite = <E>(where: string, store: Layer.Layer<Store.Store, E>) =>
  layer(store)(where, (it) => {
    for (const [name, facts] of Object.entries(tables)) it.describe(name, () => facts(it))
  })
