import type * as Layer from "effect/Layer"
import * as Pool from "./Pool.ts"
import { open } from "./TlsConnection.ts"
import type { Transport } from "./Transport.ts"

export { apple, type Options } from "./Pool.ts"

/**
 * HTTP/2 over TLS with a client of our own, made for one thing: many small requests on few connections.
 *
 * What is sent in one turn leaves in one write, and what is answered in one read is handed on in one turn. A request of a
 * batch has no stream object, no promise and no fiber of its own.
 */
export const layer = (options: Pool.Options): Layer.Layer<Transport> => Pool.layer(open, options)
