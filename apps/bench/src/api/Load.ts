import * as net from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { quantile } from "../Measure.ts"

/**
 * Asks an HTTP server as many clients would: over connections that stay open, one request at a time on each.
 *
 * It reads no more of an answer than its status and its length, so that the asking takes little from the machine that answers.
 */
export interface Request {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly bearer: string
  readonly body: object
}

export interface Loaded {
  readonly perSecond: number
  /** From when a request was to be made to its answer. */
  readonly p50Millis: number
  readonly p99Millis: number
  readonly asked: number
  /** Statuses other than 2xx, with how often each came. */
  readonly refused: ReadonlyMap<number, number>
}

export interface Plan {
  readonly port: number
  readonly connections: number
  /** Null when there is no more to ask. */
  readonly next: () => Request | null
  /** Requests a second; null for as many as go. */
  readonly rate: number | null
}

const textOf = ({ bearer, body, method, path }: Request, port: number): string => {
  const text = JSON.stringify(body)
  return (
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${bearer}\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  )
}

/** One connection: answers with the status of each request in turn. */
const connect = (port: number): Promise<(text: string) => Promise<number>> =>
  new Promise((resolve, reject) => {
    let held = ""
    let answered: { readonly done: (status: number) => void; readonly failed: (why: Error) => void } | null =
      null
    const fail = (why: Error) => {
      reject(why)
      answered?.failed(why)
    }
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true })
    // The answers are ASCII where it matters, and a length counts bytes.
    socket.setEncoding("latin1")
    socket.on("error", fail)
    socket.on("close", () => fail(new Error("the server has closed a connection")))
    socket.on("data", (text: string) => {
      held += text
      const head = held.indexOf("\r\n\r\n")
      if (head < 0) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(held.slice(0, head))?.[1] ?? 0)
      const whole = head + 4 + length
      if (held.length < whole) return
      const status = Number(held.slice(9, 12))
      held = held.slice(whole)
      const waiting = answered
      answered = null
      waiting?.done(status)
    })
    socket.on("connect", () => {
      socket.unref()
      resolve(
        (text) =>
          new Promise((done, failed) => {
            answered = { done, failed }
            socket.ref()
            socket.write(text, "utf8")
          })
      )
    })
  })

/** Asks until there is no more to ask. */
export const run = async ({ connections, next, port, rate }: Plan): Promise<Loaded> => {
  const lines = await Promise.all(Array.from({ length: connections }, () => connect(port)))
  const took: Array<number> = []
  const refused = new Map<number, number>()
  const begun = performance.now()
  let nth = 0
  await Promise.all(
    lines.map(async (ask) => {
      for (;;) {
        const request = next()
        if (request === null) return
        // At a rate a request that is late because others are slow has waited since its own time.
        const due = rate === null ? performance.now() : begun + (nth++ * 1000) / rate
        const early = due - performance.now()
        if (early > 0) await sleep(early)
        const status = await ask(textOf(request, port))
        took.push(performance.now() - due)
        if (status < 200 || status > 299) refused.set(status, (refused.get(status) ?? 0) + 1)
      }
    })
  )
  const seconds = (performance.now() - begun) / 1000
  return {
    perSecond: took.length / seconds,
    p50Millis: quantile(took, 0.5),
    p99Millis: quantile(took, 0.99),
    asked: took.length,
    refused
  }
}
