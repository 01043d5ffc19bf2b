import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { z } from 'zod';
import type { OidcClient } from '../integrations/auth/clients.ts';
import { type BillingConfig, billingConfig, billingVariables, type Variables } from './billing-config.ts';
import { crossFaults, functionFaults } from './config-faults.ts';
import { oidcClients } from './oidc-clients.ts';

const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
const httpUrl = z.url({ protocol: /^https?$/ });
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/ });

/** Every variable the backend reads. `.env.example` explains each; a test holds the two together. */
export const environmentSchema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().optional(),
  PORT: z.coerce.number().int().min(0).max(65535).default(8787),
  PUBLIC_URL: httpUrl.optional(),
  DATA_DIR: z.string().default('.data'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
  ALLOWED_ORIGINS: list.optional(),
  TRUSTED_PROXY_HOPS: z.coerce.number().int().min(0).max(10).default(0),
  INSTANCE_COUNT: z.coerce.number().int().min(1).max(1000).default(1),
  STREAM_SECONDS: z.coerce.number().min(0.1).max(3600).default(280),
  DRAIN_SECONDS: z.coerce.number().min(0).max(300).default(10),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  DATABASE_POOLER: z.enum(['none', 'transaction']).default('none'),
  UPSTASH_REDIS_REST_URL: httpUrl.optional(),
  UPSTASH_REDIS_REST_TOKEN: z.string().min(16).optional(),
  /** These three are read by `npm run redis:bridge` alone. */
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).default('redis://127.0.0.1:6379'),
  REDIS_BRIDGE_HOST: z.string().default('127.0.0.1'),
  REDIS_BRIDGE_PORT: z.coerce.number().int().min(0).max(65535).default(8079),
  RUN_LOG: z.enum(['postgres', 'redis', 'memory']).optional(),
  INNGEST_EVENT_KEY: z.string().min(1).optional(),
  INNGEST_SIGNING_KEY: z.string().min(1).optional(),
  INNGEST_SIGNING_KEY_FALLBACK: z.string().min(1).optional(),
  INNGEST_BASE_URL: httpUrl.optional(),
  INNGEST_DEV: httpUrl.optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: httpUrl.optional(),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_BASE_URL: httpUrl.optional(),
  OFFLINE_CHUNK_MS: z.coerce.number().int().min(0).max(1000).default(25),
  AUTH_SECRET: z.string().min(32).optional(),
  DEVELOPMENT_SIGN_IN: flag.optional(),
  COOKIE_DOMAIN: z
    .string()
    .regex(/^\.?([a-z0-9-]+\.)+[a-z0-9-]+$/i, 'must be a domain such as .example.com')
    .optional(),
  GOOGLE_CLIENT_ID: z.string().min(1).optional(),
  GOOGLE_CLIENT_SECRET: z.string().min(1).optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  EMAIL_FROM: z.string().min(3).optional(),
  OIDC_CLIENTS: oidcClients.optional(),
  SUPABASE_URL: httpUrl.optional(),
  SUPABASE_JWT_SECRET: z.string().min(16).optional(),
  INVITATION_PAGE: httpUrl.optional(),
  ERASURE_DELAY_DAYS: z.coerce.number().min(0).max(30).default(7),
  METRICS_TOKEN: z.string().min(16).optional(),
  ...billingVariables,
});

type Environment = z.output<typeof environmentSchema>;

/** The configuration the composition root works with; what is null runs on its embedded default. */
export interface Config extends BillingConfig {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | null;
  readonly dataDir: string;
  readonly logLevel: NonNullable<Environment['LOG_LEVEL']>;
  readonly allowedOrigins: readonly string[];
  readonly trustedProxyHops: number;
  readonly instanceCount: number;
  /** How long an event stream lasts before its reader is made to come again. */
  readonly streamMs: number;
  readonly drainMs: number;
  readonly database: {
    readonly url: string;
    readonly directUrl: string;
    readonly transactionPooler: boolean;
  } | null;
  readonly redis: { readonly url: string; readonly token: string } | null;
  readonly runLog: 'postgres' | 'redis' | 'memory';
  readonly inngest: {
    readonly eventKey: string | null;
    readonly signingKey: string | null;
    /** The key before, accepted while it is being replaced. */
    readonly signingKeyFallback: string | null;
    readonly baseUrl: string | null;
    readonly devUrl: string | null;
  } | null;
  readonly openai: { readonly apiKey: string; readonly baseUrl: string | null } | null;
  readonly anthropic: { readonly apiKey: string; readonly baseUrl: string | null } | null;
  readonly offlineChunkMs: number;
  readonly authSecret: string | null;
  readonly developmentSignIn: boolean;
  /** The parent domain that the apps share, with its dot; null keeps the session cookie to this host. */
  readonly cookieDomain: string | null;
  readonly google: { readonly clientId: string; readonly clientSecret: string } | null;
  readonly email: { readonly smtpUrl: string; readonly from: string } | null;
  /** Sites beside the five apps that sign people in here. */
  readonly oidcClients: readonly OidcClient[];
  readonly supabase: { readonly url: string; readonly legacySecret: string | null } | null;
  /** Where an invited person accepts, in one of the apps; null: a page of ours. */
  readonly invitationPage: string | null;
  readonly erasureDelayMs: number;
  readonly metricsToken: string | null;
}

/** Names every fault of the configuration at once; values are never repeated, since they may be secrets. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** The origins of the five apps' development servers. Source: ecosystem.md 1.7. */
const developmentOrigins = [3000, 3001, 5173, 7002, 7003].map((port) => `http://localhost:${port}`);

/** Reads the process environment and `.env` (which never overrides a variable that is set). The only reader of process.env. */
export function loadConfig(): Config {
  if (existsSync('.env')) loadEnvFile('.env');
  return parseConfig(process.env);
}

/**
 * The configuration of a function on Vercel, where nothing is embedded and nothing stays on disk; throws a ConfigError
 * naming every fault. The platform writes X-Forwarded-For itself, so one hop is trusted where nothing else is said.
 */
export function loadFunctionConfig(): Config {
  const variables = { TRUSTED_PROXY_HOPS: '1', ...process.env };
  return toConfig(
    parseVariables(environmentSchema, variables, (set) => [...crossFaults(set), ...functionFaults(set)]),
  );
}

/** The names of the variables that a fault speaks of; unlike its text, fit for an answer to anybody. */
export function faultyVariables(error: ConfigError): string[] {
  const words = new Set(error.faults.join(' ').split(/[^A-Z0-9_]+/));
  return Object.keys(environmentSchema.shape).filter((name) => words.has(name));
}

/** The configuration that these variables mean; throws a ConfigError naming every fault. An empty variable counts as unset. */
export function parseConfig(variables: Variables): Config {
  return toConfig(parseVariables(environmentSchema, variables, crossFaults));
}

function parseVariables<S extends z.ZodType>(
  schema: S,
  variables: Variables,
  moreFaults: (set: Variables) => readonly string[] = () => [],
): z.output<S> {
  const set = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(set);
  const faults = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${describe(issue)}`);
  faults.push(...moreFaults(set));
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return parsed.data;
}

/** Whether `npm start` runs this process; one that was started in another way may outlive its parent. */
export function isRunByNpmStart(): boolean {
  return process.env.npm_lifecycle_event === 'start';
}

/** What a command of its own reads, from the process environment and `.env`; throws a ConfigError naming every fault. */
export function loadVariables<S extends z.ZodType>(
  schema: S,
  moreFaults: (set: Variables) => readonly string[] = () => [],
): z.output<S> {
  if (existsSync('.env')) loadEnvFile('.env');
  return parseVariables(schema, process.env, moreFaults);
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  return issue.message;
}

function toConfig(env: Environment): Config {
  const production = env.NODE_ENV === 'production';
  const inngest = env.INNGEST_EVENT_KEY !== undefined || env.INNGEST_DEV !== undefined;
  return {
    production,
    host: env.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: env.PORT,
    publicUrl: env.PUBLIC_URL?.replace(/\/$/, '') ?? null,
    dataDir: env.DATA_DIR,
    logLevel: env.LOG_LEVEL ?? (production ? 'info' : 'warn'),
    allowedOrigins: env.ALLOWED_ORIGINS ?? developmentOrigins,
    trustedProxyHops: env.TRUSTED_PROXY_HOPS,
    instanceCount: env.INSTANCE_COUNT,
    streamMs: env.STREAM_SECONDS * 1000,
    drainMs: env.DRAIN_SECONDS * 1000,
    database:
      env.DATABASE_URL === undefined
        ? null
        : {
            url: env.DATABASE_URL,
            directUrl: env.DATABASE_DIRECT_URL ?? env.DATABASE_URL,
            transactionPooler: env.DATABASE_POOLER === 'transaction',
          },
    redis:
      env.UPSTASH_REDIS_REST_URL === undefined || env.UPSTASH_REDIS_REST_TOKEN === undefined
        ? null
        : { url: env.UPSTASH_REDIS_REST_URL, token: env.UPSTASH_REDIS_REST_TOKEN },
    runLog: env.RUN_LOG ?? (env.UPSTASH_REDIS_REST_URL === undefined ? 'postgres' : 'redis'),
    inngest: inngest
      ? {
          eventKey: env.INNGEST_EVENT_KEY ?? null,
          signingKey: env.INNGEST_SIGNING_KEY ?? null,
          signingKeyFallback: env.INNGEST_SIGNING_KEY_FALLBACK ?? null,
          baseUrl: env.INNGEST_BASE_URL ?? null,
          devUrl: env.INNGEST_DEV ?? null,
        }
      : null,
    openai:
      env.OPENAI_API_KEY === undefined
        ? null
        : { apiKey: env.OPENAI_API_KEY, baseUrl: env.OPENAI_BASE_URL ?? null },
    anthropic:
      env.ANTHROPIC_API_KEY === undefined
        ? null
        : { apiKey: env.ANTHROPIC_API_KEY, baseUrl: env.ANTHROPIC_BASE_URL ?? null },
    offlineChunkMs: env.OFFLINE_CHUNK_MS,
    authSecret: env.AUTH_SECRET ?? null,
    developmentSignIn: env.DEVELOPMENT_SIGN_IN ?? !production,
    cookieDomain: env.COOKIE_DOMAIN === undefined ? null : `.${env.COOKIE_DOMAIN.replace(/^\./, '')}`,
    google:
      env.GOOGLE_CLIENT_ID === undefined || env.GOOGLE_CLIENT_SECRET === undefined
        ? null
        : { clientId: env.GOOGLE_CLIENT_ID, clientSecret: env.GOOGLE_CLIENT_SECRET },
    email:
      env.SMTP_URL === undefined || env.EMAIL_FROM === undefined
        ? null
        : { smtpUrl: env.SMTP_URL, from: env.EMAIL_FROM },
    oidcClients: env.OIDC_CLIENTS ?? [],
    supabase:
      env.SUPABASE_URL === undefined
        ? null
        : { url: env.SUPABASE_URL, legacySecret: env.SUPABASE_JWT_SECRET ?? null },
    invitationPage: env.INVITATION_PAGE ?? null,
    erasureDelayMs: env.ERASURE_DELAY_DAYS * 86_400_000,
    metricsToken: env.METRICS_TOKEN ?? null,
    ...billingConfig(env, env.ALLOWED_ORIGINS ?? developmentOrigins),
  };
}
