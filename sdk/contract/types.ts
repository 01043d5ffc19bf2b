// Generated from the running router by `npm run sdk:generate`. Do not edit.
export * from './agents.ts';
export * from './api.ts';
export * from './api-keys.ts';
export * from './audit.ts';
export * from './billing.ts';
export * from './conversations.ts';
export * from './entitlements.ts';
export * from './identity.ts';
export * from './organisations.ts';
export * from './platform.ts';
export * from './runs.ts';
export * from './shared.ts';
export * from './support.ts';
export * from './usage.ts';
