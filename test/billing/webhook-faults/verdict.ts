import { eq, like } from 'drizzle-orm';
import type { Database } from '../../../db/client.ts';
import { billingEffects, billingEvents, entitlements, subscriptions } from '../../../db/schema/billing.ts';
import { outbox } from '../../../db/schema/operations.ts';
import { usageBalances } from '../../../db/schema/usage.ts';
import { withSystemScope } from '../../../db/tx.ts';
import type { StripeEmulator } from '../../emulators/stripe/emulator.ts';
import type { Expected } from './account.ts';

/** Everything that was stored, read once. */
async function readAll(database: Database) {
  return withSystemScope(database, 'read', async ({ db }) => ({
    events: await db.select().from(billingEvents),
    started: await db
      .select({ eventId: outbox.eventId })
      .from(outbox)
      .where(like(outbox.eventId, 'billing.event:%')),
    current: await db.select().from(subscriptions).where(eq(subscriptions.isCurrent, true)),
    rights: await db.select().from(entitlements),
    effects: await db.select().from(billingEffects),
    balances: await db.select().from(usageBalances),
  }));
}

/** What is not as it must be: deliveries lost or doubled, customers without their rights, effects missing or done twice. */
export async function faultsOf(
  database: Database,
  emulator: StripeEmulator,
  { told, expected }: { told: readonly string[]; expected: readonly Expected[] },
): Promise<string[]> {
  const { events, started, current, rights, effects, balances } = await readAll(database);
  const faults: string[] = [];
  for (const id of told) {
    const rows = events.filter((row) => row.id === id);
    if (rows.length !== 1 || rows[0]?.state !== 'done')
      faults.push(`${id} is stored ${rows.length} times, ${rows[0]?.state}`);
    if (started.filter(({ eventId }) => eventId === `billing.event:${id}`).length !== 1)
      faults.push(`${id} did not start its processing once`);
  }
  for (const { orgId, subscriptionId, surplusId, prepaid } of expected) {
    const row = current.find((one) => one.orgId === orgId);
    const tier = rights.find((one) => one.orgId === orgId)?.tier;
    if (row?.id !== subscriptionId || row.status !== 'active' || tier !== 'repx3')
      faults.push(`${orgId} has ${row?.id} ${row?.status} ${tier}`);
    const granted = balances.find((one) => one.orgId === orgId)?.granted ?? 0;
    if (Number(granted) !== prepaid) faults.push(`${orgId} was given ${granted} units of ${prepaid}`);
    if (surplusId === null) continue;
    const endings = emulator.world.events.where(
      ({ type, data }) =>
        type === 'customer.subscription.deleted' && 'id' in data.object && data.object.id === surplusId,
    );
    const done = effects.filter((one) => one.key === `duplicate:${surplusId}` && one.doneAt !== null);
    if (endings.length !== 1 || done.length !== 1)
      faults.push(`${surplusId} was ended ${endings.length} times, on record ${done.length}`);
  }
  return faults;
}
