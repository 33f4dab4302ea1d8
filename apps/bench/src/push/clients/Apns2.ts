import { readFileSync } from "node:fs"
import { ApnsClient, Notification } from "apns2"
import { byCall, type Connect } from "../Client.ts"
import { keyId, payload, teamId, topic } from "../Order.ts"
import { redirect } from "../Redirect.ts"

export const connect: Connect = (order) => {
  const { hostname, port } = new URL(order.origin)
  redirect(Number(port))
  const client = new ApnsClient({
    team: teamId,
    keyId,
    signingKey: readFileSync(order.key, "utf8"),
    host: hostname,
    defaultTopic: topic
  })
  return Promise.resolve({
    send: byCall(order.underWay, async (token, nth) => {
      const push = new Notification(token, {
        type: "liveactivity" as never,
        priority: 10 as never,
        expiration: 0,
        aps: payload(order.bodies === "shared" ? 0 : nth).aps
      })
      try {
        await client.send(push)
        return true
      } catch {
        return false
      }
    }),
    close: () => client.destroy()
  })
}
