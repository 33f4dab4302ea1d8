import * as net from "node:net"

/**
 * Stands before a server's port and hands bytes on, until it is told to stop: connections then look alive and are not.
 *
 * A socket that HTTP/2 has taken over cannot be stopped by itself, so what half-opens a connection stands outside.
 */
export interface Relay {
  /** Stops every connection that is open now. */
  readonly freeze: () => void
  readonly close: () => void
}

export const make = (target: () => number, server: net.Server): Relay => {
  const pairs = new Set<readonly [net.Socket, net.Socket]>()
  server.on("connection", (outer) => {
    const inner = net.connect(target(), "127.0.0.1")
    const pair = [outer, inner] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [inner, outer] as const]) {
      from.setNoDelay(true)
      from.on("error", () => to.destroy())
      from.on("close", () => {
        pairs.delete(pair)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  return {
    freeze: () => {
      for (const [outer, inner] of pairs) {
        outer.unpipe(inner).pause()
        inner.unpipe(outer).pause()
      }
    },
    close: () => {
      for (const [outer, inner] of pairs) {
        outer.destroy()
        inner.destroy()
      }
    }
  }
}
