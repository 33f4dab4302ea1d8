import { Api } from "@sightscreen/api"
import { ByteSize, Layer } from "effect"
import { HttpIncomingMessage, HttpRouter } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { Announcer } from "../Announcer.ts"
import { Eraser } from "../Eraser.ts"
import { Explain } from "../Explain.ts"
import { LiveEvents } from "../LiveEvents.ts"
import { OrderDesk } from "../OrderDesk.ts"
import * as Activities from "./Activities.ts"
import * as Admin from "./Admin.ts"
import * as Devices from "./Devices.ts"
import * as Follows from "./Follows.ts"
import * as Gates from "./Gates.ts"
import * as Matches from "./Matches.ts"
import * as Once from "./Once.ts"
import * as Replay from "./Replay.ts"
import * as Root from "./Root.ts"
import * as Surface from "./Surface.ts"
import * as User from "./User.ts"
import * as Webhooks from "./Webhooks.ts"

/** The largest body that is read. */
export const largest = ByteSize.kibibytes(64)

/** The API's routes with their handlers; whoever serves them brings `Authorization` and `Operators`. */
export const layer = HttpApiBuilder.layer(Api.Api).pipe(
  Layer.provide([
    Activities.layer,
    Admin.feed,
    Admin.matches,
    Admin.notifications,
    Devices.layer,
    Follows.layer,
    Matches.layer,
    Replay.layer,
    Root.appLayer,
    Root.layer,
    User.layer,
    Webhooks.layer
  ]),
  Layer.provide([Announcer.layer, Eraser.layer, Explain.layer, LiveEvents.layer, OrderDesk.layer]),
  Layer.provide([Gates.layer, Once.layer]),
  Layer.merge(Surface.layer)
)

/** The same on a server. */
export const serve = HttpRouter.serve(layer, {
  disableLogger: true,
  disableListenLog: true,
  // Names of devices and activities are long once they are escaped.
  routerConfig: { maxParamLength: 2048 }
}).pipe(Layer.provide(Layer.succeed(HttpIncomingMessage.MaxBodySize, largest)))
