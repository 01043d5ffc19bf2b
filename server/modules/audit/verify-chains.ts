import {
  type ChainHead,
  type ChainLink,
  listHeads,
  listLinks,
  listStrays,
} from '../../../db/queries/audit-chain.ts';
import type { SystemScope } from '../../../db/scope.ts';

const PAGE = 2_000;
const START = '0'.repeat(64);

/** Something that is not as it was written. `seq` is the place in the organisation's chain; null for a row without. */
export interface ChainFault {
  readonly orgId: string;
  readonly seq: number | null;
  readonly fault:
    | 'edited'
    | 'broken link'
    | 'missing row'
    | 'shorter than its head'
    | 'stray row'
    | 'not as anchored';
}

export interface ChainReport {
  readonly organisations: number;
  readonly rows: number;
  readonly faults: readonly ChainFault[];
  readonly heads: readonly ChainHead[];
}

/**
 * Recomputes every chain. Finds rows that were edited, deleted, inserted or moved, and chains cut at the end, by their
 * heads. Who can also rewrite the heads is found by `anchors`: heads of an earlier report, kept elsewhere.
 */
export async function verifyChains(
  scope: SystemScope,
  anchors: readonly ChainHead[] = [],
): Promise<ChainReport> {
  const faults: ChainFault[] = [];
  const heads: ChainHead[] = [];
  const anchored = Map.groupBy(anchors, ({ orgId }) => orgId);
  let rows = 0;
  for (let after = ''; ; ) {
    const page = await listHeads(scope, after, PAGE);
    for (const head of page) {
      const chain = await verifyChain(scope, head, anchored.get(head.orgId) ?? []);
      rows += chain.rows;
      faults.push(...chain.faults);
      anchored.delete(head.orgId);
    }
    heads.push(...page);
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.orgId;
  }
  for (const { orgId } of await listStrays(scope)) faults.push({ orgId, seq: null, fault: 'stray row' });
  for (const [orgId, gone] of anchored)
    for (const { seq } of gone) faults.push({ orgId, seq, fault: 'not as anchored' });
  return { organisations: heads.length, rows, faults, heads };
}

async function verifyChain(
  scope: SystemScope,
  head: ChainHead,
  anchors: readonly ChainHead[],
): Promise<{ rows: number; faults: ChainFault[] }> {
  const { orgId } = head;
  const faults: ChainFault[] = [];
  const wanted = new Map(anchors.map(({ seq, hash }) => [seq, hash]));
  let last = { seq: 0, hash: START };
  let rows = 0;
  for (;;) {
    const links = await listLinks(scope, { orgId, seq: last.seq, limit: PAGE });
    if (links.length === 0) break;
    rows += links.length;
    for (const link of links) {
      const fault = faultOf(last, link);
      if (fault !== null) faults.push({ orgId, seq: link.seq, fault });
      if (wanted.get(link.seq) === link.hash) wanted.delete(link.seq);
      last = { seq: link.seq, hash: link.hash ?? '' };
    }
  }
  if (last.seq !== head.seq || last.hash !== head.hash)
    faults.push({ orgId, seq: head.seq, fault: 'shorter than its head' });
  for (const seq of wanted.keys()) faults.push({ orgId, seq, fault: 'not as anchored' });
  return { rows, faults };
}

function faultOf(last: { seq: number; hash: string }, link: ChainLink): ChainFault['fault'] | null {
  if (link.seq !== last.seq + 1) return 'missing row';
  if (link.prevHash !== last.hash) return 'broken link';
  return link.computed === link.hash ? null : 'edited';
}
