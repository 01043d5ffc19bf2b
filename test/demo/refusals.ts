import type { ErrorCode, RepSpheres } from '../../sdk/src/index.ts';
import type { Sdk } from './packed-sdk.ts';
import { expectThat, step } from './step.ts';
import { terminal } from './terminal.ts';

/** A step that holds when the call is refused with just this code, as an error of the SDK. */
export async function expectRefusal(
  name: string,
  code: ErrorCode,
  call: () => Promise<unknown>,
): Promise<void> {
  await step(
    name,
    async () => {
      const error: unknown = await call().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expectThat(error instanceof Error, 'the call was not refused');
      const { name: type, message } = error;
      const actual = 'code' in error ? error.code : undefined;
      expectThat(type === 'RepSpheresError' && actual === code, `refused with ${type} ${actual}: ${message}`);
      return message;
    },
    (message) => `${code} "${message}"`,
  );
}

/** What goes wrong is told by type, over HTTP and over the socket. */
export async function refusals(sdk: Sdk, url: string, member: RepSpheres): Promise<void> {
  terminal.heading('Mistakes');
  let askedToSignIn = 0;
  const impostor = sdk.createRepSpheres({
    url,
    app: 'crm',
    getAccessToken: () => 'not-a-token',
    onUnauthorized: () => {
      askedToSignIn += 1;
    },
  });
  try {
    await expectRefusal('a wrong token', 'auth.invalid-token', () => impostor.conversations.list.query({}));
    await step('the app is told to show its sign-in', async () =>
      expectThat(askedToSignIn === 1, 'it was not'),
    );
    await expectRefusal(
      'a wrong token on a stream',
      'auth.invalid-token',
      () => impostor.runs.startAndFollow({ agentId: 'harvey-specter', message: 'Hello' }).finished,
    );
  } finally {
    await impostor.close();
  }
  await expectRefusal('an unknown agent', 'agent.not-found', () =>
    member.conversations.create.mutate({ agentId: 'nobody', clientKey: crypto.randomUUID() }),
  );
  await expectRefusal(
    'an unknown agent on a stream',
    'agent.not-found',
    () => member.runs.startAndFollow({ agentId: 'nobody', message: 'Hello' }).finished,
  );
}
