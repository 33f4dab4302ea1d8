import { H2, type Request } from "@sightscreen/apns"

const { Client, Frame, HpackEncoder } = H2

/** One frame as bytes. */
export const frame = (
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array | string = ""
): Buffer => {
  const bytes = typeof payload === "string" ? Buffer.from(payload.replaceAll(/\s/g, ""), "hex") : payload
  const head = Buffer.alloc(Frame.headBytes)
  Frame.head(head, 0, bytes.length, type, flags, stream)
  return Buffer.concat([head, bytes])
}

export const settings = (...entries: ReadonlyArray<readonly [key: number, value: number]>): Buffer => {
  const payload = Buffer.alloc(entries.length * 6)
  entries.forEach(([key, value], nth) => {
    payload.writeUInt16BE(key, nth * 6)
    payload.writeUInt32BE(value, nth * 6 + 2)
  })
  return frame(Frame.settings, 0, 0, payload)
}

/** Fields as a header block that leaves no trace in any table. */
export const block = (...fields: ReadonlyArray<readonly [string, string]>): Buffer => {
  const encoder = new HpackEncoder.Encoder()
  const out: Array<number> = []
  for (const [name, value] of fields) encoder.field(out, name, value, "plain")
  return Buffer.from(out)
}

export const ok = block([":status", "200"], ["apns-id", "A"])

export const request = (nth: number, body: Uint8Array = Buffer.from("{}")): Request.Request => ({
  environment: "production",
  path: `/3/device/${nth.toString(16).padStart(64, "0")}`,
  pushId: undefined,
  shared,
  body
})

const shared = [
  [":method", "POST"],
  ["apns-topic", "uk.example.cricket.push-type.liveactivity"]
] as const

/** A client and what it has told, a line for each thing. */
export const client = () => {
  const told: Array<string> = []
  const core: H2.Client.Client<number> = new Client.Client<number>(
    { authority: "apple.example" },
    {
      settings: (streams) => told.push(`settings ${streams}`),
      answered: (tag, status, apnsId, uniqueId, body) =>
        told.push(`answered ${tag} ${status} ${apnsId ?? "-"} ${uniqueId ?? "-"} ${body}`),
      broken: (tag, unread, status) => told.push(`broken ${tag} ${unread ? "unread" : "unknown"} ${status}`),
      ponged: () => told.push("ponged"),
      ended: (streams) => told.push(`ended ${streams}`),
      wentAway: (last, code, debug) => told.push(`away ${last} ${code} ${debug}`),
      failed: (code) => told.push(`failed ${code}`)
    }
  )
  return { core, told }
}

/** A client whose server has said hello, with streams 1, 3, 5… under way and all of it written. */
export const started = (streams: number, ...entries: ReadonlyArray<readonly [number, number]>) => {
  const { core, told } = client()
  core.receive(settings([0x3, 1000], ...entries))
  for (let nth = 0; nth < streams; nth++) core.open(request(nth), "bearer x", nth)
  core.take()
  told.length = 0
  return { core, told }
}

export interface Sent {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** Frames that the client has written since. */
export const sent = (core: H2.Client.Client<number>): ReadonlyArray<Sent> => {
  const frames: Array<Sent> = []
  const bytes = core.take()
  if (bytes === undefined) return frames
  const from = bytes.toString("latin1", 0, 3) === "PRI" ? 24 : 0
  new Frame.Splitter().push(bytes.subarray(from), {
    over: false,
    frame: (bytes, type, flags, stream, from, to) =>
      frames.push({ type, flags, stream, payload: Buffer.from(bytes.subarray(from, to)) }),
    tooLong: () => frames.push({ type: -1, flags: 0, stream: 0, payload: Buffer.alloc(0) })
  })
  return frames
}
