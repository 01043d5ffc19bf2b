import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { v7 } from 'uuid';
import type { Clock } from '../../core/clock.ts';
import { seal, unseal } from './seal.ts';

/** ES256 by our own issuer; a token never lives longer than this. Source: design/sdk-identity-deploy.md 2.4. */
export const ACCESS_TOKEN_TTL_MS = 10 * 60 * 1000;
/** A new key is published this long before it signs, so that every verifier has fetched it. */
export const PUBLISH_AHEAD_MS = 2 * 60 * 1000;
const REFRESH_MS = 30_000;
const UNKNOWN_KID_REFRESH_MS = 2_000;

export interface StoredKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly sealedPrivateKey: string;
  readonly notBefore: Date;
  /** From here on the key verifies nothing; null while no successor exists. */
  readonly retiresAt: Date | null;
}

/** Where signing keys live: one store for all processes. */
export interface KeyStore {
  list(): Promise<StoredKey[]>;
  /** Stores the key `make` gives unless another process was first (then nothing changes). */
  addFirst(make: () => Promise<StoredKey>): Promise<void>;
  /** Adds a key and sets when the older ones retire. */
  rotate(next: StoredKey, olderRetireAt: Date): Promise<void>;
}

interface LoadedKey {
  readonly stored: StoredKey;
  readonly publicKey: CryptoKey;
}

/** The keys access tokens are signed and verified with; rotation is seen by every process within 30 s. */
export class Keyring {
  readonly #store: KeyStore;
  readonly #secret: string;
  readonly #clock: Clock;
  #keys = new Map<string, LoadedKey>();
  #privateKeys = new Map<string, Promise<CryptoKey>>();
  #loadedAt = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;

  constructor(options: { store: KeyStore; secret: string; clock: Clock }) {
    this.#store = options.store;
    this.#secret = options.secret;
    this.#clock = options.clock;
  }

  /** Loads the keys and makes the first one where there is none. */
  async open(): Promise<void> {
    await this.#store.addFirst(() => this.#newKey(new Date(this.#clock.now())));
    await this.#load();
  }

  /** The key that signs now, with its id. Throws when it was sealed with another secret. */
  async signingKey(): Promise<{ kid: string; key: CryptoKey }> {
    await this.#refresh(REFRESH_MS);
    const now = this.#clock.now();
    const usable = [...this.#keys.values()].filter(
      ({ stored }) => stored.notBefore.getTime() <= now && !retired(stored, now),
    );
    const newest = usable.sort((a, b) => b.stored.notBefore.getTime() - a.stored.notBefore.getTime())[0];
    if (newest === undefined) throw new Error('no signing key is in force');
    const { kid } = newest.stored;
    const existing = this.#privateKeys.get(kid) ?? this.#importPrivate(newest.stored);
    this.#privateKeys.set(kid, existing);
    return { kid, key: await existing };
  }

  /** All keys that verify, with the private half of the one that signs now: for the identity provider in this process. */
  async providerKeys(): Promise<{ kid: string; publicJwk: string; privateJwk: string | null }[]> {
    const { kid: signing } = await this.signingKey();
    const { keys } = await this.jwks();
    return keys.map(({ kid = '', ...publicJwk }) => {
      const stored = kid === signing ? this.#keys.get(kid)?.stored : undefined;
      const privateJwk = stored === undefined ? null : this.#unsealed(stored);
      return { kid, publicJwk: JSON.stringify(publicJwk), privateJwk };
    });
  }

  /** Signs claims as ES256 with the key in force; for tokens whose claims are whole. */
  async sign(
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const { kid, key } = await this.signingKey();
    return new SignJWT({ ...claims }).setProtectedHeader({ ...header, alg: 'ES256', kid }).sign(key);
  }

  /** The key that verifies tokens of this id, or null; an unknown id is looked up again at most every 2 s. */
  async verificationKey(kid: string): Promise<CryptoKey | null> {
    await this.#refresh(this.#keys.has(kid) ? REFRESH_MS : UNKNOWN_KID_REFRESH_MS);
    const found = this.#keys.get(kid);
    return found === undefined || retired(found.stored, this.#clock.now()) ? null : found.publicKey;
  }

  /** The public keys to publish: in force, about to be, and retiring ones. */
  async jwks(): Promise<{ keys: JWK[] }> {
    await this.#refresh(REFRESH_MS);
    const now = this.#clock.now();
    const live = [...this.#keys.values()].filter(({ stored }) => !retired(stored, now));
    return {
      keys: live.map(({ stored }) => ({ ...stored.publicJwk, kid: stored.kid, alg: 'ES256', use: 'sig' })),
    };
  }

  /** Publishes a successor that signs after 2 min; the older keys verify until their last token has expired. */
  async rotate(): Promise<string> {
    const startsAt = this.#clock.now() + PUBLISH_AHEAD_MS;
    const next = await this.#newKey(new Date(startsAt));
    await this.#store.rotate(next, new Date(startsAt + ACCESS_TOKEN_TTL_MS + PUBLISH_AHEAD_MS));
    await this.#load();
    return next.kid;
  }

  async #newKey(notBefore: Date): Promise<StoredKey> {
    const pair = await generateKeyPair('ES256', { extractable: true });
    return {
      kid: v7(),
      publicJwk: await exportJWK(pair.publicKey),
      sealedPrivateKey: seal(this.#secret, JSON.stringify(await exportJWK(pair.privateKey))),
      notBefore,
      retiresAt: null,
    };
  }

  async #refresh(maxAgeMs: number): Promise<void> {
    if (this.#clock.now() - this.#loadedAt < maxAgeMs) return;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  async #load(): Promise<void> {
    const keys = new Map<string, LoadedKey>();
    for (const stored of await this.#store.list()) {
      const known = this.#keys.get(stored.kid);
      keys.set(stored.kid, { stored, publicKey: known?.publicKey ?? (await importKey(stored.publicJwk)) });
    }
    this.#keys = keys;
    this.#loadedAt = this.#clock.now();
  }

  async #importPrivate(stored: StoredKey): Promise<CryptoKey> {
    return importKey(JSON.parse(this.#unsealed(stored)) as JWK);
  }

  #unsealed(stored: StoredKey): string {
    try {
      return unseal(this.#secret, stored.sealedPrivateKey);
    } catch (cause) {
      throw new Error(
        'AUTH_SECRET (or the auth-secret file of the data folder) is not the one that sealed the signing keys in this database. Set the old one, or run npm run keys:rotate and start again 2 minutes later.',
        { cause },
      );
    }
  }
}

function retired(key: StoredKey, now: number): boolean {
  return key.retiresAt !== null && key.retiresAt.getTime() <= now;
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, 'ES256');
  if (key instanceof Uint8Array) throw new Error('a signing key must be an EC key');
  return key;
}
