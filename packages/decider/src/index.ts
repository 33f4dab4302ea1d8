export * as Chance from "./Chance.ts"
export * as Instant from "./Instant.ts"
export * as Step from "./Step.ts"
