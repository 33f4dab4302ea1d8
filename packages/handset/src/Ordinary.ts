import { Result } from "effect"
import * as Json from "./Json.ts"
import { text } from "./Message.ts"

/**
 * What a push asks for that is about no Live Activity: an alert to be shown, or the app to be woken in silence.
 */
export interface Alert {
  /** Empty where the alert is a mere text (Apple: `alert` may be a string, which is the body). */
  readonly title: string
  readonly body: string
  readonly sound: string | null
  /** What stands beside `aps`: the app's own business. */
  readonly data: Readonly<Record<string, Json.Plain>>
}

/** What our server asks of our app while nobody looks. */
export interface Silent {
  /** Matches whose activities the app is to end. */
  readonly ends: ReadonlyArray<string>
}

/** The alert, or the line that the phone leaves in its log when it drops the push. */
export const readAlert = (payload: Uint8Array | string): Result.Result<Alert, string> =>
  Result.flatMap(sections(payload), ({ aps, custom }) => {
    const found = worded(aps.get("alert"))
    if (found === null) return Result.fail("Received alert with nothing to show")
    const sound = aps.get("sound")
    const data = Object.fromEntries([...custom].map(([key, one]) => [key, Json.plain(one)]))
    return Result.succeed({ ...found, sound: typeof sound === "string" ? sound : null, data })
  })

/** The same for a background push. Apple: `content-available` is 1, and nothing that could be seen or heard is beside it. */
export const readSilent = (payload: Uint8Array | string): Result.Result<Silent, string> =>
  Result.flatMap(sections(payload), ({ aps, custom }) => {
    const available = aps.get("content-available")
    if (!Json.isNumber(available) || Number(available.source) !== 1) {
      return Result.fail("Received background push without content-available")
    }
    if (aps.size > 1) return Result.fail("Received background push with more than content-available")
    const ours = custom.get("sightscreen")
    const ends = Json.isObject(ours) ? ours.get("end") : undefined
    return Result.succeed({
      ends: Json.isArray(ends) ? ends.filter((one) => typeof one === "string") : []
    })
  })

interface Sections {
  readonly aps: Json.Members
  readonly custom: Json.Members
}

const sections = (payload: Uint8Array | string): Result.Result<Sections, string> => {
  const json = typeof payload === "string" ? Json.parse(payload) : Json.parseBytes(payload)
  if (Result.isFailure(json)) return Result.fail(`Received payload that is not JSON: ${json.failure}`)
  const all = json.success
  const aps = Json.isObject(all) ? all.get("aps") : undefined
  if (!Json.isObject(all) || !Json.isObject(aps))
    return Result.fail("Received payload without an aps dictionary")
  return Result.succeed({ aps, custom: new Map([...all].filter(([key]) => key !== "aps")) })
}

const worded = (alert: Json.Json | undefined): Pick<Alert, "title" | "body"> | null => {
  if (typeof alert === "string") return alert === "" ? null : { title: "", body: alert }
  if (!Json.isObject(alert)) return null
  const title = said(alert, "title", "title-loc-key", "title-loc-args")
  const body = said(alert, "body", "loc-key", "loc-args")
  return title === "" && body === "" ? null : { title, body }
}

/** Apple: an ordinary alert has its translations beside the text, where that of a Live Activity has them in its place. */
const said = (alert: Json.Members, plain: string, key: string, args: string): string => {
  const found = alert.get(plain)
  if (typeof found === "string") return found
  const translated = new Map<string, Json.Json>()
  for (const [from, to] of [
    [key, "loc-key"],
    [args, "loc-args"]
  ] as const) {
    const one = alert.get(from)
    if (one !== undefined) translated.set(to, one)
  }
  return text(translated) ?? ""
}
