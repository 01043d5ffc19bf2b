import { couponRoutes } from './catalog/coupon.ts';
import { priceRoutes } from './catalog/price.ts';
import { productRoutes } from './catalog/product.ts';
import { testClockRoutes } from './catalog/test-clock.ts';
import { sessionRoutes } from './checkout/session.ts';
import { customerRoutes } from './customers/customer.ts';
import { entitlementRoutes } from './entitlements/feature.ts';
import { destinationRoutes } from './events/destination.ts';
import { endpointRoutes } from './events/endpoint.ts';
import { eventRoutes } from './events/event.ts';
import { invoiceItemRoutes } from './invoices/item-routes.ts';
import { invoiceRoutes } from './invoices/routes.ts';
import { meterEventRoutes } from './meters/event.ts';
import { meterRoutes } from './meters/meter.ts';
import { intentRoutes } from './payments/intent.ts';
import { methodRoutes } from './payments/method.ts';
import { refundRoutes } from './payments/refund.ts';
import { portalRoutes } from './portal/session.ts';
import { scheduleRoutes } from './schedules/schedule.ts';
import { itemRoutes } from './subscriptions/item-routes.ts';
import { previewRoutes } from './subscriptions/preview.ts';
import { subscriptionRoutes } from './subscriptions/routes.ts';
import type { Route } from './wire/route.ts';

/** Every operation of the API that is emulated; of two that match, the first counts. */
export const routes: readonly Route[] = [
  ...productRoutes,
  ...priceRoutes,
  ...couponRoutes,
  ...customerRoutes,
  ...methodRoutes,
  ...intentRoutes,
  ...previewRoutes,
  ...invoiceRoutes,
  ...invoiceItemRoutes,
  ...refundRoutes,
  ...portalRoutes,
  ...subscriptionRoutes,
  ...itemRoutes,
  ...scheduleRoutes,
  ...sessionRoutes,
  ...eventRoutes,
  ...meterRoutes,
  ...meterEventRoutes,
  ...entitlementRoutes,
  ...endpointRoutes,
  ...destinationRoutes,
  ...testClockRoutes,
];
