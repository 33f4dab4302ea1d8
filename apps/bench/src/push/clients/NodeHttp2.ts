import { readFileSync } from "node:fs"
import * as http2 from "node:http2"
import { byCall, type Connect } from "../Client.ts"
import { bearer } from "../Jwt.ts"
import { payload, topic } from "../Order.ts"

/** What one writes by hand with `node:http2`: a session, a stream and a promise for each push, and nothing else. */
export const connect: Connect = async (order) => {
  const authorization = `bearer ${await bearer(order)}`
  const session = http2.connect(order.origin, {
    ca: readFileSync(order.ca),
    // At Node's own 10 it resets streams that have been answered.
    maxSessionMemory: 1000
  })
  await new Promise<void>((resolve, reject) => {
    session.once("remoteSettings", () => resolve())
    session.once("error", reject)
  })
  const shared = Buffer.from(JSON.stringify(payload(0)))
  return {
    send: byCall(
      order.underWay,
      (token, nth) =>
        new Promise((resolve) => {
          const stream = session.request({
            ":method": "POST",
            ":path": `/3/device/${token}`,
            authorization,
            "apns-topic": topic,
            "apns-push-type": "liveactivity",
            "apns-priority": "10",
            "apns-expiration": "0"
          })
          let status = 0
          stream.on("response", (headers) => {
            status = Number(headers[":status"])
          })
          stream.on("error", () => {})
          stream.on("close", () => resolve(status === 200))
          stream.resume()
          stream.end(order.bodies === "shared" ? shared : JSON.stringify(payload(nth)))
        })
    ),
    close: () => new Promise((resolve) => session.close(resolve))
  }
}
