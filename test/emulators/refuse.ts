import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AskedFor } from './generation.ts';
import type { JournalEntry } from './journal.ts';
import { fields } from './request.ts';
import type { Scenario } from './scenario.ts';
import type { Refusal, Vendor } from './vendor.ts';

const typeByStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** What the request asks for, or how it is refused: by the scenario, then as the vendor would. */
export function checkRequest(
  vendor: Vendor,
  asked: { request: IncomingMessage; entry: JournalEntry; scenario: Scenario; now: Date },
): Refusal | AskedFor {
  const { request, entry, scenario, now } = asked;
  const { fault } = scenario;
  if (fault?.kind === 'status') {
    const { status, code, message = 'as the scenario says' } = fault;
    const type = code ?? typeByStatus[status] ?? 'api_error';
    return { status, type, message, ...(code === undefined ? {} : { code }) };
  }
  if (request.method !== 'POST' || request.url !== vendor.path)
    return { status: 404, type: 'not_found_error', message: `no ${request.method} ${request.url} here` };
  if (entry.key === null)
    return { status: 401, type: 'authentication_error', code: 'invalid_api_key', message: 'no API key' };
  return vendor.check(fields(entry.body), request.headers, now);
}

/** Answers with the vendor's error body, or with what a broken gateway would send. */
export function refuse(
  vendor: Vendor,
  response: ServerResponse,
  answer: { refusal: Refusal; scenario: Scenario; requestId: string },
): void {
  const { refusal, requestId } = answer;
  const fault = answer.scenario.fault?.kind === 'status' ? answer.scenario.fault : undefined;
  const bodies = {
    json: JSON.stringify(vendor.errorBody(refusal, requestId)),
    html: '<html><body>Bad gateway</body></html>',
    empty: '',
  };
  const kind = fault?.body ?? 'json';
  response.writeHead(refusal.status, {
    ...vendor.limitHeaders,
    [vendor.requestIdHeader]: requestId,
    'content-type': kind === 'html' ? 'text/html' : 'application/json',
    ...(fault?.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }),
    ...(fault?.retryAfterMs === undefined ? {} : { 'retry-after-ms': fault.retryAfterMs }),
  });
  response.end(bodies[kind]);
}
