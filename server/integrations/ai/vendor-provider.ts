import { cutFailure, requireUserTurn, transportFailure, vendorFailure } from './failures.ts';
import {
  type ModelEvent,
  type ModelProvider,
  type ModelRequest,
  ProviderError,
  type ProviderId,
} from './port.ts';

/** A stream as the vendor has opened it; `requestId` is the vendor's own. */
export interface OpenedStream {
  readonly requestId: string | undefined;
  readonly frames: AsyncIterable<unknown>;
}

/** The error classes that both vendors' SDKs have, being made by one generator. */
interface SdkErrors {
  readonly APIError: ErrorClass<SdkError>;
  readonly APIConnectionError: ErrorClass;
  readonly APIConnectionTimeoutError: ErrorClass;
}

type ErrorClass<E extends Error = Error> = abstract new (...args: never[]) => E;

interface SdkError extends Error {
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
  readonly requestID?: string | null | undefined;
  readonly type?: unknown;
  /** OpenAI's name for its error code, and Anthropic's. */
  readonly code?: unknown;
  readonly errorCode?: unknown;
}

/** What tells one vendor from the other. */
export interface Vendor<Loaded extends { readonly sdk: SdkErrors }> {
  readonly id: ProviderId;
  /** Called with the first request, so that a process without this vendor never loads its SDK. */
  load(): Promise<Loaded>;
  /** Sends the request; resolves with the response's headers, rejects with an error of the SDK. */
  open(loaded: Loaded, request: ModelRequest, signal: AbortSignal): Promise<OpenedStream>;
  /** Reads the frames of one stream into events; throws ProviderErrors for what breaks the protocol. */
  reader(request: ModelRequest): (frame: unknown) => Iterable<ModelEvent>;
}

/** A provider on a vendor's SDK, which never retries: we do. Success is the vendor's terminal event alone. */
export function vendorProvider<Loaded extends { readonly sdk: SdkErrors }>(
  vendor: Vendor<Loaded>,
): ModelProvider {
  let loading: Promise<Loaded> | undefined;
  return {
    id: vendor.id,
    stream(request, signal) {
      loading ??= vendor.load();
      return run(vendor, loading, request, signal);
    },
  };
}

async function* run<Loaded extends { readonly sdk: SdkErrors }>(
  vendor: Vendor<Loaded>,
  loading: Promise<Loaded>,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  requireUserTurn(vendor.id, request);
  const loaded = await loading;
  let requestId: string | undefined;
  let finished = false;
  try {
    const opened = await vendor.open(loaded, request, signal);
    requestId = opened.requestId;
    yield { type: 'opened', model: request.model, requestId: requestId ?? null };
    const read = vendor.reader(request);
    // After the terminal event the rest is only drained, so that the connection can serve again.
    for await (const frame of opened.frames) {
      if (finished) continue;
      for (const event of read(frame)) {
        finished = event.type === 'done';
        yield event;
      }
    }
  } catch (error) {
    if (!finished) throw classify(vendor, loaded, error, signal);
  }
  if (!finished && signal.aborted) throw transportFailure(vendor.id, signal.reason, signal);
  if (!finished) throw cutFailure(vendor.id, requestId);
}

function classify<Loaded extends { readonly sdk: SdkErrors }>(
  vendor: Vendor<Loaded>,
  { sdk }: Loaded,
  error: unknown,
  signal: AbortSignal,
): ProviderError {
  const { id } = vendor;
  if (!signal.aborted && error instanceof sdk.APIConnectionTimeoutError)
    return new ProviderError(id, 'first_token_timeout', { message: error.message, cause: error });
  if (signal.aborted || error instanceof sdk.APIConnectionError || !(error instanceof sdk.APIError))
    return transportFailure(id, error, signal);
  return vendorFailure(id, {
    message: error.message,
    status: error.status,
    codes: [error.code, error.errorCode, error.type],
    requestId: error.requestID ?? undefined,
    headers: error.headers,
    cause: error,
  });
}
