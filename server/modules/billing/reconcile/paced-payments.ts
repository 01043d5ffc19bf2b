import { Failure } from '../../../core/failure.ts';
import type { Pace } from '../../../integrations/payments/pace.ts';
import type { Payments } from '../../../integrations/payments/port.ts';

/** How long everybody in the background waits after the vendor said that we ask too much, when it names no time. */
const REST_MS = 30_000;

/** Payments whose calls wait for their turn: all that looking after customers in the background makes. */
export function pacedPayments(payments: Payments, pace: Pace): Payments {
  const paced =
    <A extends readonly unknown[], T>(call: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      await pace.turn();
      try {
        return await call(...given);
      } catch (error) {
        if (isThrottled(error)) pace.rest(REST_MS);
        throw error;
      }
    };
  const { walk } = payments;
  return {
    ...payments,
    findCustomer: paced(payments.findCustomer),
    listSubscriptions: paced(payments.listSubscriptions),
    listAddOnCheckouts: paced(payments.listAddOnCheckouts),
    cancelNow: paced(payments.cancelNow),
    walk: {
      listCustomers: paced(walk.listCustomers),
      latestEvent: paced(walk.latestEvent),
      listEvents: paced(walk.listEvents),
    },
  };
}

function isThrottled(error: unknown): boolean {
  const cause = error instanceof Failure ? error.detail.cause : error;
  return cause instanceof Error && 'statusCode' in cause && cause.statusCode === 429;
}
