import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'auth-secret';

/** The server's secret: as configured, else one made at the first start and kept in the data folder, readable by its owner alone. */
export function serverSecret(configured: string | null, dataDir: string): string {
  if (configured !== null) return configured;
  const path = join(dataDir, FILE);
  mkdirSync(dataDir, { recursive: true });
  try {
    // 'wx': of two first starts at once, one makes it and both use it.
    writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8');
}
