import type { Headers } from "./Headers.ts"
import type { Environment, Notification, PushId } from "./Notification.ts"

/**
 * Something to ask of Apple as an HTTP/2 request, lacking only the bearer token of the moment: a notification, a publish to
 * a channel, or the management of channels.
 *
 * `shared` and `body` of a notification are the very objects of the sealed message, so a transport may prepare them once
 * for a cohort and recognise them by identity.
 */
export interface Request {
  readonly environment: Environment
  /** Which of the environment's hosts it is for; the one that takes pushes where absent. */
  readonly role?: Role
  readonly path: string
  readonly pushId: PushId | undefined
  /** Begins with `:method`. */
  readonly shared: Headers
  /** Empty for a request without one. */
  readonly body: Uint8Array
}

/** Apple takes pushes and publishes at one host, and creates and deletes channels at another, on a port of its own. */
export type Role = "push" | "management"

export const roleOf = ({ role = "push" }: Request): Role => role

/** What comes before the token. */
export const devicePath = "/3/device/"

export const of = ({ pushId, sealed, token }: Notification): Request => ({
  environment: sealed.environment,
  path: devicePath + token,
  pushId,
  shared: sealed.headers,
  body: sealed.body
})

export const methodOf = (request: Request): string =>
  request.shared.find(([name]) => name === ":method")?.[1] ?? "POST"

/** Every header of the request but `authorization`, in the order in which they are sent. */
export const headers = (request: Request): Headers => {
  const own: Array<readonly [string, string]> = [[":path", request.path]]
  if (request.pushId !== undefined) own.push(["apns-id", request.pushId])
  return [...request.shared, ...own]
}
