/** One message to one person; `text` is all of it, so that every reader shows it. */
export interface Email {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Names the message: mail servers and readers show a repetition of it once. Letters, digits, `:`, `_` and `-`. */
  readonly id?: string;
}

/**
 * Sends mail. Resolves when the server has taken the message; rejects within 15 s when it has not. Nothing is repeated
 * here: a person who got no link asks for another one.
 */
export interface EmailSender {
  readonly kind: 'log' | 'smtp' | 'unset';
  send(email: Email): Promise<void>;
}
