import { deciders } from "./Deciders.ts"
import type { Mutant } from "./Mutant.ts"
import { shell } from "./Shell.ts"

export { type Mutant, plant, type World } from "./Mutant.ts"

/** Every bug that can be planted. */
export const all: ReadonlyArray<Mutant> = [...deciders, ...shell]

export const find = (name: string): Mutant | undefined => all.find((one) => one.name === name)
