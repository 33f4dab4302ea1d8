import type { Order } from "./Order.ts"

/** A client under test, connected. */
export interface Client {
  /** Sends what is handed out and reports on it. Resolves when the last answer is told. */
  readonly send: (hand: Hand, told: Told) => Promise<void>
  readonly close: () => Promise<void>
}

/** Hands out pushes by their numbers, from 0 on; each has a token and a body of its own. */
export interface Hand {
  /** -1 when there are no more. */
  readonly next: () => number
  readonly token: (nth: number) => string
  /** There are no more than this. */
  readonly most: number
}

export interface Told {
  readonly answered: (accepted: boolean) => void
  /** How long one of them took. */
  readonly took: (millis: number) => void
}

export type Connect = (order: Order) => Promise<Client>

/** One push in so many has its time taken, where each has a call of its own. */
export const oneIn = 20

/** For a client with a call for each push: so many callers, each with one under way. */
export const byCall =
  (underWay: number, call: (token: string, nth: number) => Promise<boolean>): Client["send"] =>
  async (hand, told) => {
    const caller = async () => {
      for (let nth = hand.next(); nth >= 0; nth = hand.next()) {
        const watch = nth % oneIn === 0
        const begun = watch ? performance.now() : 0
        told.answered(await call(hand.token(nth), nth))
        if (watch) told.took(performance.now() - begun)
      }
    }
    await Promise.all(Array.from({ length: Math.min(underWay, hand.most) }, caller))
  }
