import { unscopedOperation } from '../../core/operation.ts';
import { addressKey } from '../../integrations/limits/address.ts';
import { limitRules } from '../../integrations/limits/rules.ts';
import { spend } from '../../integrations/limits/spend.ts';
import { AccessTokenView, StartGuestInput } from './identity.contract.ts';

/** Gives a visitor without an account a tenant and a token of its own; limited by address. */
export const startGuest = unscopedOperation(
  {
    name: 'identity.startGuest',
    summary: 'Starts a guest: a token to talk to public agents without an account.',
    kind: 'mutation',
    needs: 'public',
    input: StartGuestInput,
    output: AccessTokenView,
  },
  async (call, input) => {
    const subject = addressKey(call.address);
    await spend(call.ports.limiter, { rule: limitRules.guestStarts, subject });
    const { requestId } = call;
    const token = await call.ports.identity.startGuest({ app: input?.app ?? call.app, requestId });
    return { accessToken: token.accessToken, expiresAt: new Date(token.expiresAt).toISOString() };
  },
);
