import type { PasswordRule } from '../../integrations/auth/port.ts';

let common: Promise<ReadonlySet<string>> | null = null;

/** The passwords found most often in breaches (zxcvbn's list), loaded when the first one is chosen. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common']),
  );
  return common;
}

/** Refuses what attackers try first, in any case. */
export const passwordRule: PasswordRule = async (password) =>
  (await commonPasswords()).has(password.toLowerCase())
    ? 'This password is among those found in breaches. Choose another one.'
    : null;
