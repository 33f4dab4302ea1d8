import type { Check } from "./Check.ts"

/** A phone counts by itself when two activities of a match have stood side by side for longer than a renewal takes. */
export const OneActivity: Check<null> = {
  name: "one-activity",
  claim: "a phone has at most one live activity of a match, but for a minute while one is renewed",
  hears: [],
  begin: () => null,
  step: () => null,
  look: (_, { phones }) =>
    phones.flatMap(({ deviceId, doubled }) =>
      doubled > 0 ? [`${deviceId} had two activities side by side, ${doubled} times`] : []
    )
}
