/** Names the bug that a process is to have. */
export const variable = "SIGHTSCREEN_MUTANT"
