import type * as http2 from "node:http2"
import type * as Channels from "../Channels.ts"
import type * as Gate from "../Gate.ts"

/** Answers as Apple writes them: headers, and a reason in JSON where something is refused. */
export interface Reply {
  readonly headers: http2.OutgoingHttpHeaders & { readonly ":status": number }
  readonly body: object | undefined
  readonly reason: string | undefined
}

export const toPush = ({ apnsId, reason, status, timestamp, uniqueId }: Gate.Response): Reply => ({
  headers: {
    ":status": status,
    "apns-id": apnsId.toUpperCase(),
    ...(uniqueId !== undefined && { "apns-unique-id": uniqueId })
  },
  body: reason === undefined ? undefined : { reason, timestamp },
  reason
})

export const aboutChannels = (it: Channels.Response): Reply => ({
  headers: {
    ":status": it.status,
    "apns-request-id": it.requestId,
    ...(it.channelId !== undefined && { "apns-channel-id": it.channelId }),
    ...(it.uniqueId !== undefined && { "apns-unique-id": it.uniqueId })
  },
  body: it.reason === undefined ? it.json : { reason: it.reason },
  reason: it.reason
})

/** A refusal that the gate knows nothing of. */
export const refusal = (status: number, reason: string, id: string, isPush: boolean): Reply => ({
  headers: { ":status": status, ...(isPush ? { "apns-id": id.toUpperCase() } : { "apns-request-id": id }) },
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
