/** The five frontends; every session, run and usage row carries the one it came from. */
export const appIds = ['crm', 'market', 'global', 'repconnect', 'canvas'] as const;
export type AppId = (typeof appIds)[number];
