import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Environment } from "../Handling.ts"
import { roleOf } from "../Request.ts"
import { type Answer, Transport } from "../transport/Transport.ts"

/**
 * Where channels are managed. Apple: hosts and ports of their own, and the ports are those of the binary protocol that
 * Apple has closed, which a firewall may still keep shut.
 */
export const management: Readonly<Record<Environment, string>> = {
  production: "https://api-manage-broadcast.push.apple.com:2196",
  sandbox: "https://api-manage-broadcast.sandbox.push.apple.com:2195"
}

type Service = Transport["Service"]

/**
 * Two transports as one that sends each request to the hosts of its role.
 *
 * Both number their connections, so the numbers are spread: to retire a connection of one must not retire one of the other.
 */
export const routed = (push: Service, management: Service): Service => ({
  ...(push.exchangeMany && { exchangeMany: manyOf(push.exchangeMany) }),
  ...(push.begin && { begin: beginOf(push.begin) }),
  exchange: (request, bearer) =>
    roleOf(request) === "push"
      ? Effect.map(push.exchange(request, bearer), (answer) => renumbered(answer, 0))
      : Effect.map(management.exchange(request, bearer), (answer) => renumbered(answer, 1)),
  disown: (bearer, connection) =>
    (connection % 2 === 0 ? push : management).disown(bearer, Math.floor(connection / 2))
})

/** Notifications are for the host that takes pushes. */
const manyOf =
  (exchangeMany: NonNullable<Service["exchangeMany"]>): NonNullable<Service["exchangeMany"]> =>
  (batch, bearer) =>
    exchangeMany(
      {
        ...batch,
        answered: (nth, answer, notification) => batch.answered(nth, renumbered(answer, 0), notification)
      },
      bearer
    )

type Begin = NonNullable<Service["begin"]>

const beginOf =
  (begin: Begin): Begin =>
  (notification, bearer, answered) =>
    begin(notification, bearer, (answer) => answered(renumbered(answer, 0)))

const renumbered = (answer: Answer, side: 0 | 1): Answer =>
  answer._tag === "Answered" ? { ...answer, connection: answer.connection * 2 + side } : answer

/** For instance `Http2.layer({ hosts: Http2.apple })` and `Http2.layer({ hosts: Hosts.management })`. */
export const layer = <E, R, E2, R2>(
  push: Layer.Layer<Transport, E, R>,
  management: Layer.Layer<Transport, E2, R2>
): Layer.Layer<Transport, E | E2, R | R2> =>
  Layer.effect(
    Transport,
    Effect.gen(function* () {
      const one = yield* Layer.build(push)
      const other = yield* Layer.build(management)
      return routed(Context.get(one, Transport), Context.get(other, Transport))
    })
  )
