export interface PoolBudget {
  readonly main: number;
  readonly slow: number;
  /** One for LISTEN and one for what is urgent. */
  readonly direct: number;
}

/** Beyond these a process gains nothing: measured flat from 10 to 20 connections. */
const most = { main: 20, slow: 5 };
const direct = 2;

/**
 * How many connections one of `instances` equal processes may hold, of the 80 % of the server's limit that the
 * application takes (the rest is for migrations, people and the platform). Throws when not even the least fits.
 */
export function poolBudget(server: { maxConnections: number; instances: number }): PoolBudget {
  const total = Math.floor((0.8 * server.maxConnections) / server.instances);
  const rest = total - direct;
  if (rest < 2) {
    throw new Error(
      `A database limit of ${server.maxConnections} connections is too small for ${server.instances} instances: at least ${Math.ceil((4 * server.instances) / 0.8)} are needed.`,
    );
  }
  const slow = Math.min(most.slow, Math.max(1, Math.floor(rest * 0.2)));
  return { main: Math.min(most.main, rest - slow), slow, direct };
}
