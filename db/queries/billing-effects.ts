import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import { billingEffects } from '../schema/billing.ts';
import type { SystemScope } from '../scope.ts';

export interface BillingEffect {
  readonly key: string;
  readonly kind: string;
  readonly detail: Record<string, unknown>;
}

/** An organisation in the vendor's live or test mode. */
interface ModeOf {
  readonly orgId: string;
  readonly livemode: boolean;
}

/** Notes effects to be done; a key that was noted before, done or not, is not noted again. Resolves the new ones. */
export async function noteEffects(
  scope: SystemScope,
  { orgId, livemode }: ModeOf,
  effects: readonly BillingEffect[],
): Promise<string[]> {
  if (effects.length === 0) return [];
  const rows = await scope.db
    .insert(billingEffects)
    .values(effects.map((effect) => ({ ...effect, orgId, livemode })))
    .onConflictDoNothing()
    .returning({ key: billingEffects.key });
  return rows.map((row) => row.key);
}

/** An organisation's effects in a mode that are not done, oldest first. */
export async function listOpenEffects(
  scope: SystemScope,
  { orgId, livemode }: ModeOf,
): Promise<(BillingEffect & { createdAt: Date })[]> {
  return scope.db
    .select({
      key: billingEffects.key,
      kind: billingEffects.kind,
      detail: billingEffects.detail,
      createdAt: billingEffects.createdAt,
    })
    .from(billingEffects)
    .where(
      and(
        eq(billingEffects.orgId, orgId),
        eq(billingEffects.livemode, livemode),
        isNull(billingEffects.doneAt),
      ),
    )
    .orderBy(asc(billingEffects.createdAt), asc(billingEffects.key));
}

export async function finishEffect(scope: SystemScope, orgId: string, key: string): Promise<void> {
  await scope.db
    .update(billingEffects)
    .set({ doneAt: sql`now()` })
    .where(and(eq(billingEffects.orgId, orgId), eq(billingEffects.key, key)));
}

/** Adds prepaid units, once a source; false when this purchase was added before. */
export async function grantUnits(
  scope: SystemScope,
  grant: { orgId: string; livemode: boolean; meter: string; sourceId: string; quantity: number },
): Promise<boolean> {
  const { orgId, livemode, meter, sourceId, quantity } = grant;
  const rows = await scope.db.execute(sql`
    with given as (
      insert into usage_grants (org_id, meter, source_id, livemode, quantity)
      values (${orgId}, ${meter}, ${sourceId}, ${livemode}, ${quantity}::bigint)
      on conflict do nothing returning quantity
    )
    insert into usage_balances as b (org_id, meter, livemode, granted)
    select ${orgId}, ${meter}, ${livemode}::boolean, quantity from given
    on conflict (org_id, meter, livemode) do update set granted = b.granted + excluded.granted
    returning granted`);
  return rows.length === 1;
}

/** An organisation's effects of one kind in a mode, done or not. */
export async function listEffectsOf(
  scope: SystemScope,
  { orgId, livemode }: ModeOf,
  kind: string,
): Promise<{ key: string; isDone: boolean }[]> {
  return scope.db
    .select({ key: billingEffects.key, isDone: sql<boolean>`${billingEffects.doneAt} is not null` })
    .from(billingEffects)
    .where(
      and(
        eq(billingEffects.orgId, orgId),
        eq(billingEffects.livemode, livemode),
        eq(billingEffects.kind, kind),
      ),
    );
}

/** Takes back effects that are not done. */
export async function dropEffects(scope: SystemScope, orgId: string, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await scope.db
    .delete(billingEffects)
    .where(
      and(
        eq(billingEffects.orgId, orgId),
        inArray(billingEffects.key, [...keys]),
        isNull(billingEffects.doneAt),
      ),
    );
}
