import type { Connect } from "../Client.ts"

/** Every client there is to measure. Each is loaded alone: what one brings must not be in another's memory. */
export const clients: Readonly<Record<string, () => Promise<Connect>>> = {
  sendMany: async () => (await import("./Ours.ts")).sendMany,
  send: async () => (await import("./Ours.ts")).send,
  "node:http2": async () => (await import("./NodeHttp2.ts")).connect,
  "node-apn": async () => (await import("./NodeApn.ts")).connect,
  apns2: async () => (await import("./Apns2.ts")).connect,
  hapns: async () => (await import("./Hapns.ts")).connect
}
