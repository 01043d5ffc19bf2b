import { z } from 'zod';
import { StripeFailure } from './kernel/failure.ts';
import { cardChanges } from './payments/cards.ts';
import type { Person } from './person.ts';
import type { WireAnswer } from './wire/exchange.ts';

/** The part of the emulator that other processes reach. */
export interface Controlled {
  readonly person: Person;
  advance(seconds: number): Promise<void>;
}

const Advance = z.object({ seconds: z.number().min(0) });
const Checkout = z.object({ session: z.string(), card: z.string().optional() });
const Cards = z.object({
  customer: z.string(),
  behaviour: z.enum(Object.keys(cardChanges) as [keyof typeof cardChanges]),
});
const Cancel = z.object({ subscription: z.string(), when: z.enum(['period-end', 'now']).optional() });

/** What other processes reach: POST JSON to `/_emulator/advance`, `/checkout`, `/cards` or `/cancel`. `null` for another path. */
export async function control(emulator: Controlled, path: string, body: string): Promise<WireAnswer | null> {
  const act = acts[path];
  if (act === undefined) return null;
  try {
    return answer(200, (await act(emulator, JSON.parse(body))) ?? {});
  } catch (failure) {
    if (failure instanceof StripeFailure || failure instanceof z.ZodError || failure instanceof SyntaxError)
      return answer(400, { error: failure.message });
    throw failure;
  }
}

type Act = (emulator: Controlled, given: unknown) => unknown;

const acts: Readonly<Record<string, Act>> = {
  '/_emulator/advance': (emulator, given) => emulator.advance(Advance.parse(given).seconds),
  '/_emulator/checkout': ({ person }, given) => {
    const { session, card } = Checkout.parse(given);
    return person.completeCheckout(session, card === undefined ? {} : { card });
  },
  '/_emulator/cards': ({ person }, given) => {
    const { customer, behaviour } = Cards.parse(given);
    person.cardsBecome(customer, behaviour);
  },
  '/_emulator/cancel': ({ person }, given) => {
    const { subscription, when } = Cancel.parse(given);
    return person.cancelInPortal(subscription, when);
  },
};

function answer(status: number, content: unknown): WireAnswer {
  return { status, headers: { 'content-type': 'application/json' }, content };
}
