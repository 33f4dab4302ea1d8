import type { Detector } from "../Detector.ts"
import { BatterOnFire } from "./BatterOnFire.ts"
import { BowlerOnFire } from "./BowlerOnFire.ts"
import { ConsecutiveSixes } from "./ConsecutiveSixes.ts"
import { Fifty } from "./Fifty.ts"
import { Four } from "./Four.ts"
import { HatTrick } from "./HatTrick.ts"
import { Hundred } from "./Hundred.ts"
import { InningsEnd } from "./InningsEnd.ts"
import { Maiden } from "./Maiden.ts"
import { MatchEnd } from "./MatchEnd.ts"
import { NewBatter } from "./NewBatter.ts"
import { Nineties } from "./Nineties.ts"
import { OnHatTrick } from "./OnHatTrick.ts"
import { Six } from "./Six.ts"
import { Wicket } from "./Wicket.ts"

/** Everything we notice. Adding a detector is one file and one line here. */
export const detectors: ReadonlyArray<Detector> = [
  MatchEnd,
  InningsEnd,
  Hundred,
  Nineties,
  Fifty,
  BatterOnFire,
  BowlerOnFire,
  Wicket,
  NewBatter,
  HatTrick,
  OnHatTrick,
  ConsecutiveSixes,
  Maiden,
  Six,
  Four
]
