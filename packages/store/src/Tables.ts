/** Every table that migrations make, in an order in which they can be filled. What is backed up is what is listed here. */
export const names = [
  "fixtures",
  "active_matches",
  "editions",
  "follows",
  "devices",
  "push_tokens",
  "activities",
  "deliveries",
  "recoveries",
  "notices",
  "broadcast_channels",
  "decisions",
  "orders",
  "api_keys",
  "requests",
  "preferences",
  "followed_teams",
  "shared_states",
  "webhooks",
  "webhook_messages",
  "rate_counts"
] as const

/** Every function that migrations make. */
export const functions = ["register_push_tokens"] as const

/** Where migrations keep what has been done. */
export const ledger = "sightscreen_migrations"
