/** The identity provider behind `/api/auth/*`: sign-up, sign-in, second factors, OIDC. Everything it keeps is in our Postgres. */
export interface AuthProvider {
  /** Answers a request under `/api/auth`; the caller has checked origin and budget. Never rejects for what a caller sends. */
  handle(request: Request): Promise<Response>;
}

/** A key of our one key set, ES256, as JSON Web Keys in JSON. */
export interface ProviderKey {
  readonly kid: string;
  readonly publicJwk: string;
  /** Of the one key that signs now; null for those that only verify. */
  readonly privateJwk: string | null;
}

export interface Receiver {
  readonly id: string;
  readonly email: string;
}

/** Mail that the provider asks for; each carries a link for its receiver alone. */
export interface AuthMail {
  verify(to: Receiver, url: string): Promise<void>;
  reset(to: Receiver, url: string): Promise<void>;
  /** To whoever has the address; there may be no account yet. */
  magicLink(to: string, url: string): Promise<void>;
  /** Somebody tried to sign up with an address that has an account. */
  alreadyRegistered(to: Receiver): Promise<void>;
}

/** Decides whether a password may be chosen; null when it may, else why not in words for its owner. */
export type PasswordRule = (password: string) => Promise<string | null>;
