const DAY_MS = 24 * 60 * 60 * 1000;

/** How long a session lasts without signing in again; one of a Supabase user outlives the token it came with by as much. */
export const SESSION_TTL_MS = 30 * DAY_MS;
export const GUEST_SESSION_TTL_MS = DAY_MS;
/** A session that is used is extended when this much of its time has gone: once a day, not at each call. */
export const SESSION_EXTEND_MS = DAY_MS;
/** A sign-in this recent may add what proves the person from then on. */
export const SESSION_FRESH_MS = DAY_MS;
