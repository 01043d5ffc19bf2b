import { cuttableSockets } from './cuttable-socket.ts';
import { guestVisit } from './guest-visit.ts';
import { memberVisit } from './member-visit.ts';
import type { Sdk } from './packed-sdk.ts';
import { refusals } from './refusals.ts';
import { expectThat, step } from './step.ts';
import { terminal } from './terminal.ts';

const email = 'professional@example.com';

/** The main job against the server at `url`, only through the SDK. Throws at the first step that does not hold. */
export async function playMainJob(sdk: Sdk, url: string): Promise<void> {
  const sockets = cuttableSockets();
  let token: string | null = null;
  const guest = sdk.createRepSpheres({ url, app: 'repconnect' });
  const member = sdk.createRepSpheres({
    url,
    app: 'crm',
    WebSocket: sockets.WebSocket,
    transport: 'ws',
    getAccessToken: () => token,
  });
  try {
    await guestVisit(guest);
    terminal.heading('A member');
    await step(
      'signs in',
      async () => {
        token = (await member.identity.signInForDevelopment.mutate({ email, app: 'crm' })).accessToken;
        const session = await member.identity.getSession.query();
        expectThat(session.kind === 'member' && session.user.email === email, `signed in as ${session.kind}`);
        return session;
      },
      ({ user, organisation, tier }) => `${user.displayName}, ${organisation.name}, ${tier}`,
    );
    await memberVisit(member, sockets);
    await refusals(sdk, url, member);
  } finally {
    await Promise.all([guest.close(), member.close()]);
  }
}
