import { z } from 'zod';
import { meterNames } from '../../core/meters.ts';
import { tiers } from '../../core/tiers.ts';

export const MeterUsage = z
  .object({
    used: z.int().describe('Used in this window, with what is set aside for work under way.'),
    limit: z.int().nullable().describe('What the plan includes in one window; null is unlimited.'),
    remaining: z.int().nullable(),
    prepaid: z.int().nullable().describe('Bought units that are left; null where none can be bought.'),
    window: z.enum(['day', 'month']).describe('In UTC.'),
    resetsAt: z.iso.datetime(),
  })
  .meta({ id: 'MeterUsage' });
export type MeterUsage = z.output<typeof MeterUsage>;

export const UsageSummary = z
  .object({
    tier: z.enum(tiers),
    meters: z.record(z.enum(meterNames), MeterUsage),
    scansUsed: z.int().describe('Research scans of today.'),
    scansRemaining: z.int().nullable(),
    dailyLimit: z.int().nullable(),
    upgradeAvailable: z.boolean().describe('Whether a higher plan has more scans a day.'),
    resetsAt: z.iso.datetime().describe('When the scans of a day begin anew: midnight UTC.'),
  })
  .meta({ id: 'UsageSummary' });
export type UsageSummary = z.output<typeof UsageSummary>;
