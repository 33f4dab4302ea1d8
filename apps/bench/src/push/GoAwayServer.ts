import type { AddressInfo } from "node:net"
import * as tls from "node:tls"
import { H2 } from "@sightscreen/apns"
import { Effect, type Scope } from "effect"

const { Frame, HpackDecoder } = H2

/**
 * A server that goes away (RFC 9113 6.8) again and again: after frames of its own choosing, and with a last stream anywhere
 * between what it has acted on and what it has received. What lies above it is dropped unread.
 */
export interface GoAwayServer {
  readonly origin: string
  /** How often each path was acted on. */
  readonly acted: ReadonlyMap<string, number>
  readonly wentAway: () => number
  readonly connections: () => number
  /** Rules that the client has broken. */
  readonly complaints: ReadonlyArray<string>
}

export interface Options {
  readonly certificate: string
  readonly privateKey: string
  /** One frame in so many, on average, is followed by a GOAWAY. */
  readonly oneFrameIn: number
  readonly mostTimes: number
  /** At or above 0 and below 1. */
  readonly random: () => number
}

const streams = 1000
const accepted = Buffer.from([0x88])

export const make = (options: Options): Effect.Effect<GoAwayServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const acted = new Map<string, number>()
    const complaints: Array<string> = []
    let wentAway = 0
    let connections = 0

    const serve = (socket: tls.TLSSocket) => {
      socket.setNoDelay(true)
      connections++
      const decoder = new HpackDecoder.Decoder({ tableBytes: 4096, listBytes: 32_768, blockBytes: 16_384 })
      const splitter = new Frame.Splitter()
      const paths = new Map<number, string>()
      /** Received to the end, and not acted on yet. */
      let whole: Array<number> = []
      let highest = 0
      let highestActed = 0
      let last = Frame.lastStream
      let away = false
      let left = 24
      let consumed = 0
      let scheduled = false
      let out: Array<Buffer> = []

      const write = (type: number, flags: number, stream: number, payload: Uint8Array) => {
        const bytes = Buffer.alloc(Frame.headBytes + payload.length)
        Frame.head(bytes, 0, payload.length, type, flags, stream)
        bytes.set(payload, Frame.headBytes)
        out.push(bytes)
      }
      const number = (...values: ReadonlyArray<number>) => {
        const bytes = Buffer.alloc(4 * values.length)
        values.forEach((value, nth) => Frame.uint32(bytes, 4 * nth, value))
        return bytes
      }
      const flush = () => {
        if (out.length === 0 || socket.destroyed) return
        const bytes = Buffer.concat(out)
        out = []
        socket.write(bytes)
      }

      /** Acts on some of what is whole, in its own time. */
      const act = () => {
        scheduled = false
        const some = 1 + Math.floor(options.random() * whole.length)
        for (const stream of whole.splice(0, some)) {
          highestActed = Math.max(highestActed, stream)
          const path = paths.get(stream)!
          paths.delete(stream)
          acted.set(path, (acted.get(path) ?? 0) + 1)
          write(Frame.headers, Frame.endHeaders | Frame.endStream, stream, accepted)
        }
        flush()
        if (whole.length > 0) schedule()
      }
      const schedule = () => {
        if (scheduled) return
        scheduled = true
        setImmediate(act)
      }

      const goAway = () => {
        away = true
        wentAway++
        last = highestActed + 2 * Math.floor(options.random() * ((highest - highestActed) / 2 + 1))
        whole = whole.filter((stream) => stream <= last)
        write(Frame.goAway, 0, 0, number(last, 0))
      }

      const visitor: H2.Frame.Visitor = {
        over: false,
        tooLong: () => complaints.push("a frame is too long"),
        frame: (bytes, type, flags, stream, from, to) => {
          if (type === Frame.headers) {
            if (stream <= highest) complaints.push(`stream ${stream} after ${highest}`)
            highest = stream
            let path = ""
            const code = decoder.decode(bytes, from, to, {
              field: (name, value) => {
                if (name === ":path") path = value
              }
            })
            if (code !== 0) complaints.push(`a header block cannot be read: ${code}`)
            paths.set(stream, path)
            if (paths.size > streams) complaints.push(`${paths.size} streams at once`)
          } else if (type === Frame.data) {
            consumed += to - from
            if ((flags & Frame.endStream) !== 0 && stream <= last) whole.push(stream)
            else if ((flags & Frame.endStream) !== 0) paths.delete(stream)
          } else if (type === Frame.settings && (flags & Frame.ack) === 0) {
            write(Frame.settings, Frame.ack, 0, Buffer.alloc(0))
          } else if (type === Frame.ping && (flags & Frame.ack) === 0) {
            write(Frame.ping, Frame.ack, 0, bytes.subarray(from, to))
          }
          if (
            !away &&
            highest > 0 &&
            wentAway < options.mostTimes &&
            options.random() * options.oneFrameIn < 1
          )
            goAway()
        }
      }

      const settings = Buffer.alloc(6)
      settings.writeUInt16BE(0x3, 0)
      settings.writeUInt32BE(streams, 2)
      write(Frame.settings, 0, 0, settings)
      write(Frame.windowUpdate, 0, 0, number(1 << 24))
      flush()
      socket.on("error", () => {})
      socket.on("data", (bytes: Buffer) => {
        const skipped = Math.min(left, bytes.length)
        left -= skipped
        splitter.push(bytes.subarray(skipped), visitor)
        if (consumed > 0) write(Frame.windowUpdate, 0, 0, number(consumed))
        consumed = 0
        if (whole.length > 0) schedule()
        flush()
      })
    }

    const server = tls.createServer(
      { cert: options.certificate, key: options.privateKey, ALPNProtocols: ["h2"] },
      serve
    )
    const sockets = new Set<tls.TLSSocket>()
    server.on("secureConnection", (socket) => {
      sockets.add(socket)
      socket.on("close", () => sockets.delete(socket))
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.sync(() => {
          for (const socket of sockets) socket.destroy()
          server.close()
        })
    )
    const { port } = server.address() as AddressInfo
    return {
      origin: `https://127.0.0.1:${port}`,
      acted,
      wentAway: () => wentAway,
      connections: () => connections,
      complaints
    }
  })
