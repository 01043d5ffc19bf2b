import { checkEpoch, checkNumber, checkRunId, type LogRecord, maxNumber } from './log-record.ts';

/**
 * The SQL of the Postgres log. Statements go by the simple protocol, because that is one round trip also behind a
 * transaction pooler, where bound parameters cost two. So values are literals: run ids and numbers are checked before,
 * texts of people only ever appear as base64, in which no byte can be SQL.
 */

const ints = (values: readonly number[]): string => `'{${values.map(checkNumber).join()}}'::int[]`;
const ids = (values: readonly string[]): string => `'{${values.map(checkRunId).join()}}'::text[]`;

/** Lines of text: stored JSON never holds a raw line feed. */
function lines(values: readonly string[]): string {
  const base64 = Buffer.from(values.join('\n')).toString('base64');
  return `string_to_array(convert_from(decode('${base64}', 'base64'), 'UTF8'), E'\\n')`;
}

function asTable(records: readonly LogRecord[]): string {
  const columns = [
    ids(records.map((record) => record.runId)),
    ints(records.map((record) => record.epoch)),
    ints(records.map((record) => record.firstSeq)),
    ints(records.map((record) => record.lastSeq)),
    `'{${records.map((record) => record.ends).join()}}'::bool[]`,
    lines(records.map((record) => record.json)),
  ];
  return `unnest(${columns.join(', ')}) with ordinality as b (run_id, epoch, first_seq, last_seq, ends, events, place)`;
}

/**
 * Moves the heads that stand directly before their batch and inserts exactly those batches; answers their places.
 * A batch carries its head's time of creation: a run lies in one daily partition and leaves with it.
 */
export function appendStatement(records: readonly LogRecord[]): string {
  return `with b as (select * from ${asTable(records)}),
moved as (
  update run_log_heads h set last_seq = b.last_seq, ended = b.ends from b
  where h.run_id = b.run_id and h.epoch = b.epoch and h.last_seq = b.first_seq - 1 and not h.ended
  returning b.*, h.created_at
), kept as (
  insert into run_log (run_id, first_seq, last_seq, epoch, events, created_at)
  select run_id, first_seq, last_seq, epoch, events, created_at from moved
)
select place::int from moved`;
}

/** For refused batches: where each log ends now, and whether it holds this very batch. */
export function readBackStatement(records: readonly LogRecord[]): string {
  return `select b.place::int, h.epoch, h.last_seq, h.ended,
  coalesce(l.epoch = b.epoch and l.first_seq = b.first_seq and l.events = b.events, false) as is_stored
from ${asTable(records)}
left join run_log_heads h on h.run_id = b.run_id
left join run_log l on l.run_id = b.run_id and l.last_seq = b.last_seq and l.created_at = h.created_at`;
}

/** Raises the epoch unless a higher one stands; answers the tail of the log it now owns, or nothing. */
export function takeoverStatement(runId: string, epoch: number, create: boolean): string {
  const id = `'${checkRunId(runId)}'`;
  checkEpoch(epoch);
  if (!create) {
    return `update run_log_heads set epoch = ${epoch} where run_id = ${id} and epoch <= ${epoch}
returning epoch, last_seq, ended`;
  }
  return `insert into run_log_heads (run_id, epoch, last_seq, ended) values (${id}, ${epoch}, 0, false)
on conflict (run_id) do update set epoch = excluded.epoch where run_log_heads.epoch <= excluded.epoch
returning epoch, last_seq, ended`;
}

export function tailStatement(runId: string): string {
  return `select epoch, last_seq, ended from run_log_heads where run_id = '${checkRunId(runId)}'`;
}

/** At most `limit` batches a request, in the order of the requests (`place` from 1) and of their numbers. */
export function readStatement(
  requests: readonly { readonly runId: string; readonly afterSeq: number }[],
  limit: number,
): string {
  const asked = [ids(requests.map((one) => one.runId)), ints(requests.map((one) => one.afterSeq))];
  return `select q.place::int, l.first_seq, l.last_seq, l.epoch, l.events
from unnest(${asked.join(', ')}) with ordinality as q (run_id, after_seq, place)
join run_log_heads h on h.run_id = q.run_id and h.last_seq > q.after_seq
cross join lateral (
  select l.* from run_log l
  where l.run_id = q.run_id and l.created_at = h.created_at and l.last_seq > q.after_seq
  order by l.last_seq limit ${checkNumber(Math.min(limit, maxNumber))}
) l
order by q.place, l.last_seq`;
}

/** How many events up to `lastSeq` the log still holds. */
export function countStatement(runId: string, lastSeq: number): string {
  return `select coalesce(sum(least(l.last_seq, ${checkNumber(lastSeq)}) - l.first_seq + 1), 0)::int as events
from run_log_heads h join run_log l on l.run_id = h.run_id and l.created_at = h.created_at
where h.run_id = '${checkRunId(runId)}' and l.first_seq <= ${lastSeq}`;
}

/** Ends in a select, as every statement here: postgres.js leaves out results that have no rows by nature. */
export function dropStatement(runId: string): string {
  const id = `'${checkRunId(runId)}'`;
  return `with head as (delete from run_log_heads where run_id = ${id}),
batches as (delete from run_log where run_id = ${id})
select true as dropped`;
}
