export * as Crowd from "./Crowd.ts"
export * as EventLog from "./EventLog.ts"
export * as World from "./World.ts"
