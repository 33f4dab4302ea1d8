import type { Delivery, ModelTransport, ProviderToken, Transport } from "@sightscreen/apns"
import type { Handset } from "@sightscreen/handset"
import type { Clock, Layer } from "effect"
import type { Errand } from "./Errand.ts"

/**
 * What stands between the parts of a world, where anything stands there: between a process and Apple, Apple and the phones,
 * the phones and the server, a process and its clock; and who looks on. Everything may be left out.
 *
 * Nothing here may throw. Whoever looks on is told in the order in which things happen.
 */
export interface Between {
  /** Between a process and Apple. */
  readonly line?: (
    real: Transport.Transport["Service"],
    apple: ModelTransport.Apple,
    process: number
  ) => Transport.Transport["Service"]
  /** Where a process has its bearer tokens from. */
  readonly bearers?: (process: number) => Layer.Layer<ProviderToken.ProviderToken>
  /** What a process takes for the time. */
  readonly clockOf?: (process: number, real: Clock.Clock) => Clock.Clock
  /** How many milliseconds each copy of it takes on top: one copy and 0 as a rule, none for what is lost. */
  readonly travel?: (delivered: Delivery.Delivered | Delivery.Reached) => ReadonlyArray<number>
  /** How an attempt at an errand goes; attempts count from 1. */
  readonly trip?: (report: string, errand: Errand, attempt: number) => Trip

  readonly started?: (process: number) => void
  readonly asked?: (report: string, errand: Errand) => void
  readonly acknowledged?: (report: string, process: number, attempts: number) => void
  readonly said?: (deviceId: string, output: Handset.Output) => void
  /** The phone as it was and as it is; both null where there is no such phone, or where it was out of reach by then. */
  readonly arrived?: (
    delivered: Delivery.Delivered | Delivery.Reached,
    deviceId: string,
    before: Handset.Handset | null,
    after: Handset.Handset | null
  ) => void
}

/** One attempt at an errand. */
export interface Trip {
  readonly delayMillis: number
  /** It does not get there, or its answer does not come back. */
  readonly lost: "there" | "back" | null
  /** It gets there a second time, so many milliseconds after the first; null where it does not. */
  readonly twice: number | null
  /** What comes after it goes ahead. */
  readonly aside: boolean
}

export const straight: Trip = { delayMillis: 0, lost: null, twice: null, aside: false }
