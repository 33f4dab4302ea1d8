import * as Body from "../../Body.ts"
import type { Headers } from "../../Headers.ts"
import { fieldName, isPlain, isValue, ofOneHop } from "./Fields.ts"
import * as Frame from "./Frame.ts"
import * as Hpack from "./HpackEncoder.ts"
import * as Table from "./HpackTable.ts"
import type { Output } from "./Output.ts"

/** What is asked of a server, but for who asks. `shared` is recognised by identity: its block is written once. */
export interface Message {
  /** Begins with `:method`. */
  readonly shared: Headers
  readonly path: string
  /** What follows the path, where that is the same for many: the token of a device. */
  readonly token?: string | undefined
  readonly pushId: string | undefined
  readonly body: Body.Body
}

/** What the fields of a request may come to, where the server does not set a smaller measure. Apple's is 8000. */
const mostListBytes = 32_768
const mostPathBytes = 16_000
const mostIdBytes = 126

/** A header block in a form that is sent again and again, with room for what differs. */
interface Template {
  readonly shared: Headers
  readonly authorization: string
  /** The encoder's epoch in which it may be sent again; -1 when never. */
  readonly epoch: number
  /** Up to the value of `:path`, and what follows that. */
  readonly before: Uint8Array
  readonly after: Uint8Array
  /** How `apns-id` begins. */
  readonly id: Uint8Array | undefined
  /** The id is in `after`, as this once the server is to keep it. */
  readonly idWritten: boolean
}

/**
 * A request as it lay in the output: HEADERS, and the head and body of its DATA. The next one of the same shape is a copy
 * with other numbers, another token and another id.
 */
interface Image {
  readonly template: Template
  readonly path: string
  readonly tokenLength: number
  /** -1 without one. */
  readonly idLength: number
  readonly body: Body.Body
  readonly whole: Uint8Array
  /** Without the body. */
  readonly frames: Uint8Array
  /** From the beginning of HEADERS. */
  readonly tokenAt: number
  readonly idAt: number
  readonly dataAt: number
  /** Where the places of its body's pattern begin, if it has one. */
  readonly places: ReadonlyArray<number>
}

/** Writes requests: header blocks as Apple advises, each constant part encoded once for a connection. */
export class RequestWriter {
  readonly #authority: string
  readonly #encoder = new Hpack.Encoder()
  #templates = new WeakMap<Headers, Template>()
  #template: Template | undefined
  #image: Image | undefined
  /** Of the last body that had not the length of the image's. */
  #otherLength = -1

  /** The largest frame that the server takes. */
  peerFrame = Frame.usualPayload
  /** The largest list of fields that the server takes. */
  peerList = Number.POSITIVE_INFINITY

  constructor(authority: string) {
    this.#authority = authority
  }

  /** The server's SETTINGS_HEADER_TABLE_SIZE. */
  resize(tableBytes: number): void {
    this.#encoder.resize(tableBytes)
  }

  /**
   * Writes HEADERS, and DATA too where `whole` says that windows have room for it. Returns where they end; -1 when a field
   * holds what it must not, and then nothing is written that counts.
   */
  write(output: Output, message: Message, authorization: string, stream: number, whole: boolean): number {
    const image = this.#image
    const { body, pushId, token } = message
    if (
      image !== undefined &&
      whole &&
      image.template.shared === message.shared &&
      image.template.authorization === authorization &&
      image.template.epoch === this.#encoder.epoch &&
      image.path === message.path &&
      token !== undefined &&
      image.tokenLength === token.length &&
      image.idLength === (pushId === undefined ? -1 : pushId.length) &&
      (body === image.body || !this.#isOutdated(image, body))
    ) {
      return this.#copy(output, image, token, pushId, body, stream)
    }
    return this.#compose(output, message, authorization, stream, whole)
  }

  /** Whether the next bodies are likelier to be as this one, since this one is as the last. */
  #isOutdated(image: Image, body: Body.Body): boolean {
    if (!(body instanceof Body.Filled) || body.length === image.body.length) return false
    const { length } = body
    const again = length === this.#otherLength
    this.#otherLength = length
    return again
  }

  #copy(
    output: Output,
    image: Image,
    token: string,
    pushId: string | undefined,
    body: Body.Body,
    stream: number
  ): number {
    const out = output.bytes
    const start = output.length
    const data = start + image.dataAt
    let end = start + image.whole.length
    if (body === image.body) out.set(image.whole, start)
    else end = pour(out, start, image, body)
    Frame.uint32(out, start + 5, stream)
    Frame.uint32(out, data + 5, stream)
    let fine = ascii(output, start + image.tokenAt, token)
    if (pushId !== undefined) fine = ascii(output, start + image.idAt, pushId) && fine
    return fine ? end : -1
  }

  #compose(output: Output, message: Message, authorization: string, stream: number, whole: boolean): number {
    const { body, path, pushId, token } = message
    const tokenLength = token === undefined ? 0 : token.length
    const pathBytes = path.length + tokenLength
    if (pathBytes > mostPathBytes || (pushId !== undefined && pushId.length > mostIdBytes)) return -1
    const template = this.#templateFor(message, authorization)
    if (template === undefined) return -1
    const id = pushId === undefined || template.idWritten ? undefined : template.id

    const out = output.bytes
    const start = output.length
    let at = start + Frame.headBytes
    out.set(template.before, at)
    at += template.before.length
    if (pathBytes < 0x7f) out[at++] = pathBytes
    else {
      out[at++] = 0x7f
      const rest = pathBytes - 0x7f
      if (rest < 0x80) out[at++] = rest
      else {
        out[at++] = (rest & 0x7f) | 0x80
        out[at++] = rest >>> 7
      }
    }
    let fine = pathBytes > 0 && ascii(output, at, path)
    at += path.length
    const tokenAt = at - start
    if (token !== undefined) {
      fine = ascii(output, at, token) && fine
      at += token.length
    }
    out.set(template.after, at)
    at += template.after.length
    let idAt = 0
    if (id !== undefined) {
      out.set(id, at)
      at += id.length
      out[at++] = pushId!.length
      idAt = at - start
      fine = ascii(output, at, pushId!) && fine
      at += pushId!.length
    }
    if (!fine) return -1

    const block = at - start - Frame.headBytes
    const empty = body.length === 0
    const flags = empty ? Frame.endHeaders | Frame.endStream : Frame.endHeaders
    if (block > this.peerFrame) at = this.#cut(output, start, block, flags, stream)
    else Frame.head(out, start, block, Frame.headers, flags, stream)
    if (empty || !whole) return at
    const dataAt = at - start
    at = Frame.head(out, at, body.length, Frame.data, Frame.endStream, stream)
    at = Body.write(out, at, body)
    if (template.epoch >= 0 && token !== undefined && block <= Frame.usualPayload) {
      const bytes = Uint8Array.prototype.slice.call(out, start, at)
      this.#image = {
        template,
        path,
        tokenLength,
        idLength: pushId === undefined ? -1 : pushId.length,
        body,
        whole: bytes,
        frames: bytes.subarray(0, dataAt + Frame.headBytes),
        tokenAt,
        idAt,
        dataAt,
        places: placesOf(body, dataAt + Frame.headBytes)
      }
    }
    return at
  }

  /** Cuts a header block that has been written in one piece into frames the server takes; says where they end. */
  #cut(output: Output, start: number, block: number, flags: number, stream: number): number {
    const out = output.bytes
    const whole = Buffer.from(out.subarray(start + Frame.headBytes, start + Frame.headBytes + block))
    let at = start
    for (let done = 0; done < block; done += this.peerFrame) {
      const piece = Math.min(this.peerFrame, block - done)
      const last = done + piece === block ? Frame.endHeaders : 0
      at =
        done === 0
          ? Frame.head(out, at, piece, Frame.headers, (flags & ~Frame.endHeaders) | last, stream)
          : Frame.head(out, at, piece, Frame.continuation, last, stream)
      at += whole.copy(out, at, done, done + piece)
    }
    return at
  }

  /** The message's header block; undefined if there is a field it cannot hold. */
  #templateFor(message: Message, authorization: string): Template | undefined {
    const { pushId, shared } = message
    const fits = (known: Template | undefined) =>
      known !== undefined &&
      known.shared === shared &&
      known.authorization === authorization &&
      known.epoch === this.#encoder.epoch &&
      (pushId === undefined || known.id !== undefined)
    if (fits(this.#template)) return this.#template
    const known = this.#templates.get(shared)
    if (fits(known)) {
      this.#template = known
      return known
    }
    const template = this.#encode(message, authorization)
    if (template !== undefined && template.epoch !== -1) {
      this.#templates.set(shared, template)
      this.#template = template
    }
    return template
  }

  #encode(message: Message, authorization: string): Template | undefined {
    const { path, pushId, shared, token = "" } = message
    const whole = path + token
    // Whatever can be wrong must be seen before the first field is written, since writing changes the tables.
    if (!isPlain(whole) || (pushId !== undefined && !isPlain(pushId)) || !isValue(authorization)) {
      return undefined
    }
    let bytes =
      Table.sizeOf(":path", whole) +
      Table.sizeOf("authorization", authorization) +
      Table.sizeOf("apns-id", pushId ?? "") +
      Table.sizeOf(":authority", this.#authority) +
      Table.sizeOf(":scheme", "https")
    for (const [name, value] of shared) {
      bytes += Table.sizeOf(name, value)
      if (
        name === ":method" ? !isPlain(value) : !fieldName.test(name) || ofOneHop.has(name) || !isValue(value)
      ) {
        return undefined
      }
    }
    if (bytes > Math.min(mostListBytes, this.peerList)) return undefined

    const encoder = this.#encoder
    const { epoch } = encoder
    const before: Array<number> = []
    encoder.begin(before)
    for (const [name, value] of shared) if (name === ":method") encoder.field(before, name, value)
    encoder.field(before, ":scheme", "https")
    encoder.field(before, ":authority", this.#authority)
    // A literal without indexing, its name the fourth of the static table; the value follows.
    before.push(0x04)
    const after: Array<number> = []
    for (const [name, value] of shared) if (name !== ":method") encoder.field(after, name, value)
    // A connection with a certificate carries none.
    if (authorization !== "") encoder.field(after, "authorization", authorization)
    const id = encoder.plainName("apns-id")
    const idWritten = pushId !== undefined && id === undefined
    if (idWritten) encoder.field(after, "apns-id", pushId)
    return {
      shared,
      authorization,
      epoch: idWritten || encoder.epoch !== epoch ? -1 : epoch,
      before: Uint8Array.from(before),
      after: Uint8Array.from(after),
      id,
      idWritten
    }
  }
}

/** Writes another body than the image's, and says where it ends. */
const pour = (out: Buffer, start: number, image: Image, body: Body.Body): number => {
  if (body instanceof Body.Filled && isLike(body, image.body)) {
    out.set(image.whole, start)
    for (let nth = 0; nth < body.texts.length; nth++) {
      Body.put(out, start + image.places[nth]!, body.texts[nth]!, body.sizes[nth]!)
    }
    return start + image.whole.length
  }
  const data = start + image.dataAt
  out.set(image.frames, start)
  out[data] = body.length >>> 16
  out[data + 1] = body.length >>> 8
  out[data + 2] = body.length
  return Body.write(out, data + Frame.headBytes, body)
}

/** Whether one body takes the place of another by its texts alone. */
const isLike = (body: Body.Filled, other: Body.Body): boolean => {
  if (!(other instanceof Body.Filled) || other.pattern !== body.pattern || other.length !== body.length)
    return false
  for (let nth = 0; nth < body.sizes.length; nth++) if (body.sizes[nth] !== other.sizes[nth]) return false
  return true
}

const placesOf = (body: Body.Body, from: number): ReadonlyArray<number> => {
  if (!(body instanceof Body.Filled)) return []
  let at = from
  return body.sizes.map((size, nth) => {
    const place = at + body.pattern.pieces[nth]!.length
    at = place + size
    return place
  })
}

type Utf8 = Buffer & { readonly utf8Write: (text: string, at: number, length: number) => number }

/**
 * Writes text that a path or an id may be; false when it holds anything but printable ASCII.
 *
 * One call writes and four bytes are looked at together: a loop over characters takes twice as long, and this is done for
 * every push.
 */
const ascii = (output: Output, at: number, text: string): boolean => {
  const { length } = text
  if ((output.bytes as Utf8).utf8Write(text, at, length) !== length) return false
  const { bytes, view } = output
  let wrong = 0
  let nth = 0
  for (; nth + 4 <= length; nth += 4) {
    const four = view.getInt32(at + nth, true)
    // The highest bit of a byte is set where the byte is no ASCII, is below 0x21, or is 0x7f.
    const deleted = four ^ 0x7f7f7f7f
    wrong |= four | ((four - 0x21212121) & ~four) | ((deleted - 0x01010101) & ~deleted)
  }
  for (; nth < length; nth++) {
    const one = bytes[at + nth]!
    if (one < 0x21 || one > 0x7e) return false
  }
  return (wrong & 0x80808080) === 0
}
