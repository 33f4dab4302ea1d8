import type { Instant } from "@sightscreen/decider"
import { App, Handset, type Push, type Registration } from "@sightscreen/handset"

/**
 * Many phones, each found by the tokens that it has given out.
 *
 * It only passes on: what a phone does is the phone's affair, and where reports go is the world's.
 */
export class Crowd {
  readonly #phones = new Map<string, Handset.Handset>()
  readonly #byToken = new Map<string, string>()

  constructor(phones: Iterable<Handset.Handset>) {
    for (const phone of phones) {
      this.#phones.set(phone.deviceId, phone)
      for (const token of tokensOf(phone)) this.#byToken.set(token, phone.deviceId)
    }
  }

  /** In the order in which they were made. */
  get phones(): ReadonlyArray<Handset.Handset> {
    return [...this.#phones.values()]
  }

  phone(deviceId: string): Handset.Handset | undefined {
    return this.#phones.get(deviceId)
  }

  hear(deviceId: string, input: Handset.Input): ReadonlyArray<Handset.Output> {
    const phone = this.#phones.get(deviceId)
    if (phone === undefined) return []
    const [next, outputs] = Handset.step(phone, input)
    this.#phones.set(deviceId, next)
    for (const output of outputs) {
      if (output._tag === "StartTokenReported" || output._tag === "UpdateTokenReported") {
        this.#byToken.set(output.token, deviceId)
      }
    }
    return outputs
  }

  /** To whoever has the token; nobody, where Apple knows a token that no phone has. */
  deliver(
    token: string,
    push: Push.Push,
    at: Instant.Instant
  ): { readonly deviceId: string; readonly outputs: ReadonlyArray<Handset.Output> } | null {
    const deviceId = this.#byToken.get(token)
    return deviceId === undefined
      ? null
      : { deviceId, outputs: this.hear(deviceId, { _tag: "Delivered", push, at }) }
  }

  /** Tells the time to the phones that have something due. */
  tick(
    at: Instant.Instant
  ): ReadonlyArray<{ readonly deviceId: string; readonly outputs: ReadonlyArray<Handset.Output> }> {
    const said = []
    for (const [deviceId, phone] of this.#phones) {
      const due = Handset.nextDue(phone)
      if (due === null || due > at) continue
      const outputs = this.hear(deviceId, { _tag: "Ticked", at })
      if (outputs.length > 0) said.push({ deviceId, outputs })
    }
    return said
  }
}

const tokensOf = (phone: Handset.Handset): ReadonlyArray<string> => [
  ...(phone.tokens.start === null ? [] : [phone.tokens.start]),
  ...phone.activities.flatMap(({ address }) => (address._tag === "Token" ? [address.token] : []))
]

/** So many phones out of their boxes; which is which follows from the seed. */
export const make = (count: number, seed: string, os: Registration.OsVersion): Crowd =>
  new Crowd(
    Array.from({ length: count }, (_, index) => {
      const name = `${index + 1}`.padStart(`${count}`.length, "0")
      return Handset.make({ deviceId: `phone-${name}`, os, app: App.current, seed: `${seed}/${name}` })
    })
  )
