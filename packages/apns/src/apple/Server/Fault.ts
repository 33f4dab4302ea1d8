import type { Target } from "../Trouble.ts"

/** What can go wrong with a server. Faults add up until `Heal`. */
export type Fault =
  /** Every connection is told to go, after the request now being answered. */
  | { readonly _tag: "GoAway"; readonly reason: "Shutdown" | "IdleTimeout" }
  /** On the next connection to show it, the nth request from now is the last that is read. */
  | { readonly _tag: "GoAwayAtRequest"; readonly nth: number }
  /** Every connection is cut without a word. */
  | { readonly _tag: "Cut" }
  /** Every connection stays open, and nothing goes through it any more, pings included. Needs `relay`. */
  | { readonly _tag: "HalfOpen" }
  /** Requests are read and never answered. */
  | { readonly _tag: "Silence" }
  /** Every connection may have this many streams at once from now on. */
  | { readonly _tag: "Limit"; readonly streams: number }
  /** A channel is deleted behind its owner's back, for good. */
  | { readonly _tag: "LoseChannel"; readonly channelId: string }
  | RequestFault
  | { readonly _tag: "Heal" }

/** What befalls single requests. */
export type RequestFault = Target &
  (
    | {
        readonly _tag: "Refuse"
        readonly status: number
        readonly reason: string
        /** The header of that name: seconds, or an HTTP date. */
        readonly retryAfter?: string
      }
    /** The stream is reset: unread (REFUSED_STREAM), or after the request has had its effect (INTERNAL_ERROR). */
    | { readonly _tag: "Reset"; readonly processed: boolean }
    /** The answer is late by so much real time. */
    | { readonly _tag: "Stall"; readonly millis: number }
  )
