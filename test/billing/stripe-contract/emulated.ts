import { StripeEmulator } from '../../emulators/stripe/emulator.ts';
import type { Stage } from './stage.ts';

/** A stage on an emulated account. */
export function emulatedStage(emulator = new StripeEmulator()): Stage {
  return {
    stripe: emulator.client(),
    run: 'emulated',
    lookEveryMs: 1,
    metersCount: () => emulator.advance(60),
  };
}
