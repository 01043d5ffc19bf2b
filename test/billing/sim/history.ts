import type { ActName, Picks } from './acts.ts';
import { Dice } from './dice.ts';
import type { Setting } from './stage.ts';

/** One thing that happens, complete in itself: any part of a history is a history. */
export type Move = readonly [kind: MoveKind, ...picks: Picks, act?: ActName];

export type MoveKind =
  | 'act'
  | 'wait'
  | 'deliver'
  | 'deliver-again'
  | 'lose'
  | 'job'
  | 'sweep'
  | 'minute'
  | 'notices'
  | 'reconcile'
  | 'run'
  | 'kill'
  | 'kill-all'
  | 'vendor-fault'
  | 'database-fault'
  | 'mail-fault';

/** Who repairs at the end: nobody, when nothing was lost; else one of the reconciler's cycles. */
export type Repair = 'none' | 'recent' | 'full';

export interface History {
  readonly setting: Setting;
  readonly repair: Repair;
  readonly moves: readonly Move[];
}

const actWeights: Readonly<Record<ActName, number>> = {
  signUp: 3,
  makeCustomer: 1,
  checkOut: 6,
  checkOutPack: 2,
  buy: 8,
  abandon: 1,
  subscribe: 3,
  card: 4,
  portal: 6,
  dashboard: 5,
  end: 2,
  invoice: 3,
  ours: 4,
  deleteCustomer: 0.7,
  stranger: 0.7,
};

/** What a history is about, beside everything: it makes rare things likely. */
const themes: Readonly<Record<string, Partial<Record<ActName, number>>>> = {
  any: {},
  late: { card: 14, invoice: 8, subscribe: 8 },
  moved: { deleteCustomer: 8, makeCustomer: 12, subscribe: 8 },
  double: { checkOut: 14, buy: 18, subscribe: 8 },
  ending: { portal: 14, dashboard: 12, ours: 10 },
};

const calm: Readonly<Record<MoveKind, number>> = {
  act: 30,
  wait: 12,
  deliver: 26,
  'deliver-again': 3,
  lose: 0,
  job: 22,
  sweep: 3,
  minute: 3,
  notices: 4,
  reconcile: 2,
  run: 18,
  kill: 2.5,
  'kill-all': 0.6,
  'vendor-fault': 2,
  'database-fault': 1.5,
  'mail-fault': 0.6,
};

const narrow = [
  'customer.subscription.*',
  'checkout.session.*',
  'customer.created',
  'customer.deleted',
  'invoice.*',
  'charge.refunded',
  'refund.failed',
];

/** Two months that are not paid: who is late has been a customer before, and may be late for long. */
const lateBeginning: readonly Move[] = [
  ['act', 0, 0.5, 0.5, 'signUp'],
  ['run', 0, 0.9, 0],
  ['act', 0.05, 0, 0, 'subscribe'],
  ['act', 0, 0.5, 0, 'card'],
  ['wait', 0.95, 0, 0],
  ['wait', 0.95, 0, 0],
];

/** An end, and two months after it: long enough for all that is counted down from there. */
const longAfter: readonly Move[] = [
  ['reconcile', 0.9, 0.9, 0],
  ['act', 0.9, 0.1, 0, 'end'],
  ['reconcile', 0.9, 0.9, 0],
  ['notices', 0, 0.9, 0],
  ['wait', 0.95, 0, 0],
  ['notices', 0, 0.9, 0],
  ['wait', 0.95, 0, 0],
];

/** The history of a seed. */
export function drawHistory(seed: number): History {
  const dice = new Dice(seed);
  const repair = dice.weighted<Repair>({ none: 5, recent: 3, full: 2 });
  const weights = { ...calm, lose: repair === 'none' ? 0 : 10 };
  const setting: Setting = {
    seed,
    account: {
      afterLastRetry: dice.weighted({ cancel: 3, unpaid: 2, past_due: 2, pause: 1 }),
      retryDays: dice.chance(0.5) ? [3, 8, 15] : [1, 2],
    },
    types: dice.chance(0.2) ? ['*'] : narrow,
    listens: dice.weighted({ thin: 7, both: 8, snapshots: 85 }),
    skewMs: dice.chance(0.5) ? 0 : dice.below(4000) - 2000,
    organisations: dice.chance(0.3) ? 2 : 1,
  };
  const theme = dice.weighted({ any: 4, late: 2, moved: 1, double: 1, ending: 2 });
  const acts = { ...actWeights, ...themes[theme] };
  const picks = (): Picks => [dice.next(), dice.next(), dice.next()];
  const beginning: Move[] = [
    ['act', ...picks(), dice.chance(0.8) ? 'signUp' : 'makeCustomer'],
    ['run', 0, 0.9, 0],
    ['act', ...picks(), dice.chance(0.7) ? 'checkOut' : 'subscribe'],
    ['run', 0, 0.9, 0],
  ];
  const begin = theme === 'late' && dice.chance(0.6) ? lateBeginning.slice(0, 5 + dice.below(2)) : beginning;
  const moves = Array.from({ length: 12 + dice.below(36) }, (): Move => {
    const kind = dice.weighted(weights);
    return kind === 'act' ? [kind, ...picks(), dice.weighted(acts)] : [kind, ...picks()];
  });
  const end = theme === 'ending' && dice.chance(0.3) ? longAfter : [];
  return { setting, repair, moves: [...begin, ...moves, ...end] };
}
