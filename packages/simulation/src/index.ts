export * as EventLog from "./EventLog.ts"
