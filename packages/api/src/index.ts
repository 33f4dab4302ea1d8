export * as Api from "./Api.ts"
export * as Authorization from "./Authorization.ts"
export * as Problems from "./Problems.ts"
