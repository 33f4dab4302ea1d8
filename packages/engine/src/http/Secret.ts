import { Effect } from "effect"

/** A name that nobody guesses: 122 bits of chance, in 32 hex digits. */
export const random: Effect.Effect<string> = Effect.sync(() =>
  globalThis.crypto.randomUUID().replaceAll("-", "")
)

/** SHA-256, as hex digits: a name for something that cannot be read back from it. */
export const digest = (text: string): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
    (bytes) => hex(new Uint8Array(bytes))
  )

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
