import { it } from 'vitest';
import { emulatedStage } from './emulated.ts';
import { scenarios } from './scenarios.ts';

it.each(scenarios)('on the emulator: $name', async ({ play }) => {
  await play(emulatedStage());
});
