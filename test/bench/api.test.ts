import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Load from "../../apps/bench/src/api/Load.ts"

const asked: Array<string> = []
const server = createServer((request, response) => {
  let body = ""
  request.setEncoding("utf8").on("data", (text: string) => (body += text))
  request.on("end", () => {
    asked.push(`${request.headers.authorization} ${body}`)
    response.statusCode = request.url === "/no" ? 429 : asked.length % 2 === 0 ? 204 : 200
    response.end(response.statusCode === 204 ? undefined : "späte Antwort")
  })
})
beforeAll(() => new Promise<void>((done) => server.listen(0, "127.0.0.1", done)))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const load = (path: string, count: number, rate: number | null) => {
  let nth = 0
  return Load.run({
    port: (server.address() as AddressInfo).port,
    connections: 3,
    rate,
    next: () => (nth < count ? { method: "POST", path, bearer: "me", body: { nth: nth++ } } : null)
  })
}

describe("the load of bench api", () => {
  it("asks each thing once, over connections that stay open", async () => {
    asked.length = 0
    const { asked: count, p50Millis, p99Millis, refused } = await load("/yes", 50, null)
    assert.deepStrictEqual([count, [...refused]], [50, []])
    assert.isAtMost(p50Millis, p99Millis)
    assert.deepStrictEqual(
      asked.toSorted(),
      Array.from({ length: 50 }, (_, nth) => `Bearer me {"nth":${nth}}`).toSorted()
    )
  })

  it("keeps to a rate, and tells what was refused", async () => {
    const { perSecond, refused } = await load("/no", 20, 200)
    assert.deepStrictEqual([...refused], [[429, 20]])
    assert.isAtMost(perSecond, 250)
  })
})
