import type { Stripe } from 'stripe';
import type { Pace } from '../pace.ts';

/** How long everybody at this pace waits after Stripe said that we ask too much. */
const REST_MS = 30_000;

type Client = Stripe.HttpClient;

/** The SDK's way out, on which each request waits for its turn: every page of a list and every repetition. */
export function pacedClient(client: Client, pace: Pace): Pick<Client, 'getClientName' | 'makeRequest'> {
  return {
    getClientName: () => client.getClientName(),
    async makeRequest(...given) {
      await pace.turn();
      const response = await client.makeRequest(...given);
      if (response.getStatusCode() === 429) pace.rest(REST_MS);
      return response;
    },
  };
}
