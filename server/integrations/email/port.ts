/** One message to one person; `text` is all of it, so that every reader shows it. */
export interface Email {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Names the message: mail servers and readers show a repetition of it once. Letters, digits, `:`, `_` and `-`. */
  readonly id?: string;
}

/** No repetition of this message will be taken: its receiver does not exist, or no mail server is configured. */
export class EmailRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmailRefused';
  }
}

/**
 * Sends mail. Resolves when the server has taken the message; rejects within 15 s when it has not, with `EmailRefused`
 * when it never will. Nothing is repeated here: jobs do that.
 */
export interface EmailSender {
  readonly kind: 'log' | 'smtp' | 'unset';
  send(email: Email): Promise<void>;
}
