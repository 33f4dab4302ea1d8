export * as Crowd from "./Crowd.ts"
export * as EventLog from "./EventLog.ts"
