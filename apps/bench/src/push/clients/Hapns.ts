import { readFileSync } from "node:fs"
import { TokenConnector } from "hapns/connectors/token"
import { LiveActivityNotification } from "hapns/notifications/LiveActivityNotification"
import { send } from "hapns/send"
import { Device } from "hapns/targets/device"
import { byCall, type Connect } from "../Client.ts"
import { bundleId, contentState, keyId, teamId } from "../Order.ts"
import { redirect } from "../Redirect.ts"

export const connect: Connect = (order) => {
  const { hostname, port } = new URL(order.origin)
  redirect(Number(port))
  const connector = TokenConnector({ key: readFileSync(order.key), keyId, teamIdentifier: teamId })
  const note = (nth: number) =>
    LiveActivityNotification(bundleId, {
      event: "update",
      expiration: 0,
      priority: 10,
      payload: { timestamp: 1_700_000_000, contentState: contentState(nth) }
    } as never)
  const shared = note(0)
  return Promise.resolve({
    send: byCall(order.underWay, async (token, nth) => {
      const target = { ...Device(token), getBaseUrl: () => `https://${hostname}` }
      try {
        await send(connector, order.bodies === "shared" ? shared : note(nth), target)
        return true
      } catch {
        return false
      }
    }),
    close: () => Promise.resolve()
  })
}
