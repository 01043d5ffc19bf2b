import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerControl } from './control.ts';
import { type AskedFor, generate } from './generation.ts';
import { Journal, type JournalEntry } from './journal.ts';
import type { EmulatorOptions } from './options.ts';
import { checkRequest, refuse } from './refuse.ts';
import { bodyOf, headerOf, parsed } from './request.ts';
import { type Scenario, ScenarioBook } from './scenario.ts';
import { streamAnswer } from './stream.ts';
import { isRefusal, type Vendor } from './vendor.ts';

/** The life of one emulator: its scenarios, its journal, its connections. */
export class Engine {
  readonly vendor: Vendor;
  readonly book = new ScenarioBook();
  readonly journal = new Journal();
  readonly closing = new AbortController();
  readonly #seed: string;
  readonly #now: () => Date;
  readonly #connections = new WeakMap<Socket, number>();
  #connectionCount = 0;
  #requestCount = 0;

  constructor(vendor: Vendor, options: EmulatorOptions) {
    this.vendor = vendor;
    this.#seed = options.seed ?? '';
    this.#now = options.now ?? (() => new Date());
  }

  reset(): void {
    this.book.reset();
    this.journal.reset();
    this.#requestCount = 0;
  }

  connected(socket: Socket): void {
    this.#connectionCount += 1;
    this.#connections.set(socket, this.#connectionCount);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    if (request.url?.startsWith('/_emulator/')) return answerControl(this, request, response, text);
    const entry = this.#enter(request, text);
    response.on('close', () => this.#ended(entry, response));
    const scenario = this.book.find(entry.request, entry.key ?? '', headerOf(request, 'x-emulator-scenario'));
    const requestId = `req_${entry.bodyHash.slice(0, 12)}_${entry.request}`;
    if (scenario.fault?.kind === 'reset-before-headers') return void request.socket.resetAndDestroy();
    if (scenario.fault?.kind === 'no-answer') return;
    const checked = checkRequest(this.vendor, { request, entry, scenario, now: this.#now() });
    if (isRefusal(checked)) {
      entry.status = checked.status;
      return refuse(this.vendor, response, { refusal: checked, scenario, requestId });
    }
    await this.#stream(response, entry, { checked, scenario, requestId });
  }

  #enter(request: IncomingMessage, text: string): JournalEntry {
    this.#requestCount += 1;
    const body = parsed(text);
    const entry: JournalEntry = {
      request: this.#requestCount,
      at: Date.now(),
      key: this.vendor.keyOf(request.headers) ?? null,
      model: typeof body.model === 'string' ? body.model : null,
      bodyHash: createHash('sha256').update(text).digest('hex'),
      body,
      connection: this.#connections.get(request.socket) ?? 0,
      status: null,
      bytesSent: 0,
      tokensProduced: 0,
      text: '',
      inputTokens: 0,
      reasoningTokens: 0,
      endedAt: null,
      endedBy: null,
    };
    this.journal.entries.push(entry);
    this.journal.changed(entry);
    return entry;
  }

  #ended(entry: JournalEntry, response: ServerResponse): void {
    entry.endedAt = Date.now();
    entry.endedBy = response.writableFinished ? 'server' : 'client';
    this.journal.changed(entry);
  }

  async #stream(
    response: ServerResponse,
    entry: JournalEntry,
    asked: { checked: AskedFor; scenario: Scenario; requestId: string },
  ): Promise<void> {
    const { vendor, journal } = this;
    const { scenario, requestId } = asked;
    const left = new AbortController();
    response.on('close', () => left.abort());
    const generation = generate(asked.checked, scenario, `${this.#seed}${entry.bodyHash}`);
    entry.status = 200;
    entry.inputTokens = generation.inputTokens;
    entry.reasoningTokens = generation.reasoning.length;
    response.writeHead(200, {
      ...vendor.limitHeaders,
      [vendor.requestIdHeader]: requestId,
      'content-type': 'text/event-stream; charset=utf-8',
    });
    response.flushHeaders();
    const gone = AbortSignal.any([left.signal, this.closing.signal]);
    await streamAnswer({ vendor, response, generation, scenario, entry, journal, requestId, gone });
  }
}
