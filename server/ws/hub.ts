import { LiveRights, type RightsHolder } from '../modules/identity/live-rights.ts';
import { BufferBudget } from './buffer-budget.ts';
import { Flusher } from './flusher.ts';
import { defaultLimits, type SocketLimits } from './limits.ts';
import { Occupancy } from './occupancy.ts';
import type { GatewayOptions } from './options.ts';

/** What all sockets of one gateway share. */
export interface Hub<Socket extends RightsHolder> {
  readonly options: GatewayOptions;
  readonly limits: SocketLimits;
  readonly clock: GatewayOptions['clock'];
  readonly flusher: Flusher;
  readonly budget: BufferBudget;
  readonly occupancy: Occupancy;
  readonly rights: LiveRights<Socket>;
  readonly sockets: Set<Socket>;
  draining: boolean;
}

export function createHub<Socket extends RightsHolder>(options: GatewayOptions): Hub<Socket> {
  const limits = { ...defaultLimits, ...options.limits };
  const { clock, logger, principals } = options;
  const sockets = new Set<Socket>();
  return {
    options,
    limits,
    clock,
    flusher: new Flusher(),
    budget: new BufferBudget(limits.processBufferBytes),
    occupancy: new Occupancy(),
    rights: new LiveRights({ principals, clock, logger, refreshMs: limits.refreshMs, holders: sockets }),
    sockets,
    draining: false,
  };
}
