import type { Recording } from "@sightscreen/feed"
import { FastGear, type FaultKind, type Run, type Scenario, TrueGear } from "@sightscreen/simulation"

/** Both ways to run a scenario, by name. */
export const gears: Readonly<
  Record<
    FaultKind.Gear,
    (scenario: Scenario.Scenario, recording: Recording.Recording, wants?: Run.Wants) => Run.Run
  >
> = { fast: FastGear.run, true: TrueGear.run }
