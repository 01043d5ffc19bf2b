import { afterAll } from 'vitest';
import { forgetTestDatabase } from '../support/database.ts';

// Files share their worker's modules (isolate: false): each begins with an empty database of its own all the same.
afterAll(forgetTestDatabase);
