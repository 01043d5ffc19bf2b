import { newId } from '../../server/core/ids.ts';
import type { Attack } from './attack.ts';

const soon = () => Math.floor(Date.now() / 1000);
const claim = (name: string, claims: Record<string, unknown>): Attack => [
  name,
  ({ bent }) => bent({ claims }),
];
const header = (name: string, more: Record<string, unknown>): Attack => [
  name,
  ({ bent }) => bent({ header: more }),
];

/** Signed by our key, as after a fault elsewhere, but not saying what our access tokens say. */
export const bentClaims: readonly Attack[] = [
  claim('another issuer', { iss: 'https://evil.example' }),
  claim('no issuer', { iss: undefined }),
  ['our issuer with a slash', ({ bent, backend }) => bent({ claims: { iss: `${backend.url}/` } })],
  ['a list of issuers with ours', ({ bent, backend }) => bent({ claims: { iss: [backend.url] } })],
  ['the issuer of Supabase', ({ bent, project }) => bent({ claims: { iss: `${project.url}/auth/v1` } })],
  claim('another audience', { aud: 'someone-else' }),
  claim('the audience of a site', { aud: 'crm' }),
  claim('the audience of Supabase', { aud: 'authenticated' }),
  claim('no audience', { aud: undefined }),
  claim('an empty list of audiences', { aud: [] }),
  header('the type of an ID token', { typ: 'JWT' }),
  header('no type', { typ: undefined }),
  header('the type of a logout token', { typ: 'logout+jwt' }),
  ['an end that has passed', ({ bent }) => bent({ claims: { exp: soon() - 31 } }), 'auth.expired-token'],
  ['an end in 1970', ({ bent }) => bent({ claims: { exp: 1 } }), 'auth.expired-token'],
  claim('no end', { exp: undefined }),
  claim('an end in words', { exp: '2999-01-01' }),
  [
    'an age above 10 minutes, whatever its end',
    ({ bent }) => bent({ claims: { iat: soon() - 700, exp: soon() + 86_400 } }),
    'auth.expired-token',
  ],
  ['a start that is still to come', ({ bent }) => bent({ claims: { nbf: soon() + 120 } })],
  ['a time of issue that is still to come', ({ bent }) => bent({ claims: { iat: soon() + 120 } })],
  claim('no time of issue', { iat: undefined }),
  claim('a time of issue in words', { iat: 'now' }),
  claim('no user', { sub: undefined }),
  claim('a user that is SQL', { sub: "usr_' or 1=1 --" }),
  [
    'two users',
    ({ bent, robin, other }) => bent({ claims: { sub: [robin.facts.userId, other.facts.userId] } }),
  ],
  claim('no session', { sid: undefined }),
  claim('a session of another form', { sid: 'ses_1' }),
  [
    'a session with something after it',
    ({ bent, robin }) => bent({ claims: { sid: `${robin.facts.sessionId}\n` } }),
  ],
  [
    'the session of somebody else',
    ({ bent, other }) => bent({ claims: { sid: other.facts.sessionId } }),
    'auth.revoked',
  ],
  ['a session that never was', ({ bent }) => bent({ claims: { sid: newId('session') } }), 'auth.revoked'],
  [
    'a session that was signed out',
    ({ bent, leaver }) =>
      bent({ claims: { sid: leaver.facts.sessionId, sub: leaver.facts.userId, org: leaver.facts.orgId } }),
    'auth.revoked',
  ],
  [
    'somebody else with one’s own session',
    ({ bent, other }) => bent({ claims: { sub: other.facts.userId } }),
    'auth.revoked',
  ],
  [
    'the organisation of somebody else',
    ({ bent, other }) => bent({ claims: { org: other.facts.orgId } }),
    'auth.expired-token',
  ],
  [
    'an organisation that never was',
    ({ bent }) => bent({ claims: { org: newId('organisation') } }),
    'auth.expired-token',
  ],
  claim('no organisation', { org: undefined }),
  claim('an organisation of null', { org: null }),
  claim('an organisation of another form', { org: 'org_1' }),
  claim('an unknown app', { app: 'nowhere' }),
  claim('no app', { app: undefined }),
];
