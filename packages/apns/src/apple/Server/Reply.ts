import type * as http2 from "node:http2"
import type * as Channels from "../Channels.ts"
import type * as Gate from "../Gate.ts"

/** Answers as Apple writes them: headers, and a reason in JSON where something is refused. */
export interface Reply {
  readonly headers: http2.OutgoingHttpHeaders & { readonly ":status": number }
  readonly body: object | undefined
  readonly reason: string | undefined
}

export const toPush = ({
  apnsId,
  reason,
  retryAfter,
  status,
  timestamp,
  uniqueId
}: Gate.Response): Reply => ({
  headers: {
    ":status": status,
    "apns-id": apnsId.toUpperCase(),
    ...(uniqueId !== undefined && { "apns-unique-id": uniqueId }),
    ...(retryAfter !== undefined && { "retry-after": String(retryAfter) })
  },
  body: reason === undefined ? undefined : { reason, timestamp },
  reason
})

export const aboutChannels = (it: Channels.Response): Reply => ({
  headers: {
    ":status": it.status,
    "apns-request-id": it.requestId,
    ...(it.channelId !== undefined && { "apns-channel-id": it.channelId }),
    ...(it.uniqueId !== undefined && { "apns-unique-id": it.uniqueId }),
    ...(it.retryAfter !== undefined && { "retry-after": String(it.retryAfter) })
  },
  body: it.reason === undefined ? it.json : { reason: it.reason },
  reason: it.reason
})

/** A refusal that the gate knows nothing of. */
export const refusal = (
  {
    reason,
    retryAfter,
    status
  }: { readonly status: number; readonly reason: string; readonly retryAfter?: string },
  id: string,
  isPush: boolean
): Reply => ({
  headers: {
    ":status": status,
    ...(isPush ? { "apns-id": id.toUpperCase() } : { "apns-request-id": id }),
    ...(retryAfter !== undefined && { "retry-after": retryAfter })
  },
  body: { reason },
  reason
})

export const send = (stream: http2.ServerHttp2Stream, { body, headers }: Reply): void => {
  if (stream.closed || stream.destroyed) return
  if (body === undefined) {
    stream.respond(headers, { endStream: true })
    return
  }
  stream.respond({ ...headers, "content-type": "application/json" })
  stream.end(JSON.stringify(body))
}
