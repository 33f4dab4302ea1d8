import * as net from "node:net"
import * as tls from "node:tls"
import { H2 } from "@sightscreen/apns"
import { Effect, Redacted } from "effect"
import { authority } from "../support.ts"

const { Frame } = H2

/** One connection as a server sees it that speaks HTTP/2 by hand. */
export interface Peer {
  readonly write: (...frames: ReadonlyArray<Buffer>) => void
  readonly socket: tls.TLSSocket
  /** Until the connection is closed. */
  readonly every: (millis: number, what: () => void) => void
}

export interface Script {
  /** Once TLS is there. */
  readonly begins: (peer: Peer) => void
  readonly hears?: (peer: Peer, type: number, flags: number, stream: number, payload: Buffer) => void
}

/** Listens for as long as the scope lives; gives its port. */
export const serve = Effect.fnUntraced(function* (script: Script) {
  const { certificate, privateKey } = yield* authority
  const sockets = new Set<net.Socket>()
  const server = tls.createServer(
    { cert: certificate, key: Redacted.value(privateKey), ALPNProtocols: ["h2"] },
    (socket) => {
      socket.on("error", () => {})
      const peer: Peer = {
        socket,
        write: (...frames) => {
          if (socket.writable) socket.write(Buffer.concat(frames))
        },
        every: (millis, what) => {
          // @effect-diagnostics-next-line globalTimers:off
          const timer = setInterval(what, millis)
          socket.on("close", () => clearInterval(timer))
        }
      }
      const splitter = new Frame.Splitter()
      let preface = 24
      socket.on("data", (bytes: Buffer) => {
        const from = Math.min(preface, bytes.length)
        preface -= from
        splitter.push(bytes.subarray(from), {
          over: false,
          frame: (held, type, flags, stream, from, to) =>
            script.hears?.(peer, type, flags, stream, Buffer.from(held.subarray(from, to))),
          tooLong: () => socket.destroy()
        })
      })
      script.begins(peer)
    }
  )
  server.on("tlsClientError", () => {})
  server.on("connection", (socket) => sockets.add(socket))
  yield* listening(server, sockets)
  return portOf(server)
})

export const listening = (server: net.Server, sockets: ReadonlySet<net.Socket>) =>
  Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.sync(() => {
        for (const socket of sockets) socket.destroy()
        server.close()
      })
  )

export const portOf = (server: net.Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}
