/** No frame of a text stream comes near this; the SDKs themselves would buffer a line without end. */
const maxLineBytes = 4 * 1024 * 1024;
const newline = 0x0a;

type Fetch = typeof globalThis.fetch;

/**
 * `fetch` whose bodies fail with a RangeError once one line exceeds 4 MiB,
 * so that a broken or hostile upstream cannot fill our memory.
 */
export function boundedFetch(base: Fetch = globalThis.fetch): Fetch {
  return async (input, init) => {
    const response = await base(input, init);
    if (response.body === null) return response;
    return new Response(boundLines(response.body), {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

function boundLines(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let lineBytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        const last = value.lastIndexOf(newline);
        lineBytes = last === -1 ? lineBytes + value.length : value.length - last - 1;
        if (lineBytes > maxLineBytes) {
          const failure = new RangeError(`a line of the response exceeds ${maxLineBytes} bytes`);
          void reader.cancel(failure).catch(() => undefined);
          throw failure;
        }
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
