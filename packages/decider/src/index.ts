export * as Chance from "./Chance.ts"
export * as Instant from "./Instant.ts"
export { PersistentMap } from "./PersistentMap.ts"
export * as Step from "./Step.ts"
