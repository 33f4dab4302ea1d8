import { Result } from "effect"
import * as PublicAddress from "./PublicAddress.ts"

/** Where a webhook goes, as far as its address says by itself; what its name comes to is looked at when it is sent. */
export interface Endpoint {
  readonly url: string
  readonly host: string
  readonly isSecure: boolean
}

export const longest = 2048

/** `near`: plain http to this machine is let through as well, for trying things out. */
export const parse = (text: string, near: boolean): Result.Result<Endpoint, string> => {
  if (text.length > longest) return Result.fail(`it is longer than ${longest} signs`)
  const url = URL.parse(text)
  if (url === null) return Result.fail("it is no address such as https://example.com/hook")
  if (url.username !== "" || url.password !== "")
    return Result.fail("it holds a name or a password; the signature says who sends")
  if (url.hash !== "") return Result.fail("it has a fragment, which is never sent")
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const isSecure = url.protocol === "https:"
  const isNear = near && PublicAddress.isLoopback(host)
  if (!isSecure && !(isNear && url.protocol === "http:")) return Result.fail("it is not https")
  if (PublicAddress.parse(host) !== null && !isNear) {
    const why = PublicAddress.refusal(host)
    if (why !== null) return Result.fail(why)
  }
  return Result.succeed({ url: url.href, host, isSecure })
}
