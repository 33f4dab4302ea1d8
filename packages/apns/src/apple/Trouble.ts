import type { Environment } from "../Handling.ts"
import * as Dice from "./Dice.ts"

/**
 * Which requests meet trouble, by script and by chance.
 *
 * What the trouble is, each form of the model Apple says for itself; whom it befalls, and how often, is decided here. Chance
 * comes from a seed in the state.
 */
export interface Trouble<Fault extends Target> {
  readonly faults: ReadonlyArray<Armed<Fault>>
  readonly seed: number
}

interface Armed<Fault> {
  readonly fault: Fault
  /** How many requests it has been meant for, and how many it has befallen. */
  readonly met: number
  readonly befallen: number
}

/** Whom a fault befalls: everybody where nothing is said. Where tokens or channels are given, requests about those alone. */
export interface Target {
  readonly tokens?: ReadonlySet<string>
  readonly channels?: ReadonlySet<string>
  readonly errands?: ReadonlyArray<Errand>
  readonly environment?: Environment
  /** Spares the first so many of those it is meant for. */
  readonly after?: number
  /** Is over once it has befallen so many. */
  readonly times?: number
  /** How often it befalls who is left; always where absent. */
  readonly chance?: number
}

/** What a request is for: a push to a token, a publish to a channel, or the care of channels. */
export type Errand = "push" | "publish" | "management"

/** What can be told of a request before anybody has looked into it. */
export interface Case {
  readonly errand: Errand
  readonly environment: Environment
  readonly token: string | undefined
  readonly channelId: string | undefined
}

export const make = <Fault extends Target>(faults: ReadonlyArray<Fault>, seed: number): Trouble<Fault> => ({
  faults: faults.map((fault) => ({ fault, met: 0, befallen: 0 })),
  seed
})

export const add = <Fault extends Target>(self: Trouble<Fault>, fault: Fault): Trouble<Fault> => ({
  ...self,
  faults: [...self.faults, { fault, met: 0, befallen: 0 }]
})

/** The fault that befalls a request: the first that does. */
export const next = <Fault extends Target>(
  self: Trouble<Fault>,
  it: Case
): readonly [Trouble<Fault>, Fault | null] => {
  if (self.faults.length === 0) return [self, null]
  let seed = self.seed
  let hit: Fault | null = null
  const faults: Array<Armed<Fault>> = []
  for (const armed of self.faults) {
    if (hit !== null || !isMeant(armed.fault, it)) {
      faults.push(armed)
      continue
    }
    const { after = 0, chance = 1, times = Number.POSITIVE_INFINITY } = armed.fault
    const met = armed.met + 1
    const [rolled, happens] = met <= after ? [seed, false] : Dice.roll(seed, chance)
    seed = rolled
    const befallen = armed.befallen + (happens ? 1 : 0)
    if (happens) hit = armed.fault
    if (befallen < times) faults.push({ fault: armed.fault, met, befallen })
  }
  return [{ faults, seed }, hit]
}

const isMeant = ({ channels, environment, errands, tokens }: Target, it: Case): boolean =>
  errands?.includes(it.errand) !== false &&
  (environment === undefined || environment === it.environment) &&
  ((tokens === undefined && channels === undefined) ||
    (it.token !== undefined && tokens?.has(it.token) === true) ||
    (it.channelId !== undefined && channels?.has(it.channelId) === true))

const device = /^\/3\/device\/([^/?#]+)$/

/** Reads the outside of a request. */
export const caseOf = (request: {
  readonly environment: Environment
  readonly role: "push" | "management"
  readonly path: string
  readonly channelId: string | undefined
}): Case => ({
  environment: request.environment,
  errand:
    request.role === "management"
      ? "management"
      : request.path.startsWith("/4/broadcasts")
        ? "publish"
        : "push",
  token: device.exec(request.path)?.[1]?.toLowerCase(),
  channelId: request.channelId
})
