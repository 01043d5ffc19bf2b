import { changeScenarios } from './change.scenarios.ts';
import { lifeScenarios } from './life.scenarios.ts';
import type { Scenario } from './stage.ts';
import { wireScenarios } from './wire.scenarios.ts';

/** All that is played on the emulator, and on Stripe's test mode where a key is given. */
export const scenarios: readonly Scenario[] = [...lifeScenarios, ...changeScenarios, ...wireScenarios];
