// Generated from the running router by `npm run sdk:generate`. Do not edit.

export type ConversationId = string;
