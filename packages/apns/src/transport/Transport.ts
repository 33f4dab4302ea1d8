import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Notification } from "../Notification.ts"
import type { Request } from "../Request.ts"

/** Why there is no answer. */
export type Why =
  /** No connection could be had, or no stream on one, before the deadline. */
  | "no-connection"
  /** More requests are waiting than the transport holds. */
  | "queue-full"
  /** The transport is closing, or has no host for the environment. */
  | "closed"
  | "no-host"
  /** HTTP/2 cannot carry it: a header holds what headers must not. */
  | "unsendable"
  /** The server has sent the request back unread (GOAWAY, REFUSED_STREAM) again and again. */
  | "sent-back"
  /** It was still waiting when its bearer token was disowned. */
  | "disowned"
  /** No bearer token could be made. */
  | "unsigned"
  /** Apple refuses the key, and nothing is sent with it until somebody has looked after it. */
  | "key-refused"
  /** The request was sent and no answer came before the deadline. */
  | "deadline"
  /** The connection or the stream broke after the request was sent. */
  | "lost"

/** What became of a request. Not getting an answer is an answer too. */
export type Answer =
  | {
      readonly _tag: "Answered"
      readonly status: number
      /** In lower case, as we send it; Apple answers in capitals. */
      readonly apnsId: string | undefined
      /** Sandbox only: the key to Apple's delivery log. */
      readonly uniqueId: string | undefined
      /** JSON for a refusal, empty otherwise. */
      readonly body: string
      /**
       * The answer's headers, names in lower case. A push that was taken needs none of them and leaves them out; what is said
       * of channels, and every refusal, carries them: the id of a new channel comes in `apns-channel-id` and nowhere else.
       */
      readonly headers?: Readonly<Record<string, string | undefined>>
      /** The connection it came by, for {@link Transport.disown}. */
      readonly connection: number
    }
  /** The server has certainly not looked at it: sending it again cannot double it. */
  | { readonly _tag: "NotProcessed"; readonly why: Why }
  /** The server may or may not have acted on it. */
  | { readonly _tag: "Unknown"; readonly why: Why }

/** Many notifications with one bearer token. */
export interface Batch {
  /** How many may be under way at once. */
  readonly concurrency: number
  /**
   * Asked whenever there is place for one more, until it has none or is told to stop. Whatever it gives gets an answer, under
   * its number in the order of giving, from 0 on.
   */
  readonly next: () => Notification | undefined
  /** Takes each answer as it comes, in any order. */
  readonly answered: (nth: number, answer: Answer, notification: Notification) => After
}

/**
 * What is to happen after an answer: go on; ask for no more notifications; or that, and the bearer token was refused, so that
 * the connections which have carried it are disowned at once. What was asked for and not sent comes back as `disowned`.
 */
export type After = "go-on" | "stop" | "disown"

/** Carries requests to Apple. It knows connections and deadlines, and nothing of what an answer means. */
export class Transport extends Context.Service<
  Transport,
  {
    /**
     * Sends a request and waits for what becomes of it, no longer than the deadlines allow. A request that the server
     * sends back unread is sent again. Interruption gives the request up.
     */
    readonly exchange: (request: Request, bearer: Redacted.Redacted<string>) => Effect.Effect<Answer>
    /**
     * The same for a notification, and without an effect: calls back once, and returns what gives it up. The transport's own
     * form, for whoever sends by the hundred thousand; a transport may leave it out.
     */
    readonly begin?: (
      notification: Notification,
      bearer: Redacted.Redacted<string>,
      answered: (answer: Answer) => void
    ) => () => void
    /**
     * Exchanges many, without a fiber or a promise for each, until all that were asked for have their answers. A transport
     * may leave it out.
     */
    readonly exchangeMany?: (batch: Batch, bearer: Redacted.Redacted<string>) => Effect.Effect<void>
    /**
     * Says that a bearer token was refused on a connection. The connection is taken out of use: what is under way on it
     * finishes, what follows goes by a new one. Requests that wait with this token come back as `NotProcessed`, since a
     * single one of them would spoil the next connection. Harmless when repeated.
     */
    readonly disown: (bearer: Redacted.Redacted<string>, connection: number) => Effect.Effect<void>
  }
>()("@sightscreen/apns/Transport") {}
