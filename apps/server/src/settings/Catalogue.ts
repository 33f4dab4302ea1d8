import { Access } from "./Access.ts"
import { Api } from "./Api.ts"
import { Apple } from "./Apple.ts"
import { Demo } from "./Demo.ts"
import type { Catalogue } from "./Environment.ts"
import { Logs, Watching } from "./Observability.ts"
import { Server, Telling } from "./Server.ts"
import { SportMonks } from "./SportMonks.ts"
import { Webhooks } from "./Webhooks.ts"

/** Every variable that a program of ours reads, in the order of the reference. */
export const catalogue: Catalogue = [
  Server,
  SportMonks,
  Apple,
  Access,
  Api,
  Telling,
  Logs,
  Watching,
  Webhooks,
  Demo
]
