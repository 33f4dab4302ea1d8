import * as http2 from "node:http2"
import * as net from "node:net"
import { Effect, Redacted, Schema, type Scope } from "effect"
import type { Authority } from "../Authority.ts"
import * as Relay from "./Relay.ts"

/** Ports that speak HTTP/2 over TLS and nothing else, on loopback, with the settings that Apple announces. */
export interface Listener {
  readonly port: number
  readonly origin: string
  /** Leaves connections open and stops what goes through them, where there is a relay. */
  readonly freeze: () => void
}

export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", {
  port: Schema.Int,
  cause: Schema.Defect()
}) {
  /** Node's code for why, such as `EADDRINUSE`. */
  get code(): string {
    const { cause } = this
    return typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "unknown"
  }
}

interface Options {
  readonly authority: Authority
  /** 0 for a free one. */
  readonly port: number
  readonly relay: boolean
  /** Whether one more connection is let in. */
  readonly admits: () => boolean
  readonly onSession: (session: http2.ServerHttp2Session) => void
  /** Asks clients to leave by themselves. Those that do not are cut. */
  readonly onClose: () => void
}

/** A thousand requests at once, with room to spare; Node's own 10 make it reset streams under load. */
const sessionMegabytes = 64

/** How long closing waits for clients to leave by themselves. */
const farewellMillis = 500

/** Listens for as long as the scope lives. */
export const open = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<Listener, ListenFailed, Scope.Scope> {
  const server = createServer(options.authority)
  server.on("session", options.onSession)
  const sockets = follow(server)
  const door = options.relay ? net.createServer() : server
  door.prependListener("connection", (socket: net.Socket) => {
    if (!options.admits()) socket.destroy()
  })
  if (!options.relay) {
    const port = yield* Effect.acquireRelease(listen(server, options.port), () =>
      close(server, options.onClose, sockets)
    )
    return { port, origin: originOf(port), freeze: () => {} }
  }
  const inner = yield* Effect.acquireRelease(listen(server, 0), () => close(server, options.onClose, sockets))
  const relay = Relay.make(() => inner, door)
  const port = yield* Effect.acquireRelease(listen(door, options.port), () => close(door, relay.close))
  return { port, origin: originOf(port), freeze: relay.freeze }
})

const originOf = (port: number) => `https://127.0.0.1:${port}`

const createServer = ({ ca, certificate, privateKey }: Authority): http2.Http2SecureServer => {
  const server = http2.createSecureServer({
    cert: certificate,
    key: Redacted.value(privateKey),
    // Asked for, and judged by the gate: who shows none sends bearer tokens.
    requestCert: true,
    rejectUnauthorized: false,
    ca,
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
    maxSessionMemory: sessionMegabytes,
    settings: {
      headerTableSize: 4096,
      initialWindowSize: 65_535,
      maxFrameSize: 16_384,
      maxHeaderListSize: 8000,
      maxConcurrentStreams: 1
    }
  })
  // Clients that break off, or speak something else, are their own affair.
  server.on("sessionError", ignore)
  server.on("unknownProtocol", (socket) => socket.destroy())
  server.on("tlsClientError", ignore)
  return server
}

const ignore = () => {}

const listen = (server: net.Server, port: number) =>
  Effect.callback<number, ListenFailed>((resume) => {
    server.once("error", (cause) => resume(Effect.fail(new ListenFailed({ port, cause }))))
    server.listen(port, "127.0.0.1", () => {
      server.on("error", ignore)
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

/** What is connected to a server, whether or not it has got as far as speaking HTTP/2. */
const follow = (server: net.Server): ReadonlySet<net.Socket> => {
  const sockets = new Set<net.Socket>()
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })
  return sockets
}

const close = (server: net.Server, ask: () => void, sockets: ReadonlySet<net.Socket> = new Set()) =>
  Effect.callback<void>((resume) => {
    // Sockets close in real time, whatever clock the world runs on.
    // @effect-diagnostics-next-line globalTimersInEffect:off
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, farewellMillis)
    server.close(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
    ask()
  })
