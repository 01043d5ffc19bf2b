import { Failure } from '../../core/failure.ts';
import { includedUnits } from '../../core/meters.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { beginCheckout } from './begin-checkout.ts';
import { BuyAddOnInput, Checkout, CheckoutInput } from './billing.contract.ts';
import { billingOf } from './billing-access.ts';
import { currentEntitlements } from './current-entitlements.ts';
import { checkReturnUrl } from './return-urls.ts';

/** Opens the page where the caller's organisation buys a plan; the price follows from tier and cycle alone. */
export const openCheckout = unscopedOperation(
  {
    name: 'billing.checkout',
    summary: 'Opens the page where your organisation buys a plan; send the browser to its url.',
    kind: 'mutation',
    needs: 'billing:write',
    input: CheckoutInput,
    output: Checkout,
  },
  (call, { tier, billingCycle, cycle, successUrl, cancelUrl }) => {
    const deps = billingOf(call.ports);
    const { returnUrls } = call.ports.billing;
    checkReturnUrl('successUrl', successUrl, returnUrls);
    checkReturnUrl('cancelUrl', cancelUrl, returnUrls);
    const purchase = { kind: 'plan', tier, cycle: billingCycle ?? cycle ?? 'monthly' } as const;
    return beginCheckout(call, deps, { purchase, successUrl, cancelUrl });
  },
);

/** Opens the page where the caller's organisation buys prepaid units beyond its plan. */
export const buyAddOn = unscopedOperation(
  {
    name: 'billing.buyAddOn',
    summary:
      'Opens the page where your organisation buys units beyond its plan; they do not end with a month.',
    kind: 'mutation',
    needs: 'billing:write',
    input: BuyAddOnInput,
    output: Checkout,
  },
  async (call, { addOn, quantity, successUrl, cancelUrl }) => {
    const deps = billingOf(call.ports);
    const { spend, tier } = await call.inScope('read', currentEntitlements);
    // Whoever may spend nothing, or without a limit, could not use what they buy.
    if (spend === 'none') throw new Failure('billing.read-only');
    if (includedUnits(addOn, tier) === null) throw new Failure('billing.unlimited');
    const { returnUrls } = call.ports.billing;
    checkReturnUrl('successUrl', successUrl, returnUrls);
    checkReturnUrl('cancelUrl', cancelUrl, returnUrls);
    const purchase = { kind: 'add-on', meter: addOn, quantity } as const;
    return beginCheckout(call, deps, { purchase, successUrl, cancelUrl });
  },
);
