import { ProviderToken } from "@sightscreen/apns"
import { Instant } from "@sightscreen/decider"
import type { Process } from "./Process.ts"

const lastsMillis = 59 * 60_000

/** The bearer token of the moment, kept in the store for all processes: its age alone says when there is another. */
export const current = (process: Process): Instant.Instant => {
  const { now, setting, tables } = process
  const { bearer } = tables
  const age = bearer === null ? Infinity : Math.abs(now - bearer.issuedAt)
  const limit =
    bearer?.spent === true
      ? ProviderToken.ProviderToken.keepAtLeastMillis
      : ProviderToken.ProviderToken.renewAfterMillis
  if (bearer !== null && age < Math.min(limit, lastsMillis)) return bearer.issuedAt
  tables.bearer = { issuedAt: now, spent: false }
  setting.journal.write({
    _tag: "BearerMinted",
    at: process.at,
    process: process.number,
    keyId: "MODELKEY01",
    issuedAt: now
  })
  return now
}

/** Apple has called it expired. A young one is kept until there may be another. */
export const forget = ({ tables }: Process, issuedAt: Instant.Instant): void => {
  if (tables.bearer?.issuedAt === issuedAt) tables.bearer = { issuedAt, spent: true }
}
