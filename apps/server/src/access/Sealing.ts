import { Vault } from "@sightscreen/store"
import { type Redacted, Result } from "effect"
import type * as Setting from "../settings/Setting.ts"

/** How device tokens are sealed; null where no secret is given. */
export const vault = (
  secrets: Redacted.Redacted<string> | null
): Result.Result<Vault.Vault | null, ReadonlyArray<Setting.Problem>> =>
  secrets === null
    ? Result.succeed(null)
    : Result.mapError(Vault.fromSecrets(secrets), ({ problem }) => [
        { name: "DEVICE_TOKEN_SECRETS", problem }
      ])
