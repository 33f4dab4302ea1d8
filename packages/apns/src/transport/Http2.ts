import type * as Layer from "effect/Layer"
import { open } from "./Http2Connection.ts"
import * as Pool from "./Pool.ts"
import type { Transport } from "./Transport.ts"

export { apple, type Options } from "./Pool.ts"

/** HTTP/2 over TLS with Node's own client: a second opinion on what `Tls` does, at some ten times its cost. */
export const layer = (options: Pool.Options): Layer.Layer<Transport> => Pool.layer(open, options)
