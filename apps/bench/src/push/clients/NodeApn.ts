import { readFileSync } from "node:fs"
import apn from "@parse/node-apn"
import { byCall, type Connect } from "../Client.ts"
import { keyId, payload, teamId, topic } from "../Order.ts"

/**
 * `@parse/node-apn`, one call for each push.
 *
 * Its own call for many hands all of them to the session at once, and past some thousands reports failures of pushes that were
 * answered.
 */
export const connect: Connect = (order) => {
  const { hostname, port } = new URL(order.origin)
  const provider = new apn.Provider({
    token: { key: order.key, keyId, teamId },
    production: false,
    // Not among the documented options, yet handed on.
    ...({ address: hostname, port: Number(port) } as object),
    ca: [readFileSync(order.ca)]
  })
  const note = (nth: number) => {
    const it = new apn.Notification({ aps: payload(nth).aps } as object)
    it.rawPayload = payload(nth)
    it.topic = topic
    it.pushType = "liveactivity"
    it.priority = 10
    it.expiry = 0
    return it
  }
  const shared = note(0)
  return Promise.resolve({
    send: byCall(order.underWay, async (token, nth) => {
      const { sent } = await provider.send(order.bodies === "shared" ? shared : note(nth), token)
      return sent.length === 1
    }),
    close: () => {
      provider.shutdown()
      return Promise.resolve()
    }
  })
}
