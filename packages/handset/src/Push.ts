/**
 * A push as Apple hands it to a phone: plain data, whoever sent it.
 */
interface Common {
  /** Apple: `apns-push-type`. */
  readonly kind: string
  readonly priority: 1 | 5 | 10
  /** JSON, as sent. */
  readonly payload: Uint8Array | string
  /** Seconds since 1970; 0 was to be tried once. */
  readonly expiration?: number
  readonly collapseId?: string
}

/** Addressed to this phone. */
export interface Direct extends Common {
  readonly token: string
}

/** Published on a channel; every activity that was started with it hears it. */
export interface Broadcast extends Common {
  readonly channelId: string
}

export type Push = Direct | Broadcast

/** A token as a log may have it: tokens are personal data. */
export const hint = (token: string): string => `…${token.slice(-6)}`
