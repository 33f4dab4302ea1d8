import type { Activities } from "@sightscreen/store"

/** A Live Activity as its owner is told of it: no token. */
export const standing = (row: Activities.Activity) => ({
  activityId: row.activityId,
  matchId: row.matchId,
  deviceId: row.deviceId,
  generation: row.generation,
  status: row.status,
  listens:
    row.updateToken !== null ? ("token" as const) : row.channelId !== null ? ("channel" as const) : null,
  activeSince: row.activeSince,
  updatedAt: row.updatedAt
})
