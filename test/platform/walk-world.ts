import { randomUUID } from 'node:crypto';
import { invitationLink } from '../../server/modules/organisations/invitation-link.ts';
import { appUrl, type StripeBackend, stripeBackend } from '../billing/stripe-backend.ts';
import type { Answer, SignedIn, TestBackend } from '../support/backend.ts';
import { colleague, dataOf, switchTo } from '../support/members.ts';
import { type Followed, follow } from './follow.ts';
import { procedures } from './procedures.ts';

/** A word of the owner's data that nobody else may read. */
export const SECRET_WORD = 'pelican';

/** What the owner's organisation has, as ids a stranger might have seen. */
export interface Owned {
  readonly orgId: string;
  readonly userId: string;
  readonly conversationId: string;
  readonly runId: string;
  readonly sessionId: string;
  readonly invitationId: string;
  readonly keyId: string;
  readonly dataRequestId: string;
  readonly personalRequestId: string;
  readonly invitationToken: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly invoiceId: string;
}

export interface WalkWorld extends AsyncDisposable {
  readonly server: TestBackend;
  /** The payment service, where owner and stranger have a subscription each. */
  readonly billing: StripeBackend;
  readonly owner: SignedIn;
  readonly stranger: SignedIn;
  readonly owned: Owned;
  /** The ids of the events of the owner's run, as a viewer resumes after them. */
  readonly runEventIds: readonly string[];
  /** A rep of the owner's organisation. */
  readonly colleague: SignedIn;
  /** A person who has a conversation in one of their organisations and works in another now. */
  readonly elsewhere: { readonly token: string; readonly owned: Pick<Owned, 'conversationId' | 'runId'> };
  /** Calls any procedure by path with the right method. */
  call(path: string, input: unknown, token: string, headers?: Record<string, string>): Promise<Answer>;
}

/** An owner with two rows of everything that is listed, and a stranger in an organisation of their own. */
export async function walkWorld(): Promise<WalkWorld> {
  const billing = await stripeBackend();
  const { server } = billing;
  server.backend.engine.start();
  const owner = await server.signIn();
  const stranger = await server.signIn();
  const call: WalkWorld['call'] = (path, input, token, headers = {}) => {
    const isMutation = procedures.find((one) => one.path === path)?.type === 'mutation';
    return isMutation
      ? server.mutate(path, input, { token, headers })
      : server.query(path, input, { token, headers });
  };
  const act = async <T>(path: string, input: unknown) => dataOf<T>(await call(path, input, owner.token));
  const ask = { agentId: 'harvey-specter', message: `The ${SECRET_WORD} account` };
  const { conversationId, runId } = await act<Pick<Owned, 'conversationId' | 'runId'>>('runs.start', {
    ...ask,
    clientKey: randomUUID(),
  });
  await act('runs.start', { ...ask, clientKey: randomUUID() });
  const invited = await act<{ id: `inv_${string}` }>('organisations.invite', {
    email: `${SECRET_WORD}@example.com`,
  });
  await act('organisations.invite', { email: `${SECRET_WORD}-two@example.com` });
  const key = { name: SECRET_WORD, scopes: ['run:read'] };
  const made = await act<{ apiKey: { id: string } }>('apiKeys.create', key);
  await act('apiKeys.create', key);
  const ofOrganisation = await act<{ id: string }>('organisationData.requestExport', undefined);
  const ofPerson = await act<{ id: string }>('personalData.requestExport', undefined);
  await buyPlan(billing, stranger, { tier: 'repx2' });
  await buyPlan(billing, owner, { tier: 'repx3' });
  await act('billing.changePlan', { tier: 'repx5', billingCycle: 'annual' });
  const paid = await paidBy(billing, owner);
  await using run = await follow(server, 'runs.follow', { runId }, owner.token);
  await run.ended;
  const rep = await colleague(server, owner, 'rep');
  const { sessionId } = await act<{ sessionId: string }>('identity.getSession', undefined);
  const orgId = owner.orgId as `org_${string}`;
  const { token } = invitationLink(server.backend.ports, { orgId, id: invited.id });
  return {
    server,
    billing,
    owner,
    stranger,
    call,
    runEventIds: run.items.map((item) => item.id),
    colleague: rep,
    elsewhere: await personElsewhere(server),
    owned: {
      orgId: owner.orgId,
      userId: owner.userId,
      conversationId,
      runId,
      sessionId,
      invitationId: invited.id,
      keyId: made.apiKey.id,
      dataRequestId: ofOrganisation.id,
      personalRequestId: ofPerson.id,
      invitationToken: token,
      ...paid,
    },
    [Symbol.asyncDispose]: () => billing[Symbol.asyncDispose](),
  };
}

/** Buys a plan as a person does, with the deliveries that follow. */
export async function buyPlan(billing: StripeBackend, who: SignedIn, plan: { tier: string }): Promise<void> {
  const input = { ...plan, successUrl: appUrl, cancelUrl: appUrl };
  const answer = await billing.server.mutate('billing.checkout', input, { token: who.token });
  const { sessionId } = dataOf<{ sessionId: string }>(answer);
  billing.listening.emulator.person.completeCheckout(sessionId, { card: 'pm_card_visa' });
  await billing.deliver();
}

async function paidBy({ stripe, server }: StripeBackend, who: SignedIn) {
  const { data } = await server.query('billing.invoices', undefined, { token: who.token });
  const [invoice] = (data as { items: { id: string }[] }).items;
  if (invoice === undefined) throw new Error('the owner has no invoice');
  const { customer } = await stripe.invoices.retrieve(invoice.id);
  const [subscription] = (await stripe.subscriptions.list({ customer: String(customer) })).data;
  if (subscription === undefined) throw new Error('the owner has no subscription');
  return { customerId: String(customer), subscriptionId: subscription.id, invoiceId: invoice.id };
}

async function personElsewhere(server: TestBackend): Promise<WalkWorld['elsewhere']> {
  const member = await colleague(server, await server.signIn(), 'admin');
  const input = { agentId: 'harvey-specter', message: `My ${SECRET_WORD}`, clientKey: randomUUID() };
  const started = await server.mutate('runs.start', input, { token: member.token });
  const { conversationId, runId } = dataOf<Pick<Owned, 'conversationId' | 'runId'>>(started);
  const token = await switchTo(server, member.token, member.home);
  return { token, owned: { conversationId, runId } };
}

/** What of the owner's an answer or stream holds. */
export function leaks(answer: Answer | Followed, owned: Partial<Owned>): string[] {
  const text = JSON.stringify('items' in answer ? answer.items : [answer.data ?? null, answer.failure]);
  return [...Object.values(owned), SECRET_WORD].filter((secret) => text.includes(secret));
}
