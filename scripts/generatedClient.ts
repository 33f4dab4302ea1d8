// A client whose types were generated from the API's description: the compiler refuses what the description does not allow.
import createClient from "openapi-fetch"
import type { paths } from "./schema.ts"

const [baseUrl = "", token = "", start = "", update = ""] = process.argv.slice(2)
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } })
const deviceId = "a generated phone"
const app = { environment: "sandbox", bundleId: "com.sightscreen.ios" } as const

interface Answer<A> {
  readonly data?: A
  readonly error?: unknown
  readonly response: Response
}

function well<A>(what: string, { data, error, response }: Answer<A>): A {
  console.log(`${what} ${response.status}`)
  if (!response.ok) throw new Error(`${what}: ${JSON.stringify(error)}`)
  return data as A
}

well(
  "register",
  await client.POST("/v1/devices", {
    body: { deviceId, platform: "ios", osVersion: "17.4", appVersion: "2.0", language: "en" }
  })
)
well(
  "start token",
  await client.POST("/v1/devices/push-to-start-token", {
    body: { deviceId, pushToStartToken: start, ...app }
  })
)
const { matches } = well("live", await client.GET("/v1/matches/live"))
const matchId = matches[0]!.matchId
const params = { path: { matchId } }
const { liveActivities } = well(
  "follow",
  await client.POST("/v1/user/follow/match", { body: { matchId, deviceId } })
)
if (liveActivities.length !== 1) throw new Error(`${liveActivities.length} activities`)
well(
  "update token",
  await client.POST("/v1/matches/{matchId}/activity-token", {
    params,
    body: { deviceId, activityToken: update, activityId: "A", ...app }
  })
)
well(
  "dismissed",
  await client.POST("/v1/matches/{matchId}/activity-dismissed", {
    params,
    body: { deviceId, activityId: "A", by: "person" }
  })
)
well("follow again", await client.POST("/v1/user/follow/match", { body: { matchId } }))
well("unfollow", await client.DELETE("/v1/user/follow/match/{matchId}", { params }))
well("sign out", await client.DELETE("/v1/devices/{deviceId}", { params: { path: { deviceId } } }))
const refused = await client.POST("/v1/devices", {
  body: {
    deviceId,
    // @ts-expect-error The description knows no such platform.
    platform: "android",
    osVersion: "15",
    appVersion: "2.0"
  }
})
console.log(`refused ${refused.response.status}`)
