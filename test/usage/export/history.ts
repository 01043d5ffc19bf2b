import type { Metering } from '../../../server/integrations/payments/metering.ts';
import { checkExport } from '../../../server/modules/usage/export/check-export.ts';
import type { ExportDeps } from '../../../server/modules/usage/export/export-deps.ts';
import { DAY, Exporting, HOUR } from './exporting.ts';

/** Numbers from a seed, 0 up to 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a mistake changes in the export; the identity for none. */
export type Mistake = (deps: ExportDeps, world: Exporting) => ExportDeps;

export interface Ending {
  readonly ledger: number;
  readonly counted: number;
  readonly parked: number;
  readonly pending: number;
  readonly isSound: boolean;
}

/** Plays two days of use with faults, outages, kills and late use, then lets everything settle. */
export async function playHistory(seed: number, mistake: Mistake = (deps) => deps): Promise<Ending> {
  const world = await Exporting.start();
  const chance = random(seed);
  const deps = mistake(world.deps(), world);
  let downUntil = 0;
  for (let hour = 0; hour < 48; hour += 1 + Math.floor(chance() * 5)) {
    for (let uses = Math.floor(chance() * 3); uses > 0; uses -= 1)
      await world.use(1 + Math.floor(chance() * 9), chance() < 0.2 ? chance() * 10 * HOUR : 0);
    if (world.now >= downUntil) world.stripe.api.faults.clear();
    if (world.now >= downUntil && chance() < 0.3) downUntil = world.now + beginOutage(world, chance);
    const dies = chance() < 0.15;
    await world.turn(dies ? { ...deps, metering: dying(deps.metering, chance) } : deps).catch((error) => {
      if (!dies) throw error;
    });
    await world.pass((1 + Math.floor(chance() * 5)) * HOUR - Math.floor(chance() * 3_000_000));
  }
  world.stripe.api.faults.clear();
  for (let rest = 0; rest < 4; rest += 1) {
    await world.pass(DAY + HOUR);
    await world.turn(deps);
  }
  await world.pass(HOUR);
  const { parked, pending, isSound } = await checkExport(deps);
  return { ledger: await world.ledger(), counted: world.counted(), parked, pending, isSound };
}

/** Makes the vendor fail in one way, for up to 30 hours; resolves for how long, in ms. */
function beginOutage(world: Exporting, chance: () => number): number {
  const kinds = [
    { kind: 'reset', at: 'after' },
    { kind: 'reset', at: 'before' },
    { kind: 'status', status: 500, at: 'after' },
    { kind: 'status', status: 503, at: 'before' },
    { kind: 'status', status: 429, retryAfter: 60 },
    { kind: 'half-body' },
  ] as const;
  const fault = kinds[Math.floor(chance() * kinds.length)] ?? kinds[0];
  world.stripe.fail({ method: 'POST', path: /meter_events$/, times: Number.POSITIVE_INFINITY, ...fault });
  return chance() < 0.5 ? 2 * HOUR : 30 * HOUR;
}

/** A process that dies before or after the vendor has done its work. */
function dying(metering: Metering, chance: () => number): Metering {
  return {
    ...metering,
    send: async (event) => {
      if (chance() < 0.5) await metering.send(event);
      throw new Error('killed');
    },
  };
}
