/** One check taken out of the code, and the tests that must notice. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly tests: string;
  /** The full name of a test that must fail. */
  readonly caughtBy: RegExp;
}
