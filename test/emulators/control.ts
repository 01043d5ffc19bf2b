import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { JournalEntry } from './journal.ts';
import { Scenario, Where } from './scenario.ts';

/** The part of an emulator that other processes reach under `/_emulator/`. */
export interface Controlled {
  readonly book: { set(scenario: Scenario, where?: Where): void };
  readonly journal: { readonly entries: readonly JournalEntry[] };
  reset(): void;
}

const SetScenario = z.object({ scenario: Scenario, where: Where.optional() });

/** POST scenario {scenario, where?} · GET journal · DELETE state. */
export function answerControl(
  controlled: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): void {
  const answer = answerTo(controlled, `${request.method} ${request.url}`, body);
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer.body));
}

function answerTo(controlled: Controlled, route: string, body: string): { status: number; body: unknown } {
  if (route === 'GET /_emulator/journal') return { status: 200, body: controlled.journal.entries };
  if (route === 'DELETE /_emulator/state') {
    controlled.reset();
    return { status: 200, body: {} };
  }
  if (route !== 'POST /_emulator/scenario') return { status: 404, body: { error: `no ${route}` } };
  const asked = SetScenario.safeParse(JSON.parse(body));
  if (!asked.success) return { status: 400, body: { error: z.prettifyError(asked.error) } };
  controlled.book.set(asked.data.scenario, asked.data.where);
  return { status: 200, body: {} };
}
