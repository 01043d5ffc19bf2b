import { v7 } from 'uuid';
import { newId } from '../../core/ids.ts';

/** Ids of the library's rows: people and sessions in our form, the rest as bare UUIDv7. */
export function idFor(model: string): string {
  if (model === 'user') return newId('user');
  if (model === 'session') return newId('session');
  return v7();
}
