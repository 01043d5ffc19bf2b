/** A refusal as Stripe words it; `saved` answers are replayed for the same idempotency key. */
export class StripeFailure extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly saved: boolean;

  constructor(
    status: number,
    body: Readonly<Record<string, unknown>> & { message: string },
    options: { headers?: Readonly<Record<string, string>>; saved?: boolean } = {},
  ) {
    super(body.message);
    this.status = status;
    this.body = body;
    this.headers = options.headers ?? {};
    this.saved = options.saved ?? true;
  }
}

/** 400 of type `invalid_request_error`. */
export function invalid(message: string, detail: { param?: string; code?: string } = {}): StripeFailure {
  return new StripeFailure(400, { type: 'invalid_request_error', message, ...detail });
}

/** Stripe answers 404 for an id in the path, 400 for one in a parameter. */
export function missing(kind: string, id: string, param: string): StripeFailure {
  return new StripeFailure(param === 'id' ? 404 : 400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${kind}: '${id}'`,
    param,
  });
}

/** 402 of type `card_error`. */
export function cardError(
  declined: { code: string; declineCode?: string; message: string },
  extra: Readonly<Record<string, unknown>> = {},
): StripeFailure {
  const { code, declineCode, message } = declined;
  return new StripeFailure(402, {
    type: 'card_error',
    code,
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
    message,
    ...extra,
  });
}
