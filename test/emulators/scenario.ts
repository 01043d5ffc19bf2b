import { z } from 'zod';

/** Where in the stream something happens: after so many pieces of text, or after so many bytes of the body. */
const place = { afterTokens: z.int().min(0).optional(), afterBytes: z.int().min(0).optional() };

/** What goes wrong. The first four happen before the stream, the others at their place in it. */
const Fault = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('status'),
    status: z.int(),
    code: z.string().optional(),
    message: z.string().optional(),
    /** The header as sent: seconds, a date, or nonsense. */
    retryAfter: z.string().optional(),
    retryAfterMs: z.string().optional(),
    body: z.enum(['json', 'html', 'empty']).optional(),
  }),
  z.object({ kind: z.literal('reset-before-headers') }),
  z.object({ kind: z.literal('no-answer') }),
  z.object({ kind: z.literal('pings-only'), everyMs: z.number() }),
  z.object({ kind: z.literal('reset'), ...place }),
  z.object({ kind: z.literal('close'), ...place }),
  z.object({ kind: z.literal('stall'), ...place }),
  z.object({ kind: z.literal('garbage'), ...place }),
  z.object({ kind: z.literal('huge-line'), bytes: z.int(), ...place }),
  z.object({ kind: z.literal('error'), code: z.string(), ...place }),
  z.object({ kind: z.literal('failed'), code: z.string(), ...place }),
]);
export type Fault = z.infer<typeof Fault>;

/** How the stream is put on the wire; nothing of it changes what the vendor means to say. */
const Wire = z.object({
  newline: z.enum(['\n', '\r\n', '\r']).optional(),
  /** Cuts the body into chunks of so many bytes, also inside a character. */
  chunkBytes: z.int().min(1).optional(),
  comments: z.boolean().optional(),
  unknownEvents: z.boolean().optional(),
  doubledFrames: z.boolean().optional(),
  /** This frame, from 0, and the one after it change places. */
  swapAt: z.int().min(0).optional(),
});
export type Wire = z.infer<typeof Wire>;

/** How one request is answered. Everything left out is a plain, fast, whole answer that depends only on the request. */
export const Scenario = z.object({
  /** How many words; 40 to 119 by the hash of the request when left out. */
  words: z.int().min(0).optional(),
  /** Says this instead of numbered words. */
  text: z.string().optional(),
  /** Mixes characters of two to four bytes into the words. */
  unicode: z.boolean().optional(),
  /** Where deltas end: after each word, or anywhere, also inside a surrogate pair. */
  cuts: z.enum(['words', 'anywhere']).optional(),
  reasoningTokens: z.int().min(0).optional(),
  cachedTokens: z.int().min(0).optional(),
  cacheWriteTokens: z.int().min(0).optional(),
  /** Calls these tools, of those that the request has, after the text; without text or words there is none then. */
  toolCalls: z.array(z.object({ name: z.string(), arguments: z.record(z.string(), z.json()) })).optional(),
  /** Always so many, or drawn from a log-normal distribution by the request. */
  firstTokenMs: z
    .union([z.number().min(0), z.object({ medianMs: z.number().min(0), sigma: z.number().min(0) })])
    .optional(),
  /** 0 or left out: as fast as the socket takes it. */
  tokensPerSecond: z.number().min(0).optional(),
  /** Between the last frame and the end of the body. */
  endDelayMs: z.number().min(0).optional(),
  finish: z.enum(['stop', 'max_output', 'content_filter', 'refusal']).optional(),
  usage: z.enum(['reported', 'missing', 'nonsense']).optional(),
  wire: Wire.optional(),
  fault: Fault.optional(),
});
export type Scenario = z.infer<typeof Scenario>;

/** Which requests a scenario is for: those with a key, or the n-th (from 1) since the last reset; all when empty. */
export const Where = z.object({ key: z.string().optional(), request: z.int().min(1).optional() });
export type Where = z.infer<typeof Where>;

/** The scenarios in force; a header beats a request number beats a key beats the default. */
export class ScenarioBook {
  readonly #byRequest = new Map<number, Scenario>();
  readonly #byKey = new Map<string, Scenario>();
  #default: Scenario = {};

  set(scenario: Scenario, where: Where = {}): void {
    if (where.request !== undefined) this.#byRequest.set(where.request, scenario);
    else if (where.key !== undefined) this.#byKey.set(where.key, scenario);
    else this.#default = scenario;
  }

  reset(): void {
    this.#byRequest.clear();
    this.#byKey.clear();
    this.#default = {};
  }

  find(request: number, key: string, header: string | undefined): Scenario {
    if (header !== undefined) return Scenario.parse(JSON.parse(header));
    return this.#byRequest.get(request) ?? this.#byKey.get(key) ?? this.#default;
  }
}
