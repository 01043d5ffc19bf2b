create table run_log (
  run_id text not null,
  first_seq integer not null,
  last_seq integer not null,
  epoch integer not null,
  events text not null,
  created_at timestamp (3) with time zone not null default now(),
  primary key (run_id, last_seq, created_at)
) partition by range (created_at);
select protect_platform_table('run_log');

-- Catches rows of days nobody made a partition for, so that appending never fails.
create table run_log_default partition of run_log default;
-- Only here: all other partitions leave whole, and every append would pay for it.
create index run_log_default_created_at on run_log_default (created_at);
select protect_platform_table('run_log_default');

-- Makes the partitions of today and of the next `days_ahead` days (UTC), and drops those whose last row is older
-- than `keep`. Returns how many were made and dropped. Safe to call at any time, by any number of processes.
create or replace function maintain_run_log(keep interval default '24 hours', days_ahead integer default 3)
returns table (made integer, dropped integer) language plpgsql security definer set search_path = public as $$
declare
  day_start timestamptz;
  part text;
begin
  made := 0;
  dropped := 0;
  perform pg_advisory_xact_lock(hashtext('maintain_run_log'));
  for step in 0..days_ahead loop
    day_start := date_trunc('day', now(), 'UTC') + step * interval '1 day';
    part := 'run_log_' || to_char(day_start at time zone 'UTC', 'YYYYMMDD');
    continue when to_regclass(part) is not null;
    -- A day that already has rows in the default partition stays there.
    continue when exists (select from run_log_default
      where created_at >= day_start and created_at < day_start + interval '1 day');
    execute format('create table %I partition of run_log for values from (%L) to (%L)',
      part, day_start, day_start + interval '1 day');
    perform protect_platform_table(part);
    made := made + 1;
  end loop;
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'run_log'::regclass and c.relname ~ '^run_log_\d{8}$'
  loop
    continue when to_date(right(part, 8), 'YYYYMMDD')::timestamp at time zone 'UTC' + interval '1 day' > now() - keep;
    execute format('drop table %I', part);
    dropped := dropped + 1;
  end loop;
  delete from run_log_default where created_at < now() - keep;
  delete from run_log_heads where created_at < now() - keep - interval '1 day';
  return next;
end $$;

revoke all on function maintain_run_log(interval, integer) from public;
grant execute on function maintain_run_log(interval, integer) to repspheres_system;
select maintain_run_log();
