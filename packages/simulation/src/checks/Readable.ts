import type { Check } from "./Check.ts"

/** Apple: 4096 bytes to a token, 5120 to a channel. */
const most = { token: 4096, channel: 5120 }

export const Readable: Check<null> = {
  name: "readable",
  claim: "every payload is within its size, and the app that it is for can read it",
  hears: ["Attempted", "Delivered"],
  begin: () => null,
  step: (_, entry) => {
    if (entry._tag === "Attempted" && entry.bytes > most[entry.route])
      return `${entry.pushId} has ${entry.bytes} bytes`
    return entry._tag === "Delivered" && entry.fate === "undecodable"
      ? `${entry.deviceId} could not read ${entry.pushId}`
      : null
  },
  look: (_, { phones }) =>
    phones.flatMap(({ deviceId, undecodable }) =>
      undecodable > 0 ? [`${deviceId} could not read ${undecodable} pushes`] : []
    )
}
