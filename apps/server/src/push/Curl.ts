import { Request } from "@sightscreen/apns"
import type { Place } from "./Account.ts"

/**
 * A request as a command line for a shell, the same bytes in the same words.
 *
 * Curl adds a few headers of its own, which Apple ignores; that of the content type, which would be wrong, is taken away.
 */
export const of = (
  place: Pick<Place, "origin" | "caFile">,
  request: Request.Request,
  jwt: string
): string => {
  const method = Request.methodOf(request)
  const headers = Request.headers(request).filter(([name]) => !name.startsWith(":"))
  const body = new TextDecoder().decode(request.body)
  const hasType = headers.some(([name]) => name === "content-type")
  return [
    // A proxy of the shell's does not know this machine's loopback.
    `curl -i --http2${isLoopback(place.origin) ? " --noproxy '*'" : ""}`,
    ...(place.caFile === undefined ? [] : [`--cacert ${quoted(place.caFile)}`]),
    ...(method === (body === "" ? "GET" : "POST") ? [] : [`-X ${method}`]),
    `-H ${quoted(`authorization: bearer ${jwt}`)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === "" ? [] : [...(hasType ? [] : ["-H 'content-type:'"]), `--data-raw ${quoted(body)}`]),
    quoted(place.origin + request.path)
  ].join(" \\\n  ")
}

const isLoopback = (origin: string): boolean =>
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(origin).hostname)

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
