import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

const places = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

const found = places.find((path) => path !== undefined && existsSync(path));

/** Why tests that need a browser cannot run here, or null. In CI a missing browser is a failure. */
export function chromiumMissingReason(): string | null {
  if (found !== undefined) return null;
  const reason = 'no Chromium is installed (apt-get install chromium, or set CHROMIUM_PATH)';
  if (process.env.CI) throw new Error(reason);
  return reason;
}

type Event = {
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly sessionId?: string;
};
type Send = (method: string, params?: object, sessionId?: string) => Promise<Record<string, unknown>>;

/** One tab: a page of its own process. */
export interface Tab {
  /** Every address it has asked for; what the browser asks before by itself (CORS) does not count. */
  readonly requests: string[];
  open(url: string): Promise<void>;
  /** The value of an expression in the page, promises awaited. */
  run<T>(expression: string): Promise<T>;
  /** Shows pages as to people who prefer this. */
  prefer(scheme: 'light' | 'dark'): Promise<void>;
  /** What it shows, as PNG; `width` CSS pixels wide where one is given, and then 640 high or as high as said. */
  picture(width?: number, height?: number): Promise<Buffer>;
  /** Plugs in a device for passkeys, whose person always touches it and is always known to it. */
  addAuthenticator(): Promise<void>;
  /** Its process dies, as when the browser runs out of memory: nothing in the page is told. */
  kill(): void;
}

/** A headless Chromium with a profile of its own, driven by its DevTools protocol; ends with its scope. */
export async function chromium(moreFlags: readonly string[] = []) {
  const profile = mkdtempSync(join(tmpdir(), 'sdk-chromium-'));
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-port=0',
    '--no-first-run',
    ...moreFlags,
  ];
  const child = spawn(found ?? 'chromium', [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const devTools = await connect(await address(child.stderr, gone));
  return {
    tab: () => openTab(devTools),
    [Symbol.asyncDispose]: async () => {
      devTools.close();
      child.kill('SIGKILL');
      await gone;
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

function address(output: NodeJS.ReadableStream, gone: Promise<void>): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    createInterface({ input: output }).on('line', (line) => {
      said.push(line);
      const url = /^DevTools listening on (\S+)/.exec(line)?.[1];
      if (url) resolve(url);
    });
    void gone.then(() => reject(new Error(`Chromium ended:\n${said.slice(-20).join('\n')}`)));
  });
}

async function connect(url: string) {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const listeners = new Set<(event: Event) => void>();
  let last = 0;
  socket.on('message', (data) => {
    const message = JSON.parse(String(data));
    const answer = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) answer?.reject(new Error(`Chromium: ${message.error.message}`));
    else if (answer) answer.resolve(message.result);
    else for (const listener of listeners) listener(message as Event);
  });
  const send: Send = (method, params = {}, sessionId) => {
    const answer = Promise.withResolvers<Record<string, unknown>>();
    last += 1;
    waiting.set(last, answer);
    socket.send(JSON.stringify({ id: last, method, params, ...(sessionId ? { sessionId } : {}) }));
    return answer.promise;
  };
  return {
    send,
    onEvent: (listener: (event: Event) => void) => listeners.add(listener),
    close: () => socket.close(),
  };
}

async function openTab({ send, onEvent }: Awaited<ReturnType<typeof connect>>): Promise<Tab> {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank', newWindow: true });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const session = String(sessionId);
  const requests: string[] = [];
  let loaded = () => {};
  onEvent((event) => {
    if (event.sessionId !== session) return;
    if (event.method === 'Network.requestWillBeSent' && event.params.type !== 'Preflight')
      requests.push((event.params.request as { readonly url: string }).url);
    if (event.method === 'Network.webSocketCreated') requests.push(String(event.params.url));
    if (event.method === 'Page.loadEventFired') loaded();
  });
  await send('Network.enable', {}, session);
  await send('Page.enable', {}, session);
  return {
    requests,
    open: async (url) => {
      const done = new Promise<void>((resolve) => {
        loaded = resolve;
      });
      const { errorText } = await send('Page.navigate', { url }, session);
      if (errorText) throw new Error(`Chromium: ${errorText} for ${url}`);
      await done;
    },
    run: async <T>(expression: string) => {
      const given = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await send('Runtime.evaluate', given, session);
      if (exceptionDetails) throw new Error(`in the page: ${JSON.stringify(exceptionDetails)}`);
      return (result as { readonly value: T }).value;
    },
    prefer: async (scheme) => {
      const features = [{ name: 'prefers-color-scheme', value: scheme }];
      await send('Emulation.setEmulatedMedia', { features }, session);
    },
    picture: async (width, height = 640) => {
      const size = { width: width ?? 0, height: width === undefined ? 0 : height };
      await send(
        'Emulation.setDeviceMetricsOverride',
        { ...size, deviceScaleFactor: 0, mobile: false },
        session,
      );
      const { data } = await send('Page.captureScreenshot', { format: 'png' }, session);
      return Buffer.from(String(data), 'base64');
    },
    addAuthenticator: async () => {
      await send('WebAuthn.enable', {}, session);
      const device = {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
      };
      await send('WebAuthn.addVirtualAuthenticator', { options: device }, session);
    },
    // The answer never comes from a process that is dead.
    kill: () => void send('Page.crash', {}, session).catch(() => {}),
  };
}
