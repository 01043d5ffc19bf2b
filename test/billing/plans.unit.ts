import { describe, expect, test } from 'vitest';
import { includedUnits, windowEnd } from '../../server/core/meters.ts';
import { features, limitNames, plans, requiredTierFor, tierWithMore } from '../../server/core/plans.ts';
import { parseTier, rankOf, TierInput, tiers } from '../../server/core/tiers.ts';

describe('the catalogue', () => {
  test('has the prices and limits of the product decisions', () => {
    const row = (of: (tier: (typeof tiers)[number]) => unknown) => tiers.map(of);
    expect(row((tier) => plans[tier].cents.monthly)).toEqual([0, 9700, 19700, 29700, 49700, 99700]);
    expect(row((tier) => plans[tier].cents.annual)).toEqual(row((tier) => plans[tier].cents.monthly * 10));
    expect(row((tier) => plans[tier].limits.agentSecondsPerSession)).toEqual([30, 60, 300, 900, 1800, null]);
    expect(row((tier) => includedUnits('aiQueries', tier))).toEqual([10, 50, 100, 500, 1000, null]);
    expect(row((tier) => includedUnits('researchScans', tier))).toEqual([0, 0, 10, 25, 50, null]);
    expect(row((tier) => includedUnits('emails', tier))).toEqual([0, 100, 500, 2000, null, null]);
    expect(row((tier) => includedUnits('calls', tier))).toEqual([0, 100, 200, 400, 800, null]);
    expect(row((tier) => includedUnits('transcriptions', tier))).toEqual([5, 100, 200, 400, 800, null]);
    expect(row((tier) => plans[tier].limits.phoneNumbersHeld)).toEqual([0, 0, 0, 1, 3, 10]);
    expect(row((tier) => plans[tier].apps.includes('canvas'))).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
  });

  test.each([
    ['phoneAccess', 'repx1'],
    ['emailAccess', 'repx1'],
    ['smsAccess', 'repx2'],
    ['canvasScan', 'repx2'],
    ['twilioProvisioning', 'repx3'],
    ['callRecording', 'repx3'],
    ['voicemail', 'repx3'],
    ['territoryIntelligence', 'repx3'],
    ['gmailIntegration', 'repx4'],
    ['bulkEmail', 'repx4'],
    ['advancedAnalytics', 'repx4'],
    ['whiteLabel', 'repx5'],
    ['customDomain', 'repx5'],
    ['apiAccess', 'repx5'],
  ] as const)('%s opens at %s and stays open above', (feature, tier) => {
    expect(requiredTierFor(feature)).toBe(tier);
    for (const each of tiers) expect(plans[each].features[feature]).toBe(rankOf(each) >= rankOf(tier));
  });

  test('opens a feature exactly where its limit begins', () => {
    for (const tier of tiers) {
      expect(plans[tier].features.emailAccess).toBe(plans[tier].limits.emailsPerMonth !== 0);
      expect(plans[tier].features.phoneAccess).toBe(plans[tier].limits.callsPerMonth !== 0);
      expect(plans[tier].features.canvasScan).toBe(plans[tier].limits.researchScansPerDay !== 0);
      expect(plans[tier].features.twilioProvisioning).toBe(plans[tier].limits.phoneNumbersHeld !== 0);
    }
  });

  test('never gives a higher tier less', () => {
    tiers.slice(1).forEach((tier, index) => {
      const below = plans[tiers[index] ?? 'repx0'];
      for (const name of limitNames) {
        const [lower, higher] = [below.limits[name], plans[tier].limits[name]];
        expect((higher ?? Number.POSITIVE_INFINITY) >= (lower ?? Number.POSITIVE_INFINITY)).toBe(true);
      }
      for (const name of features) expect(below.features[name] && !plans[tier].features[name]).toBe(false);
    });
  });

  test('names the next tier that really has more', () => {
    expect(tierWithMore('repx0', 'aiQueriesPerMonth')).toBe('repx1');
    expect(tierWithMore('repx0', 'researchScansPerDay')).toBe('repx2');
    expect(tierWithMore('repx0', 'phoneNumbersHeld')).toBe('repx3');
    expect(tierWithMore('repx4', 'emailsPerMonth')).toBeUndefined();
    expect(tierWithMore('repx5', 'phoneNumbersHeld')).toBeUndefined();
  });
});

describe('a tier as input', () => {
  test.each([
    ['rep0', 'repx0'],
    ['rep5', 'repx5'],
    ['free', 'repx0'],
    ['explorer', 'repx1'],
    ['professional', 'repx2'],
    ['growth', 'repx3'],
    ['business', 'repx3'],
    ['enterprise', 'repx4'],
    ['elite', 'repx5'],
    ['repx3', 'repx3'],
  ])('may be spelled %s and is %s', (spelling, tier) => {
    expect(TierInput.parse(spelling)).toBe(tier);
    expect(parseTier(spelling)).toBe(tier);
  });

  test('is refused in any other spelling', () => {
    for (const wrong of ['repx6', 'REPX1', 'gold', '', 'toString', '__proto__']) {
      expect(TierInput.safeParse(wrong).success).toBe(false);
      expect(parseTier(wrong)).toBeNull();
    }
  });
});

describe('windows in UTC', () => {
  test.each([
    ['day', '2028-02-28T23:59:59.999Z', '2028-02-29T00:00:00.000Z'],
    ['day', '2028-02-29T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    ['day', '2026-12-31T12:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['month', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'],
    ['month', '2027-01-01T00:00:00.000Z', '2027-02-01T00:00:00.000Z'],
    ['month', '2028-02-29T10:00:00.000Z', '2028-03-01T00:00:00.000Z'],
  ] as const)('the %s of %s ends at %s', (kind, at, end) => {
    expect(new Date(windowEnd(kind, Date.parse(at))).toISOString()).toBe(end);
  });

  test('every window of ten years ends after its instants, in the next day or month', () => {
    const start = Date.parse('2026-01-01T00:00:00Z');
    for (let day = 0; day < 3653; day += 1) {
      const at = start + day * 86_400_000 + (day % 24) * 3_600_000;
      const [dayEnd, monthEnd] = [windowEnd('day', at), windowEnd('month', at)];
      expect(dayEnd - at).toBeGreaterThan(0);
      expect(dayEnd - at).toBeLessThanOrEqual(86_400_000);
      expect(new Date(monthEnd).getUTCDate()).toBe(1);
      expect(new Date(monthEnd - 1).getUTCMonth()).toBe(new Date(at).getUTCMonth());
    }
  });
});
