import {
  anyOf,
  by,
  holdingEmail,
  mentioning,
  type RowsOf,
  within,
} from '../../../db/queries/subject-rows.ts';

export type Subject = 'person' | 'organisation';

/** What becomes of a table when a person's or an organisation's data are exported or erased. */
export interface TableRule {
  readonly table: string;
  /** A person's rows; absent where the table has none. */
  readonly person?: RowsOf;
  /** An organisation's rows; absent where the table has none. */
  readonly organisation?: RowsOf;
  /** Columns an export leaves out (secrets, internals); `all` leaves out the table. */
  readonly withheld?: readonly string[] | 'all';
}

const ofOrg = { organisation: by('org_id') } as const;
const orgRuns = by('org_id');
const ownRuns = by('owner_id');
/** The runs of a subject. */
export const runsOf: Readonly<Record<Subject, RowsOf>> = { person: ownRuns, organisation: orgRuns };

/** In the order of erasure: what names other rows goes before them. */
export const tableRules: readonly TableRule[] = [
  {
    table: 'verifications',
    person: anyOf(
      mentioning('value'),
      mentioning('identifier'),
      holdingEmail('value'),
      holdingEmail('identifier'),
    ),
    withheld: 'all',
  },
  { table: 'oauth_access_tokens', person: by('user_id'), withheld: 'all' },
  { table: 'oauth_refresh_tokens', person: by('user_id'), withheld: 'all' },
  { table: 'oauth_consents', person: by('user_id') },
  { table: 'oauth_clients', person: by('user_id'), withheld: ['client_secret'] },
  {
    table: 'oauth_session_clients',
    person: within('session_id', 'sessions', 'id', by('user_id')),
    organisation: within('session_id', 'sessions', 'id', by('org_id')),
  },
  { table: 'two_factors', person: by('user_id'), withheld: ['secret', 'backup_codes'] },
  { table: 'passkeys', person: by('user_id') },
  {
    table: 'accounts',
    person: by('user_id'),
    withheld: ['access_token', 'refresh_token', 'id_token', 'password'],
  },
  { table: 'api_keys', person: by('created_by'), ...ofOrg, withheld: ['secret_hash'] },
  {
    table: 'invitations',
    person: anyOf(holdingEmail('email'), by('accepted_by'), by('invited_by')),
    ...ofOrg,
    withheld: ['token_hash'],
  },
  {
    table: 'sessions',
    person: anyOf(by('user_id'), by('impersonator_id')),
    ...ofOrg,
    withheld: ['token'],
  },
  { table: 'idempotency_keys', person: by('actor_id'), ...ofOrg, withheld: 'all' },
  {
    table: 'run_log',
    person: within('run_id', 'runs', 'id', ownRuns),
    organisation: within('run_id', 'runs', 'id', orgRuns),
    withheld: 'all',
  },
  {
    table: 'run_log_heads',
    person: within('run_id', 'runs', 'id', ownRuns),
    organisation: within('run_id', 'runs', 'id', orgRuns),
    withheld: 'all',
  },
  { table: 'usage_attempts', person: within('run_id', 'runs', 'id', ownRuns), ...ofOrg },
  { table: 'runs', person: ownRuns, ...ofOrg, withheld: ['instance_id', 'checkpoint', 'terminal'] },
  { table: 'messages', person: within('conversation_id', 'conversations', 'id', by('owner_id')), ...ofOrg },
  { table: 'conversations', person: by('owner_id'), ...ofOrg },
  { table: 'usage_balances', ...ofOrg },
  { table: 'usage_exports', ...ofOrg },
  { table: 'usage_entries', person: by('subject'), ...ofOrg },
  { table: 'usage_grants', ...ofOrg },
  { table: 'usage_holds', ...ofOrg },
  { table: 'usage_watches', ...ofOrg },
  { table: 'usage_windows', ...ofOrg },
  { table: 'billing_checkouts', ...ofOrg },
  { table: 'billing_effects', ...ofOrg },
  {
    table: 'billing_events',
    organisation: within('customer_id', 'billing_customers', 'customer_id', by('org_id')),
    withheld: 'all',
  },
  { table: 'entitlement_overrides', ...ofOrg },
  { table: 'entitlements', ...ofOrg },
  { table: 'subscriptions', ...ofOrg },
  { table: 'billing_customers', ...ofOrg },
  { table: 'job_admissions', person: mentioning('key'), organisation: mentioning('key'), withheld: 'all' },
  { table: 'job_buffers', person: mentioning('events'), organisation: mentioning('events'), withheld: 'all' },
  { table: 'job_events', person: mentioning('data'), organisation: mentioning('data'), withheld: 'all' },
  {
    table: 'job_waits',
    person: mentioning('expression'),
    organisation: mentioning('expression'),
    withheld: 'all',
  },
  {
    table: 'job_queue',
    person: mentioning('limit_keys'),
    organisation: mentioning('limit_keys'),
    withheld: 'all',
  },
  {
    table: 'job_steps',
    person: mentioning('output'),
    organisation: anyOf(by('org_id'), mentioning('output')),
    withheld: 'all',
  },
  {
    table: 'job_runs',
    person: anyOf(mentioning('events'), mentioning('result'), mentioning('error'), mentioning('limit_keys')),
    organisation: anyOf(by('org_id'), mentioning('events'), mentioning('limit_keys')),
    withheld: 'all',
  },
  {
    table: 'outbox',
    person: mentioning('data'),
    organisation: anyOf(by('org_id'), mentioning('data')),
    withheld: 'all',
  },
  {
    table: 'principal_changes',
    person: mentioning('payload'),
    organisation: mentioning('payload'),
    withheld: 'all',
  },
  {
    table: 'limit_windows',
    person: mentioning('subject'),
    organisation: mentioning('subject'),
    withheld: 'all',
  },
  { table: 'platform_staff', person: by('user_id') },
  // Before memberships, by which a person's own organisation is found.
  { table: 'organisations', organisation: by('id') },
  { table: 'memberships', person: by('user_id'), ...ofOrg },
  { table: 'users', person: by('id'), withheld: [] },
];

/** Tables without anything of a person or an organisation, or that outlive an erasure, each with why. */
export const untouchedTables: Readonly<Record<string, string>> = {
  audit_log: 'the trail of what was done; it holds ids alone, which name nobody after an erasure',
  audit_heads: 'where the chains of the trail end',
  billing_cursors: 'how far the platform has read from the payment service',
  data_requests: 'emptied by the erasure itself in its last step',
  data_export_parts: 'goes with its request',
  knowledge_notes: 'our own writing',
  oauth_client_assertions: 'ids of used assertions of programs',
  oauth_client_resources: 'which program may ask for which resource',
  oauth_resources: 'our own resources',
  signing_keys: 'our own keys',
};

/** The rules that concern a subject, in the order of erasure. */
export function rulesFor(subject: Subject): readonly TableRule[] {
  return tableRules.filter((rule) => rule[subject] !== undefined);
}

/** The rules of tables that an export of the subject holds. */
export function exportedRules(subject: Subject): readonly TableRule[] {
  return rulesFor(subject).filter(({ withheld }) => withheld !== 'all');
}
