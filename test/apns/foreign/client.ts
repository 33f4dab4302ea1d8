import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath, pathToFileURL } from "node:url"
import { redirect } from "../../../apps/bench/src/push/Redirect.ts"
import type { Script } from "./run.ts"

/** The process of one foreign client: sends to each token in turn, and prints what it was told. */
const script = JSON.parse(process.argv[2]!) as Script
const home = fileURLToPath(new URL("../../../apps/bench/package.json", import.meta.url))
const require = createRequire(home)
const topic = `${script.bundleId}.push-type.liveactivity`
const timestamp = 1_700_000_000

type Send = (token: string) => Promise<string>

const nodeApn = (): Send => {
  const apn = require("@parse/node-apn")
  const provider = new apn.Provider({
    token: { key: script.key, keyId: script.keyId, teamId: script.teamId },
    production: false,
    address: "localhost",
    port: script.port,
    ca: [readFileSync(script.ca)]
  })
  return async (token) => {
    const note = new apn.Notification()
    note.rawPayload = { aps: { timestamp, event: "update", "content-state": { runs: 1 } } }
    note.topic = topic
    note.pushType = "liveactivity"
    note.priority = 10
    const { failed, sent } = await provider.send(note, token)
    const [failure] = failed
    return sent.length === 1
      ? "ok"
      : (failure?.response?.reason ?? failure?.error?.message ?? String(failure?.status))
  }
}

const apns2 = async (): Promise<Send> => {
  const { ApnsClient, Notification } = await import(pathToFileURL(require.resolve("apns2")).href)
  redirect(script.port)
  const client = new ApnsClient({
    team: script.teamId,
    keyId: script.keyId,
    signingKey: readFileSync(script.key, "utf8"),
    host: "localhost",
    defaultTopic: topic
  })
  return async (token) => {
    try {
      await client.send(
        new Notification(token, {
          type: "liveactivity",
          aps: { timestamp, event: "update", "content-state": { runs: 1 } }
        })
      )
      return "ok"
    } catch (error) {
      return String((error as { readonly reason?: string }).reason ?? error)
    }
  }
}

const hapns = async (): Promise<Send> => {
  const load = (name: string) => import(pathToFileURL(require.resolve(`hapns/${name}`)).href)
  const { TokenConnector } = await load("connectors/token")
  const { LiveActivityNotification } = await load("notifications/LiveActivityNotification")
  const { send } = await load("send")
  const { Device } = await load("targets/device")
  redirect(script.port)
  const connector = TokenConnector({
    key: readFileSync(script.key),
    keyId: script.keyId,
    teamIdentifier: script.teamId
  })
  const note = LiveActivityNotification(script.bundleId, {
    event: "update",
    priority: 10,
    payload: { timestamp, contentState: { runs: 1 } }
  })
  return async (token) => {
    try {
      await send(connector, note, { ...Device(token), getBaseUrl: () => "https://localhost" })
      return "ok"
    } catch (error) {
      return reasonIn(error)
    }
  }
}

/** hapns has an error for each reason, and names it in words of its own. */
const reasonIn = (error: unknown): string => {
  const { message = "", name = "" } = error as Error
  const text = `${name} ${message}`
  if (/inactive|unregistered/i.test(text)) return "Unregistered"
  if (/expired/i.test(text) && /token/i.test(text)) return "ExpiredProviderToken"
  return text
}

const send =
  script.client === "node-apn" ? nodeApn() : script.client === "apns2" ? await apns2() : await hapns()
const told: Array<string> = []
for (const token of script.tokens) {
  told.push(await send(token))
  await sleep(script.pauseMillis)
}
console.log(JSON.stringify(told))
process.exit(0)
