import { Failure } from '../../core/failure.ts';
import { unscopedOperation } from '../../core/operation.ts';
import { Invoices, InvoicesInput, Portal, PortalInput } from './billing.contract.ts';
import { billingOf, customerOfCall, withCustomer } from './billing-access.ts';
import { checkReturnUrl } from './return-urls.ts';

/** Opens the payment service's own page for cards, invoices and cancellation. */
export const openPortal = unscopedOperation(
  {
    name: 'billing.portal',
    summary: 'Opens the page where cards, invoices and the plan are managed; send the browser to its url.',
    kind: 'mutation',
    needs: 'billing:write',
    input: PortalInput,
    output: Portal,
  },
  async (call, { returnUrl }) => {
    const deps = billingOf(call.ports);
    checkReturnUrl('returnUrl', returnUrl, call.ports.billing.returnUrls);
    const customerId = await customerOfCall(call, deps);
    if (customerId === null) throw new Failure('billing.no-subscription');
    await call.inScope('write', async (scoped) => scoped.audit(customerId));
    return { url: await withCustomer(call, deps, (id) => deps.payments.openPortal(id, returnUrl)) };
  },
);

/** The organisation's invoices, newest first; none before its first checkout. */
export const listInvoices = unscopedOperation(
  {
    name: 'billing.invoices',
    summary: 'The invoices of your organisation, newest first.',
    kind: 'query',
    needs: 'billing:read',
    input: InvoicesInput,
    output: Invoices,
  },
  async (call, { limit, after }) => {
    const deps = billingOf(call.ports);
    const customerId = await customerOfCall(call, deps);
    if (customerId === null) return { items: [], nextCursor: null };
    const page = { customerId, limit, after: after ?? null };
    const { invoices, more } = await deps.payments.listInvoices(page).catch((error) => {
      if (after === undefined || !(error instanceof Failure) || error.code !== 'billing.vendor-refused')
        throw error;
      throw new Failure('request.invalid', {
        fields: [{ path: 'after', message: 'is no cursor of this list' }],
      });
    });
    const items = invoices.map(({ id, date, description, amountCents, status, url }) => ({
      id,
      date: new Date(date).toISOString(),
      description,
      amount: amountCents,
      status,
      invoice_url: url,
    }));
    return { items, nextCursor: more ? (items.at(-1)?.id ?? null) : null };
  },
);
