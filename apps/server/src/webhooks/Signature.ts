import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"

/**
 * How a message is signed: as Standard Webhooks has it, so that their libraries verify it.
 *
 * The signature covers the id, the time in seconds and the very bytes of the body, with a dot between them. A receiver refuses
 * what is older than a few minutes, and what it has had before by its id.
 */
const prefix = "whsec_"

export const freshSecret = (): string => prefix + randomBytes(32).toString("base64")

const keyOf = (secret: string): Buffer => Buffer.from(secret.replace(prefix, ""), "base64")

const sign = (secret: string, messageId: string, timestamp: number, body: string): string =>
  createHmac("sha256", keyOf(secret)).update(`${messageId}.${timestamp}.${body}`).digest("base64")

export const headers = (
  secret: string,
  messageId: string,
  timestamp: number,
  body: string
): Readonly<Record<string, string>> => ({
  "webhook-id": messageId,
  "webhook-timestamp": String(timestamp),
  "webhook-signature": `v1,${sign(secret, messageId, timestamp, body)}`
})

/** How a receiver looks at a message: `now` in seconds. */
export const verifies = (
  secret: string,
  given: Readonly<Record<string, string | undefined>>,
  body: string,
  now: number,
  toleranceSeconds = 300
): boolean => {
  const timestamp = Number(given["webhook-timestamp"])
  if (!Number.isInteger(timestamp) || Math.abs(now - timestamp) > toleranceSeconds) return false
  const ours = Buffer.from(sign(secret, given["webhook-id"] ?? "", timestamp, body))
  return (given["webhook-signature"] ?? "").split(" ").some((one) => {
    const theirs = Buffer.from(one.replace(/^v1,/, ""))
    return one.startsWith("v1,") && theirs.length === ours.length && timingSafeEqual(theirs, ours)
  })
}
