import type { Headers } from "./Headers.ts"
import type { Environment, Notification, PushId } from "./Notification.ts"

/**
 * A notification as an HTTP/2 request, lacking only the bearer token of the moment.
 *
 * `shared` and `body` are the very objects of the sealed message, so a transport may prepare them once for a cohort and
 * recognise them by identity.
 */
export interface Request {
  readonly environment: Environment
  readonly path: string
  readonly pushId: PushId | undefined
  readonly shared: Headers
  readonly body: Uint8Array
}

export const of = ({ pushId, sealed, token }: Notification): Request => ({
  environment: sealed.environment,
  path: `/3/device/${token}`,
  pushId,
  shared: sealed.headers,
  body: sealed.body
})

/** Every header of the request but `authorization`, in the order in which they are sent. */
export const headers = (request: Request): Headers => {
  const own: Array<readonly [string, string]> = [[":path", request.path]]
  if (request.pushId !== undefined) own.push(["apns-id", request.pushId])
  return [...request.shared, ...own]
}
