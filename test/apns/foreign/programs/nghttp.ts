import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Apple from "./Apple.ts"
import type { Bench, Program } from "./Check.ts"

/** nghttp against the model Apple: the frames are those that Apple is seen to send. */
export const nghttp: Program = { command: "nghttp", version: ["--version"], play: (bench) => play(bench) }

const play = async (bench: Bench): Promise<void> => {
  const { check, folder, run } = bench
  const apple = await Apple.start(bench)
  const body = join(folder, "body.json")
  writeFileSync(body, '{"aps":{"alert":"Wicket!"}}')
  const url = `${apple.origin}/3/device/${apple.token}`
  const ask = (...more: ReadonlyArray<string>) =>
    run("nghttp", ["--verbose", "--no-dep", "-d", body, "-H", ":method: POST", ...more, url])
  const usual = [
    "-H",
    `authorization: bearer ${await apple.bearer(0)}`,
    "-H",
    `apns-topic: ${apple.bundleId}`,
    "-H",
    "apns-push-type: alert"
  ]

  const { out } = await ask(...usual)
  check("a push is taken", /:status: 200/.test(out), out)
  check("its id comes back in capitals", /apns-id: [0-9A-F-]{36}/.test(out), out)
  const first = out.slice(out.indexOf("recv SETTINGS"))
  const settings: ReadonlyArray<readonly [string, number]> = [
    ["SETTINGS_MAX_CONCURRENT_STREAMS", 1],
    ["SETTINGS_MAX_HEADER_LIST_SIZE", 8000]
  ]
  for (const [name, value] of settings) {
    check(`${name} begins at ${value}`, new RegExp(`${name}\\(0x\\w+\\):${value}\\]`).test(first), out)
  }
  check(
    "and is 1000 streams once a good bearer token was shown",
    /SETTINGS_MAX_CONCURRENT_STREAMS\(0x03\):1000\]/.test(first),
    out
  )

  const refused = await ask()
  check("a push without a bearer token is refused", /:status: 403/.test(refused.out), refused.out)
  check("with the reason in JSON", refused.out.includes('{"reason":"MissingProviderToken"}'), refused.out)

  // nghttp waits for no SETTINGS: what it opens beside the first is refused, unread, until there is room.
  const many = async (what: string, ...more: ReadonlyArray<string>) => {
    const { out } = await ask(...usual, "--multiply=100", ...more)
    const taken = [...out.matchAll(/:status: 200/g)].length
    const refused = [...out.matchAll(/error_code=REFUSED_STREAM/g)].length
    const told = `${taken} were taken, ${refused} refused\n${out}`
    check(
      `of a hundred at once${what} each is taken or refused unread`,
      taken > 0 && taken + refused === 100,
      told
    )
  }
  await many("")
  await many(", with windows of 15 bytes and no header table,", "--window-bits=4", "--header-table-size=0")

  const byCertificate = await run("nghttp", [
    "--verbose",
    `--cert=${apple.certificate}`,
    `--key=${apple.certificateKey}`,
    "-d",
    body,
    "-H",
    ":method: POST",
    "-H",
    `apns-topic: ${apple.bundleId}`,
    url
  ])
  check("a certificate does for a bearer token", /:status: 200/.test(byCertificate.out), byCertificate.out)
}
