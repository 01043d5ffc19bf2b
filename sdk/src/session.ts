import type { CallOptions } from './client-types.ts';
import type { RepSpheresError } from './errors.ts';
import { page } from './page.ts';
import { SessionNews } from './session-news.ts';
import { readSession, type SessionParts } from './session-parts.ts';
import { unauthenticated } from './session-source.ts';
import type { CompletedSignIn, CurrentSession, SessionChange, SessionClient } from './session-types.ts';
import type { TabMessage } from './tabs.ts';
import { withSignal } from './timing.ts';

/** A view of the session older than this is read again. Source: the server itself remembers rights for so long. */
const freshMs = 30_000;
/** As fresh as this when a page comes to the front: a sibling app may have signed the person out or in a moment ago. */
const visibleFreshMs = 1_000;
/** Calls after which the session is in another organisation: its token serves no more. */
const movesSession = new Set(['organisations.switch', 'organisations.leave']);
type By = SessionChange['by'];

/** Knows who is signed in, and acts when that changes. */
export class SessionState {
  readonly #parts: SessionParts;
  readonly #news: SessionNews;
  #view: { readonly session: CurrentSession | null; readonly readAt: number } | undefined;
  #loading: Promise<CurrentSession | null> | undefined;
  /** What was asked before a sign-out or sign-in is no answer after it. */
  #era = 0;
  #isEnding = false;
  #signingOut: Promise<void> | undefined;
  #completed: { readonly url: string; readonly result: Promise<CompletedSignIn | null> } | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#news = new SessionNews(() => void this.#get(visibleFreshMs).catch(() => {}));
  }

  /** What apps are given. */
  client(): SessionClient {
    return {
      get: ({ signal }: CallOptions = {}) => (signal ? withSignal(this.#get(), signal) : this.#get()),
      refresh: () => this.#refresh(),
      signOut: () => this.#signOut(),
      onChange: (listener) => this.#news.onChange(listener),
      signIn: (options = {}) => this.#parts.source.signIn(options),
      completeSignIn: (url = page().href) => {
        // The same answer again is a page that renders twice, as React's strict mode has it.
        if (this.#completed?.url !== url) this.#completed = { url, result: this.#completeSignIn(url) };
        return this.#completed.result;
      },
    };
  }

  /** A message of another tab. */
  hear(message: TabMessage): void {
    if (message.type === 'signed-out') this.#left('other-tab');
    else this.#parts.person?.hear(message);
  }

  /** A call has succeeded. One that moves the session is followed at once; should that fail, the next call does it. */
  async onCalled(path: string): Promise<void> {
    if (this.#parts.person && movesSession.has(path)) await this.#refresh().catch(() => {});
  }

  /** There is another token: of another person, organisation, right? Only asked where somebody listens. */
  onToken(by: By): void {
    this.#view = undefined;
    if (this.#news.hasListeners) this.#load(by).catch(() => {});
  }

  /** The rights of the session have changed. */
  onRights(): void {
    this.onToken('server');
  }

  /** The session has come to its end: no renewal finds it any more. */
  onGone(): void {
    if (this.#isEnding) return;
    this.#tellGone('expired', unauthenticated('auth.required'));
  }

  /** The server has ended the session of the token in use. Perhaps there is another session by now. */
  onEnded(error: RepSpheresError): void {
    this.#parts.person?.forget();
    this.#newEra();
    this.#parts.endStreams(error);
    if (this.#isEnding || this.#signingOut) return;
    this.#isEnding = true;
    void this.#afterEnd(error).finally(() => {
      this.#isEnding = false;
    });
  }

  close(): void {
    this.#newEra();
    this.#news.close();
    this.#parts.person?.close();
    this.#parts.tabs.close();
  }

  async #get(maxAgeMs = freshMs): Promise<CurrentSession | null> {
    const { guest, person } = this.#parts;
    const view = this.#view && Date.now() - this.#view.readAt < maxAgeMs ? this.#view : undefined;
    // Nobody may have become a guest by now.
    if (view && (view.session !== null || !(await guest?.heldToken()))) return view.session;
    person?.reconsider();
    return this.#load('server');
  }

  async #refresh(): Promise<CurrentSession | null> {
    const { person, credentials } = this.#parts;
    await (person ? person.refresh() : credentials.refresh());
    this.#loading = undefined;
    return this.#load('this-tab');
  }

  #load(by: By): Promise<CurrentSession | null> {
    const loading = this.#loading ?? this.#look(by);
    this.#loading = loading;
    const done = () => {
      if (this.#loading === loading) this.#loading = undefined;
    };
    loading.then(done, done);
    return loading;
  }

  async #look(by: By): Promise<CurrentSession | null> {
    const era = this.#era;
    const session = await readSession(this.#parts);
    if (era !== this.#era) return this.#load(by);
    this.#view = { session, readAt: Date.now() };
    const seen = session?.kind === 'guest' ? null : session;
    const change = this.#news.saw(seen, by, this.#isEnding ? 'signed-out' : 'expired');
    if (change === 'signed-in' || change === 'switched-organisation') this.#parts.reconnect();
    return session;
  }

  async #completeSignIn(url: string): Promise<CompletedSignIn | null> {
    const done = await this.#parts.source.completeSignIn(url);
    if (!done) return null;
    if (!done.isSignedIn) return { session: null, returnTo: done.returnTo };
    this.#parts.person?.forget();
    this.#newEra();
    this.#news.expectNobody();
    return { session: await this.#load('this-tab'), returnTo: done.returnTo };
  }

  #signOut(): Promise<void> {
    this.#signingOut ??= this.#endSession().finally(() => {
      this.#signingOut = undefined;
    });
    return this.#signingOut;
  }

  async #endSession(): Promise<void> {
    const { source, tabs, guest } = this.#parts;
    await source.signOut();
    await guest?.forget();
    tabs.tell({ type: 'signed-out' });
    this.#left('this-tab');
  }

  #left(by: By): void {
    this.#parts.person?.leave();
    this.#newEra();
    this.#parts.endStreams(unauthenticated('auth.revoked'));
    this.#news.lost('signed-out', by);
  }

  async #afterEnd(error: RepSpheresError): Promise<void> {
    const found = this.#parts.person ? await this.#load('server').catch(() => null) : null;
    if (found === null) this.#tellGone('signed-out', error);
  }

  #tellGone(type: 'signed-out' | 'expired', error: RepSpheresError): void {
    this.#newEra();
    this.#parts.endStreams(error);
    this.#news.lost(type, 'server');
    this.#parts.onUnauthorized(error);
  }

  #newEra(): void {
    this.#era += 1;
    this.#view = undefined;
    this.#loading = undefined;
  }
}
