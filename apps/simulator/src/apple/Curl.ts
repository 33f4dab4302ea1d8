import { ProviderToken, type SigningKey } from "@sightscreen/apns"
import { Effect, Redacted } from "effect"

/** Command lines that anybody can paste into a shell, complete with a bearer token that Apple would take for an hour. */
export interface Sender {
  readonly caFile: string
  /** A bearer token, or the files of a certificate. */
  readonly by:
    | { readonly jwt: string }
    | { readonly certificateFile: string; readonly certificateKeyFile: string }
}

/** A bearer token that is signed now. */
export const sign = ({ credentials }: SigningKey.SigningKey): Effect.Effect<string> =>
  ProviderToken.make(credentials).pipe(
    Effect.flatMap(({ current }) => current),
    Effect.map(Redacted.value),
    Effect.orDie
  )

/** Sends an alert to a token. */
export const push = (
  sender: Sender,
  it: { readonly origin: string; readonly token: string; readonly bundleId: string }
): string =>
  line(
    sender,
    ["apns-push-type: alert", `apns-topic: ${it.bundleId}`, "apns-priority: 10", "apns-expiration: 0"],
    { aps: { alert: { title: "Wicket!", body: "IND 98/1" } } },
    `${it.origin}/3/device/${it.token}`
  )

/** Creates a channel; its id is in the answer's headers. */
export const createChannel = (
  sender: Sender,
  it: { readonly origin: string; readonly bundleId: string }
): string =>
  line(
    sender,
    [],
    { "message-storage-policy": 0, "push-type": "LiveActivity" },
    `${it.origin}/1/apps/${it.bundleId}/channels`
  )

const line = ({ by, caFile }: Sender, headers: ReadonlyArray<string>, body: object, url: string): string =>
  [
    // A proxy of the shell's does not know this machine's loopback.
    "curl -si --http2 --noproxy '*'",
    `--cacert ${quoted(caFile)}`,
    ...("jwt" in by
      ? []
      : [`--cert ${quoted(by.certificateFile)}`, `--key ${quoted(by.certificateKeyFile)}`]),
    ...[
      ...("jwt" in by ? [`authorization: bearer ${by.jwt}`] : []),
      "content-type: application/json",
      ...headers
    ].map((header) => `-H ${quoted(header)}`),
    `-d ${quoted(JSON.stringify(body))}`,
    url
  ].join(" ")

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
