import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Apple from "./Apple.ts"
import type { Bench, Program } from "./Check.ts"

/** curl against the model Apple: what it prints works when it is pasted, and each answer is the one that Apple documents. */
export const curl: Program = { command: "curl", version: ["--version"], play: (bench) => play(bench) }

const play = async (bench: Bench): Promise<void> => {
  const { check, folder, run } = bench
  const { out: version } = await run("curl", ["--version"])
  check("curl speaks HTTP/2", version.includes("HTTP2"), version)
  const apple = await Apple.start(bench)

  const paste = async (line: string) => (await run("/bin/sh", ["-c", line])).out
  const [push = "", byCertificate = "", create = ""] = apple.curls
  const pasted = await paste(push)
  check(
    "the push that it prints is taken",
    /^HTTP\/2 200 *\r\napns-id: [0-9A-F-]{36}\r\n/.test(pasted),
    pasted
  )
  const shown = await paste(byCertificate)
  check("so is the one with a certificate", shown.startsWith("HTTP/2 200"), shown)
  const created = await paste(create)
  check("the channel that it prints is made", created.startsWith("HTTP/2 201"), created)
  const channelId = /^apns-channel-id: (\S+)/m.exec(created)?.[1] ?? ""

  const bearer = await apple.bearer(0)
  const device = `${apple.origin}/3/device/${apple.token}`
  const usual = {
    authorization: `bearer ${bearer}`,
    "apns-topic": apple.bundleId,
    "apns-push-type": "alert",
    "apns-priority": "10"
  }
  const ask = async (
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    ...more: ReadonlyArray<string>
  ) => {
    const lines = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`])
    const fixed = ["-si", "--http2", "--noproxy", "*", "--cacert", apple.ca]
    return (await run("curl", [...fixed, ...lines, "-d", body, ...more, url])).out
  }
  const payload = '{"aps":{"alert":"Wicket!"}}'
  const expected = async (what: string, answer: Promise<string>, status: number, reason: string) => {
    const said = await answer
    const holds = said.startsWith(`HTTP/2 ${status}`) && said.includes(reason === "" ? "" : `"${reason}"`)
    check(`${what} is answered ${status}${reason === "" ? "" : ` ${reason}`}`, holds, said)
  }
  await expected("a push", ask(device, usual, payload), 200, "")
  await expected("a push without a bearer token", ask(device, {}, payload), 403, "MissingProviderToken")
  await expected(
    "one with a bearer token that is an hour old",
    ask(device, { ...usual, authorization: `bearer ${await apple.bearer(3700)}` }, payload),
    403,
    "ExpiredProviderToken"
  )
  await expected(
    "one with a bearer token of nobody's",
    ask(device, { ...usual, authorization: `bearer ${bearer.slice(0, -4)}AAAA` }, payload),
    403,
    "InvalidProviderToken"
  )
  await expected(
    "a push to an unknown token",
    ask(`${apple.origin}/3/device/${"ab".repeat(32)}`, usual, payload),
    400,
    "BadDeviceToken"
  )
  await expected(
    "a push to another topic",
    ask(device, { ...usual, "apns-topic": `${apple.bundleId}.voip` }, payload),
    400,
    "TopicDisallowed"
  )
  await expected(
    "a push that is too large",
    ask(device, usual, JSON.stringify({ aps: {}, pad: "x".repeat(4100) })),
    413,
    "PayloadTooLarge"
  )
  await expected("another method", ask(device, usual, payload, "-X", "PUT"), 405, "MethodNotAllowed")
  await expected("another path", ask(`${apple.origin}/2/device`, usual, payload), 404, "BadPath")
  await expected(
    "a publish to the channel",
    ask(
      `${apple.origin}/4/broadcasts/apps/${apple.bundleId}`,
      {
        authorization: usual.authorization,
        "apns-channel-id": channelId,
        "apns-push-type": "liveactivity",
        "apns-priority": "10",
        "apns-expiration": "0"
      },
      '{"aps":{"event":"update","timestamp":1,"content-state":{}}}'
    ),
    200,
    ""
  )
  await expected(
    "a publish to another",
    ask(
      `${apple.origin}/4/broadcasts/apps/${apple.bundleId}`,
      {
        authorization: usual.authorization,
        "apns-channel-id": "AAAAAAAAAAAAAAAAAAAAAA==",
        "apns-push-type": "liveactivity",
        "apns-priority": "10",
        "apns-expiration": "0"
      },
      "{}"
    ),
    400,
    "ChannelNotRegistered"
  )

  // 200 pushes over one connection: first one stream, then as many as curl likes.
  const config = join(folder, "many")
  const one = [
    `url = "${device}"`,
    ...Object.entries(usual).map(([name, value]) => `header = "${name}: ${value}"`),
    `data = "${payload.replaceAll('"', '\\"')}"`,
    `cacert = "${apple.ca}"`,
    "http2",
    "silent",
    'write-out = "%{http_code} %{http_version}\\n"'
  ].join("\n")
  writeFileSync(config, Array.from({ length: 200 }, () => one).join("\nnext\n"))
  const many = await run("curl", ["--noproxy", "*", "--parallel", "--parallel-max", "50", "--config", config])
  const taken = many.out.split("\n").filter((line) => line === "200 2").length
  check("200 pushes at once are all taken", taken === 200, `${taken} were\n${many.out}`)

  const old = await run("curl", ["-si", "--http1.1", "--noproxy", "*", "--cacert", apple.ca, device])
  check("HTTP/1.1 is not spoken", old.code !== 0, old.out)
}
