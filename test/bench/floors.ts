import type { FollowerRow } from './followers.ts';
import type { PageRow } from './pages.ts';
import type { QueryRow } from './query.ts';
import type { ReconcileRow } from './reconcile.ts';
import type { SessionCheckRow } from './session-check.ts';
import type { StartRow } from './start.ts';
import type { StreamReport } from './streams.ts';
import type { WebhookRow } from './webhooks.ts';
import type { WholePathRow } from './whole-path.ts';

/** One promise of issues 2 to 4 ("Bench", "Done when") beside what was measured. */
export interface Floor {
  readonly bench: string;
  readonly floor: string;
  readonly measured: string;
  readonly met: 'met' | 'MISSED' | 'skipped';
}

function floor(bench: string, text: string, measured: string, holds: boolean): Floor {
  return { bench, floor: text, measured, met: holds ? 'met' : 'MISSED' };
}

export function queryFloors(rows: readonly QueryRow[]): Floor[] {
  const of = (contender: QueryRow['contender']) => rows.find((row) => row.contender === contender);
  const [backend, express] = [of('backend'), of('express')];
  if (backend === undefined || express === undefined) throw new Error('a contender is missing');
  return [
    floor(
      '(a) signed-in query',
      'CPU <= 1.4 x node:http',
      `${backend.timesRaw} x (${backend.cpuUs} us)`,
      backend.timesRaw <= 1.4,
    ),
    floor(
      '(a) signed-in query',
      'CPU <= Express 5',
      `${backend.cpuUs} us, Express ${express.cpuUs} us`,
      backend.cpuUs <= express.cpuUs,
    ),
  ];
}

export function followerFloors(rows: readonly FollowerRow[]): Floor[] {
  return rows
    .filter((row) => row.contender === 'gateway')
    .map((row) =>
      floor('(b) idle followers', `<= 22 KiB RSS at ${row.followers}`, `${row.rssKiB} KiB`, row.rssKiB <= 22),
    );
}

export function streamFloors({ rows, capacity }: StreamReport): Floor[] {
  const at = rows.find((row) => row.contender === 'gateway' && row.streams === 1_000);
  if (at === undefined) throw new Error('1,000 streams were not measured');
  return [
    floor(
      '(c) 1,000 streams',
      'p99 <= 100 ms',
      `${at.p99} ms, ${at.wrong} wrong`,
      at.p99 <= 100 && at.wrong === 0,
    ),
    floor(
      '(c) capacity',
      '>= 0.9 x Socket.IO',
      `${capacity.gateway} streams, Socket.IO ${capacity['socket.io']}`,
      capacity.gateway >= 0.9 * capacity['socket.io'],
    ),
  ];
}

export function wholePathFloors(rows: readonly WholePathRow[]): Floor[] {
  return rows.map((row) => {
    const bench = `(c) whole path, ${row.log} log, followers in ${row.followers} process`;
    const text = 'p99 <= 100 ms beyond the flush window';
    if (row.skipped !== null) {
      const met = row.skipped.startsWith('failed') ? 'MISSED' : 'skipped';
      return { bench, floor: text, measured: row.skipped, met };
    }
    const right = row.wrong === 0 && row.unfinished === 0;
    const measured = `${row.p99BeyondMs} ms, ${row.streams} streams, ${row.sockets} sockets, ${row.wrong} wrong, ${row.unfinished} unfinished`;
    return floor(bench, text, measured, row.p99BeyondMs <= 100 && right);
  });
}

export function pageFloors(rows: readonly PageRow[]): Floor[] {
  const deepest = rows.at(-1);
  if (deepest === undefined) throw new Error('no page was measured');
  const bench = `(e) page at ${deepest.depth} of ${deepest.rows} rows`;
  return [
    floor(bench, '<= 1.5 x first page', `${deepest.timesFirst} x`, deepest.timesFirst <= 1.5),
    floor(bench, '< 5 ms', `${deepest.medianMs} ms`, deepest.medianMs < 5),
  ];
}

export function startFloors(rows: readonly StartRow[]): Floor[] {
  const limits = { first: 6, later: 2 };
  return rows.map(({ start, readyS, cpuS }) =>
    floor(
      `${start} start`,
      `ready within ${limits[start]} s`,
      `${readyS} s (${cpuS} s of CPU)`,
      readyS <= limits[start],
    ),
  );
}

export function reconcileFloors(rows: readonly ReconcileRow[]): Floor[] {
  return rows.flatMap(
    ({ cycle, customers, minutes, busiestSecond, stripeRequests, drifted, wrong, parked }) => {
      const bench = `(h) reconciling ${customers} customers, ${cycle}`;
      const mended = `${drifted} had drifted, ${wrong} rows wrong, ${parked} parked`;
      return [
        floor(bench, 'within 15 min at the pace with Stripe', `${minutes} min`, minutes <= 15),
        floor(
          bench,
          'at most 20 of 100 requests a second',
          `${busiestSecond}, ${stripeRequests} in all`,
          busiestSecond <= 20,
        ),
        floor(bench, 'mends all', mended, wrong === 0 && parked === 0),
      ];
    },
  );
}

export function webhookFloors(row: WebhookRow): Floor[] {
  const { perSecond, p99Ms, refused, unprocessed, unknown, drainS } = row;
  const bench = `(g) ${perSecond} webhooks a second`;
  return [
    floor(
      bench,
      'acknowledged at p99 <= 100 ms',
      `${p99Ms} ms, ${refused} refused`,
      p99Ms <= 100 && refused === 0,
    ),
    floor(
      bench,
      'all processed in the end',
      `${unprocessed} left, ${unknown} customers unknown, ${drainS} s after the last`,
      unprocessed === 0 && unknown === 0,
    ),
  ];
}

/** How often a person asks: rights are then read again at every 6th query, and a credential is new at every 120th. */
const secondsBetweenQueries = 5;

/** What such a query pays on average, by token and by cookie; the look-out for revocations is the process's own. */
export function sessionCheckFloors(rows: readonly SessionCheckRow[]): Floor[] {
  const of = (check: SessionCheckRow['check']) =>
    rows.find((row) => row.check === check)?.cpuUs ?? Number.NaN;
  return (['token', 'cookie'] as const).map((credential) => {
    const [warm, rights, first] = [
      of(`${credential} warm`),
      of(`${credential} rights`),
      of(`${credential} first`),
    ];
    const [readAgain, isNew] = [secondsBetweenQueries / 30, secondsBetweenQueries / 600];
    const mean = warm * (1 - readAgain - isNew) + rights * readAgain + first * isNew;
    const parts = `remembered ${warm}, rights read again ${rights}, seen first ${first}`;
    const bench = `(f) session check by ${credential}, a query each ${secondsBetweenQueries} s`;
    return floor(bench, '<= 0.3 ms CPU', `${Math.round(mean)} us (${parts})`, mean <= 300);
  });
}
