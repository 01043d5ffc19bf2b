import { BufferBudget } from './buffer-budget.ts';
import { Flusher } from './flusher.ts';
import { defaultLimits, type SocketLimits } from './limits.ts';
import { Occupancy } from './occupancy.ts';
import type { GatewayOptions } from './options.ts';

/** What all sockets of one gateway share. */
export interface Hub<Socket> {
  readonly options: GatewayOptions;
  readonly limits: SocketLimits;
  readonly clock: GatewayOptions['clock'];
  readonly flusher: Flusher;
  readonly budget: BufferBudget;
  readonly occupancy: Occupancy;
  readonly sockets: Set<Socket>;
  draining: boolean;
}

export function createHub<Socket>(options: GatewayOptions): Hub<Socket> {
  const limits = { ...defaultLimits, ...options.limits };
  return {
    options,
    limits,
    clock: options.clock,
    flusher: new Flusher(),
    budget: new BufferBudget(limits.processBufferBytes),
    occupancy: new Occupancy(),
    sockets: new Set(),
    draining: false,
  };
}
