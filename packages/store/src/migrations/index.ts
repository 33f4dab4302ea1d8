import tables from "./0001_tables.ts"
import life from "./0002_life.ts"
import api from "./0003_api.ts"
import shared from "./0004_shared.ts"
import webhooks from "./webhooks.ts"
import operations from "./operations.ts"
import sealed from "./sealed.ts"
import rates from "./rates.ts"

/** In the order of their numbers. A migration that has been released is never changed; what comes later is a new one. */
export const migrations = {
  "0001_tables": tables,
  "0002_life": life,
  "0003_api": api,
  "0004_shared": shared,
  "0005_operations": operations,
  "0006_webhooks": webhooks,
  "0007_sealed": sealed,
  "0008_rates": rates
}
