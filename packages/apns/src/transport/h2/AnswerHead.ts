import type { Fields } from "./HpackDecoder.ts"
import { brokenValue, fieldName, ofOneHop } from "./Fields.ts"

/** The other fields of an answer, names in lower case. */
export type Others = Readonly<Record<string, string>>

/** The header block of an answer as it is read (RFC 9113 8.1 and 8.3.2). One object reads them all, one after another. */
export class AnswerHead implements Fields {
  status = 0
  /** In lower case, as we send it; Apple answers in capitals. */
  apnsId: string | undefined
  uniqueId: string | undefined
  /** `content-length`, or -1. */
  announced = -1
  malformed = false
  #others: Record<string, string> | undefined
  #isPush = false
  #regular = false

  /** Begins the next block. The other fields of a push that was taken are checked and not kept. */
  begin(isPush: boolean): void {
    this.status = 0
    this.apnsId = undefined
    this.uniqueId = undefined
    this.announced = -1
    this.malformed = false
    this.#others = undefined
    this.#isPush = isPush
    this.#regular = false
  }

  get others(): Others | undefined {
    return this.#others
  }

  field(name: string, value: string): void {
    if (name === "apns-id") this.apnsId = value.toLowerCase()
    else if (name === ":status") {
      this.malformed ||= this.#regular || this.status !== 0 || !/^[1-9]\d\d$/.test(value)
      this.status = Number(value)
      return
    } else {
      // A pseudo-field other than `:status` has no place in an answer (RFC 9113 8.3.2); nor has what 8.2.2 names.
      this.malformed ||= !fieldName.test(name) || ofOneHop.has(name)
      if (name === "apns-unique-id") this.uniqueId = value
      else if (name === "content-length") {
        const announced = /^\d{1,15}$/.test(value) ? Number(value) : -2
        this.malformed ||= announced === -2 || (this.announced >= 0 && this.announced !== announced)
        this.announced = announced
      }
    }
    if (!this.#isPush || this.status !== 200)
      (this.#others ??= Object.create(null) as Record<string, string>)[name] = value
    this.#regular = true
    this.malformed ||= brokenValue.test(value)
  }
}

/** What is kept of an answer that comes in more than one frame. */
export interface Part {
  readonly apnsId: string | undefined
  readonly uniqueId: string | undefined
  readonly others: Others | undefined
  /** What `content-length` leaves to come, or -1. */
  left: number
  body: Buffer
  kept: number
}

/** Refusals are short; what is longer is not Apple's, and is not kept. A list of channels is the longest answer there is. */
const mostPushBytes = 4096
const mostListBytes = 1 << 20

const nothing = Buffer.alloc(0)

export const part = (head: AnswerHead): Part => ({
  apnsId: head.apnsId,
  uniqueId: head.uniqueId,
  others: head.others,
  left: head.announced,
  body: nothing,
  kept: 0
})

/** Keeps as much of a piece of the body as there is room for. */
export const keep = (self: Part, bytes: Buffer, from: number, to: number, isPush: boolean): void => {
  const most = isPush ? mostPushBytes : mostListBytes
  const more = Math.min(to - from, most - self.kept)
  if (more <= 0) return
  if (self.kept + more > self.body.length) {
    const larger = Buffer.allocUnsafe(Math.min(most, Math.max(self.kept + more, 2 * self.body.length, 128)))
    self.body.copy(larger)
    self.body = larger
  }
  self.kept += bytes.copy(self.body, self.kept, from, from + more)
}
