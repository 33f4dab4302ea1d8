import type { Handset } from "@sightscreen/handset"

/** Keeps each distinct state of a screen once, and names it by its place. */
export interface Screens {
  readonly all: Array<Readonly<Record<string, unknown>>>
  readonly places: Map<string, number>
}

export const empty = (): Screens => ({ all: [], places: new Map() })

export const placeOf = (self: Screens, { content, stale }: Handset.Shown): number => {
  const screen = { ...content, stale }
  const text = JSON.stringify(screen)
  const known = self.places.get(text)
  if (known !== undefined) return known
  self.places.set(text, self.all.length)
  self.all.push(screen)
  return self.all.length - 1
}
