import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { Browser } from './browser.ts';

interface Ceremony {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id: string };
}

interface Answering {
  /** Whether the device says that it asked for a PIN, finger or face. */
  readonly verifiesPerson?: boolean;
  /** The origin of the page, as the browser writes it. */
  readonly origin?: string;
}

/** A device with one passkey, without a browser: what it answers to the options of a ceremony (WebAuthn level 2, ES256). */
export class Passkey {
  #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  id = randomBytes(16).toString('base64url');
  #uses = 0;

  /** The same passkey in another device, as it is now: from here on each counts its own uses. */
  copy(): Passkey {
    const copy = new Passkey();
    copy.id = this.id;
    copy.#keys = this.#keys;
    copy.#uses = this.#uses;
    return copy;
  }

  create(options: Ceremony, answering: Answering = {}): object {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    const coordinate = (value: string) => Buffer.from(value, 'base64url');
    const publicKey = [
      Buffer.from('a5010203262001215820', 'hex'),
      coordinate(x),
      Buffer.from('225820', 'hex'),
      coordinate(y),
    ];
    const credential = Buffer.from(this.id, 'base64url');
    const length = Buffer.from([0, credential.length]);
    const attested = [Buffer.alloc(16), length, credential, ...publicKey];
    const data = Buffer.concat([this.#authenticatorData(options.rp?.id, 0x40, answering), ...attested]);
    // CBOR: { fmt: 'none', attStmt: {}, authData }
    const head = 'a363666d74646e6f6e656761747453746d74a068617574684461746158';
    const attestation = Buffer.concat([Buffer.from(head, 'hex'), Buffer.from([data.length]), data]);
    return this.#answer({
      clientDataJSON: this.#clientData('webauthn.create', options, answering).toString('base64url'),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    });
  }

  get(options: Ceremony, answering: Answering = {}): object {
    const client = this.#clientData('webauthn.get', options, answering);
    const data = this.#authenticatorData(options.rpId, 0, answering);
    const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
    return this.#answer({
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', signed, this.#keys.privateKey).toString('base64url'),
    });
  }

  #answer(response: object): object {
    return { id: this.id, rawId: this.id, type: 'public-key', clientExtensionResults: {}, response };
  }

  #clientData(type: string, { challenge }: Ceremony, { origin = 'https://app.example.com' }: Answering) {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  #authenticatorData(rpId = '', flags: number, { verifiesPerson = true }: Answering): Buffer {
    const counter = Buffer.alloc(4);
    this.#uses += 1;
    counter.writeUInt32BE(this.#uses);
    const said = Buffer.from([flags | 0x01 | (verifiesPerson ? 0x04 : 0)]);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), said, counter]);
  }
}

/** Asks for the options of a ceremony in a browser, which keeps the cookie of the challenge. */
async function asked(browser: Browser, path: string): Promise<Ceremony> {
  const response = await browser.request(`/api/auth/passkey/${path}`);
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Ceremony;
}

/** Adds the passkey to the account of who is signed in. */
export async function enrol(browser: Browser, passkey: Passkey, answering?: Answering): Promise<Response> {
  const response = passkey.create(await asked(browser, 'generate-register-options'), answering);
  return browser.post('/api/auth/passkey/verify-registration', { name: 'Work laptop', response });
}

/** Signs in with the passkey. */
export async function signInWith(
  browser: Browser,
  passkey: Passkey,
  answering?: Answering,
): Promise<Response> {
  const response = passkey.get(await asked(browser, 'generate-authenticate-options'), answering);
  return browser.post('/api/auth/passkey/verify-authentication', { response });
}
