import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError, environmentSchema, parseConfig } from '../../server/main/config.ts';

function faultsOf(variables: Record<string, string>): readonly string[] {
  try {
    parseConfig(variables);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  test('needs no variable at all, and an empty one counts as unset', () => {
    const empty = Object.fromEntries(Object.keys(environmentSchema.shape).map((name) => [name, '']));
    expect(parseConfig(empty)).toEqual(parseConfig({}));
    expect(parseConfig({})).toMatchObject({ production: false, database: null, redis: null, inngest: null });
  });

  test('names all faults at once', () => {
    const faults = faultsOf({
      NODE_ENV: 'production',
      PORT: 'eighty',
      DATABASE_URL: 'mysql://db.example.com/app',
      AUTH_SECRET: 'short',
      UPSTASH_REDIS_REST_URL: 'https://redis.example.com',
      DATABASE_POOLER: 'transaction',
      RUN_LOG: 'memory',
    });
    for (const name of [
      'PORT',
      'DATABASE_URL',
      'AUTH_SECRET',
      'UPSTASH_REDIS_REST_TOKEN',
      'ALLOWED_ORIGINS',
      'PUBLIC_URL',
      'DATABASE_DIRECT_URL',
      'RUN_LOG',
    ]) {
      expect(
        faults.some((fault) => fault.includes(name)),
        name,
      ).toBe(true);
    }
  });

  test('never repeats a value, which may be a secret', () => {
    const canary = 'canary5f0c';
    const wrong = Object.fromEntries(Object.keys(environmentSchema.shape).map((name) => [name, canary]));
    const faults = faultsOf(wrong);
    expect(faults.length).toBeGreaterThan(15);
    expect(new ConfigError(faults).message).not.toContain(canary);
  });

  test('keeps the development sign-in out of production unless it is asked for', () => {
    const production = {
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://app@db.example.com/app',
      AUTH_SECRET: 'x'.repeat(32),
      ALLOWED_ORIGINS: 'https://app.example.com',
      PUBLIC_URL: 'https://api.example.com/',
    };
    expect(parseConfig(production)).toMatchObject({
      developmentSignIn: false,
      publicUrl: 'https://api.example.com',
      host: '0.0.0.0',
    });
    expect(parseConfig({ ...production, DEVELOPMENT_SIGN_IN: 'true' }).developmentSignIn).toBe(true);
    expect(parseConfig({}).developmentSignIn).toBe(true);
  });
});

test('.env.example names exactly the variables that are read, each once', () => {
  const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const named = [...text.matchAll(/^#?\s?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
  expect([...named].sort()).toEqual(Object.keys(environmentSchema.shape).sort());
});
