import { mutation, query, router } from '../../rpc/trpc.ts';
import { cancelPlan, changePlan, previewPlan, resumePlan } from './change-plan.ts';
import { listPlans } from './list-plans.ts';
import { buyAddOn, openCheckout } from './open-checkout.ts';
import { listInvoices, openPortal } from './open-portal.ts';

export const billingRouter = router({
  plans: query(listPlans),
  checkout: mutation(openCheckout),
  buyAddOn: mutation(buyAddOn),
  previewPlan: query(previewPlan),
  changePlan: mutation(changePlan),
  cancel: mutation(cancelPlan),
  resume: mutation(resumePlan),
  portal: mutation(openPortal),
  invoices: query(listInvoices),
});
