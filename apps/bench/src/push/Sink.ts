import type { ChildProcess } from "node:child_process"
import { writeFileSync } from "node:fs"
import * as net from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Authority } from "@sightscreen/apns"
import { Effect, Redacted, type Scope } from "effect"
import { Unmeasurable } from "../Bench.ts"
import { isInstalled, sinkCore, start } from "./Process.ts"

/** What is pushed to: a server that is not ours, in a process of its own. */
export interface Sink {
  readonly origin: string
  /** A file. */
  readonly ca: string
  readonly what: string
}

/**
 * The one that is named, or the fastest there is here: nginx, nghttpd, Node's own `http2`; that alone of them can take its time
 * over an answer. One that is named has been told so by whoever has started it.
 */
export const open = (
  named: { readonly sink: string | null; readonly ca: string | null; readonly delay: number | null },
  folder: string
): Effect.Effect<Sink, Unmeasurable, Scope.Scope> =>
  named.sink === null
    ? ours(folder, named.delay)
    : named.ca === null
      ? Effect.fail(
          new Unmeasurable({ subject: named.sink, problem: "say with --ca who has signed its certificate" })
        )
      : Effect.succeed({ origin: `https://${named.sink}`, ca: named.ca, what: `the sink at ${named.sink}` })

const ours = Effect.fnUntraced(function* (folder: string, delay: number | null) {
  const authority = yield* Effect.mapError(
    Authority.make,
    () => new Unmeasurable({ subject: "sink", problem: "no certificate could be made" })
  )
  const ca = join(folder, "ca.pem")
  const certificate = join(folder, "server.pem")
  const key = join(folder, "server.key")
  writeFileSync(ca, authority.ca)
  writeFileSync(certificate, authority.certificate)
  writeFileSync(key, Redacted.value(authority.privateKey), { mode: 0o600 })
  const port = yield* freePort
  const [what, command] =
    delay === null && isInstalled("nginx")
      ? (["nginx", nginx(folder, port)] as const)
      : delay === null && isInstalled("nghttpd")
        ? ([
            "nghttpd",
            ["nghttpd", "--echo-upload", "-n1", "-m1000", String(port), key, certificate]
          ] as const)
        : ([
            "Node's own http2, which is slower than the fastest clients: their rates are its own",
            [
              process.execPath,
              fileURLToPath(new URL("nodeSink.ts", import.meta.url)),
              String(port),
              certificate,
              key,
              String(delay ?? 0)
            ]
          ] as const)
  yield* Effect.acquireRelease(
    Effect.sync(() => start(sinkCore, command)),
    stopped
  )
  yield* listening(port)
  return { origin: `https://localhost:${port}`, ca, what }
})

/** Its files are there until it has ended: it complains of those that are gone before. */
const stopped = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
    child.kill()
  }).pipe(Effect.timeoutOption("5 seconds"))

/** It answers before it has read a body, which our client and others bear. */
const nginx = (folder: string, port: number): ReadonlyArray<string> => {
  const file = join(folder, "nginx.conf")
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr crit;
events { worker_connections 64; }
http {
  access_log off; keepalive_requests 1000000000; http2_max_concurrent_streams 1000;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${folder}/server.pem; ssl_certificate_key ${folder}/server.key;
    location / { return 200; }
  }
}
`
  )
  return ["nginx", "-p", folder, "-c", file]
}

const freePort = Effect.callback<number, Unmeasurable>((resume) => {
  const server = net.createServer()
  server.on("error", () =>
    resume(Effect.fail(new Unmeasurable({ subject: "sink", problem: "no port can be had on loopback" })))
  )
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" ? (address?.port ?? 0) : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const connects = (port: number) =>
  Effect.callback<boolean>((resume) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.on("connect", () => {
      socket.destroy()
      resume(Effect.succeed(true))
    })
    socket.on("error", () => resume(Effect.succeed(false)))
  })

const listening = Effect.fnUntraced(function* (port: number) {
  for (let tries = 0; tries < 100; tries++) {
    if (yield* connects(port)) return
    yield* Effect.sleep("100 millis")
  }
  return yield* new Unmeasurable({ subject: "sink", problem: "it does not listen" })
})
