-- Roles belong to the cluster, not to the database: made only where missing. NOLOGIN: reached by `set local role`.
do $$
begin
  if not exists (select from pg_roles where rolname = 'repspheres_app') then
    create role repspheres_app nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'repspheres_system') then
    create role repspheres_system nologin;
  end if;
exception when duplicate_object or unique_violation then
  null; -- another database of this cluster is migrated at the same moment
end $$;

-- Without inheritance: the login role itself, outside of a scope, is granted nothing by the policies below.
do $$
begin
  if current_setting('server_version_num')::int >= 160000 then
    execute format('grant repspheres_app, repspheres_system to %I with inherit false, set true', current_user);
  else
    execute format('grant repspheres_app, repspheres_system to %I', current_user);
  end if;
end $$;

grant usage on schema public to repspheres_app, repspheres_system;
alter default privileges in schema public grant select, insert, update, delete on tables to repspheres_system;
alter default privileges in schema public grant usage, select on sequences to repspheres_system;
grant select, insert, update, delete on all tables in schema public to repspheres_system;
grant usage, select on all sequences in schema public to repspheres_system;

--> statement-breakpoint
-- The second wall between tenants. Every table is behind one of these two; a test looks for tables that are not.

-- A table of the platform: reached only by repspheres_system.
create or replace function protect_platform_table(table_name text) returns void language plpgsql as $$
begin
  execute format('alter table %I enable row level security', table_name);
  execute format('alter table %I force row level security', table_name);
  execute format('drop policy if exists system_all on %I', table_name);
  execute format('create policy system_all on %I to repspheres_system using (true) with check (true)', table_name);
  execute format('grant select, insert, update, delete on %I to repspheres_system', table_name);
end $$;

-- A table of tenants: repspheres_app sees and writes only rows of the organisation in app.org_id.
-- The sub-select is evaluated once a query; the setting is '' (not null) after its first use on a connection.
create or replace function protect_tenant_table(
  table_name text,
  org_column text default 'org_id',
  app_privileges text default 'select, insert, update, delete'
) returns void language plpgsql as $$
declare
  own_row text := format('%I = (select nullif(current_setting(''app.org_id'', true), ''''))', org_column);
begin
  perform protect_platform_table(table_name);
  execute format('drop policy if exists own_organisation on %I', table_name);
  execute format('create policy own_organisation on %I to repspheres_app using (%s) with check (%s)',
    table_name, own_row, own_row);
  execute format('grant %s on %I to repspheres_app', app_privileges, table_name);
end $$;

revoke all on function protect_platform_table(text) from public;
revoke all on function protect_tenant_table(text, text, text) from public;

-- What a tenant writes of itself never reaches its plan or a suspension.
select protect_tenant_table('organisations', 'id', 'select');
grant insert (id, kind, name), update (name) on organisations to repspheres_app;
-- A membership ends by `end_membership` alone, which sees to the sessions.
select protect_tenant_table('memberships', app_privileges => 'select, insert');
grant update (role) on memberships to repspheres_app;
select protect_tenant_table('invitations', app_privileges => 'select, insert');
grant update (accepted_at, accepted_by, revoked_at) on invitations to repspheres_app;
select protect_tenant_table('api_keys', app_privileges => 'select, insert');
grant update (revoked_at) on api_keys to repspheres_app;
select protect_tenant_table('sessions', app_privileges => 'select, insert, update');
select protect_tenant_table('conversations');
select protect_tenant_table('messages');
select protect_tenant_table('runs');
select protect_tenant_table('usage_attempts', app_privileges => 'select, insert, update');
select protect_tenant_table('idempotency_keys');
select protect_tenant_table('audit_log', app_privileges => 'select, insert');

-- A tenant records its effects; only the relay reads them.
select protect_tenant_table('outbox', app_privileges => 'insert');
grant usage on sequence outbox_id_seq to repspheres_app;

-- People are visible to the organisations they are members of.
select protect_platform_table('users');
create policy members_of_own_organisation on users for select to repspheres_app
  using (exists (select from memberships where memberships.user_id = users.id));
grant select on users to repspheres_app;

select protect_platform_table('platform_staff');
select protect_platform_table('data_requests');
select protect_platform_table('data_export_parts');
select protect_platform_table('signing_keys');
select protect_platform_table('run_log_heads');
select protect_platform_table('limit_windows');

select protect_platform_table('knowledge_notes');
create policy readable_by_all on knowledge_notes for select to repspheres_app using (true);
grant select on knowledge_notes to repspheres_app;

--> statement-breakpoint
-- Proofs of identity: reached only by repspheres_system.
select protect_platform_table('accounts');
select protect_platform_table('verifications');
select protect_platform_table('two_factors');
select protect_platform_table('passkeys');
select protect_platform_table('oauth_clients');
select protect_platform_table('oauth_resources');
select protect_platform_table('oauth_client_resources');
select protect_platform_table('oauth_session_clients');
select protect_platform_table('oauth_refresh_tokens');
select protect_platform_table('oauth_access_tokens');
select protect_platform_table('oauth_consents');
select protect_platform_table('oauth_client_assertions');
select protect_platform_table('principal_changes');
grant usage on sequence principal_changes_id_seq to repspheres_system;

-- Tells every process at commit that rights changed: at once to who listens, by the table to who missed it.
-- Runs as repspheres_system, so that a tenant's own transaction may announce too.
create or replace function announce_principal_change(change text) returns void
language sql security definer set search_path = public as $$
  with written as (insert into principal_changes (payload) values (change) returning id)
  select pg_notify('principal_changed', id || ' ' || change) from written
$$;
revoke all on function announce_principal_change(text) from public;
grant execute on function announce_principal_change(text) to repspheres_app, repspheres_system;
grant create on schema public to repspheres_system;
alter function announce_principal_change(text) owner to repspheres_system;
revoke create on schema public from repspheres_system;

-- The one way a session ends, in the transaction of whatever ends it: the row is marked, its refresh and access tokens
-- are revoked (also those with offline_access, and the kept answer of a rotation), every process is told at commit, and
-- each site that shares the sign-in gets an event of its own, delivered and repeated by itself. Gives the ids that ended.
create or replace function end_sessions(named text[]) returns setof text
language plpgsql set search_path = public as $$
declare
  ended text[];
begin
  with marked as (
    update sessions set revoked_at = now(), updated_at = now()
    where id = any(named) and revoked_at is null returning id
  ) select array_agg(id) into ended from marked;
  if ended is null then
    return;
  end if;
  update oauth_refresh_tokens
    set revoked = now(), rotation_replay_response = null, rotation_replay_expires_at = null
    where session_id = any(ended) and (revoked is null or rotation_replay_response is not null);
  update oauth_access_tokens set revoked = now() where session_id = any(ended) and revoked is null;
  insert into outbox (org_id, event_id, name, data)
    select s.org_id, format('logout-%s-%s', s.id, c.client_id), 'identity/session.ended',
      jsonb_build_object('sessionId', s.id, 'userId', s.user_id, 'clientId', c.client_id)
    from oauth_session_clients shared
    join sessions s on s.id = shared.session_id
    join oauth_clients c on c.client_id = shared.client_id
    where shared.session_id = any(ended) and c.logout_uri is not null
    on conflict do nothing;
  perform announce_principal_change(jsonb_build_object('kind', 'revoked', 'sessionId', id)::text)
    from unnest(ended) id;
  return query select unnest(ended);
end $$;

-- What becomes of a person's sessions in an organisation that they no longer belong to. They go on in another one: their
-- own, else the one joined first. Where there is none they end, and so does what support opened in their name.
-- Sessions that are being opened wait for this transaction. Gives the organisation they go on in; null for none.
create or replace function vacate_organisation(organisation text, person text) returns text
language plpgsql set search_path = public as $$
declare
  next_home text;
begin
  perform from memberships where org_id = organisation and user_id = person for update;
  select m.org_id into next_home
    from memberships m join organisations o on o.id = m.org_id
    where m.user_id = person and m.org_id <> organisation and o.kind <> 'guest' and o.suspended_at is null
    order by o.kind = 'personal' desc, m.created_at, m.org_id limit 1 for share of m;
  update sessions set org_id = next_home, updated_at = now()
    where org_id = organisation and user_id = person and next_home is not null
      and revoked_at is null and impersonator_id is null;
  perform end_sessions(array(select id from sessions where org_id = organisation and user_id = person));
  perform announce_principal_change(jsonb_build_object('kind', 'changed', 'userId', person)::text);
  return next_home;
end $$;

-- Ends a membership of the organisation that the transaction is bound to, for a tenant's own transaction.
create or replace function end_membership(person text) returns text
language plpgsql security definer set search_path = public as $$
declare
  organisation text := nullif(current_setting('app.org_id', true), '');
  next_home text := vacate_organisation(organisation, person);
begin
  delete from memberships where org_id = organisation and user_id = person;
  return next_home;
end $$;

-- A living session cannot go with a row it hangs on: whoever deletes that has ended the session first.
create or replace function refuse_living_session() returns trigger language plpgsql as $$
begin
  raise exception 'session % lives: end it first', old.id using errcode = 'restrict_violation';
end $$;
create trigger sessions_end_first before delete on sessions for each row
  when (old.revoked_at is null and old.expires_at > now()) execute function refuse_living_session();

revoke all on function end_sessions(text[]) from public;
revoke all on function vacate_organisation(text, text) from public;
revoke all on function end_membership(text) from public;
grant execute on function end_sessions(text[]), vacate_organisation(text, text) to repspheres_system;
grant execute on function end_membership(text) to repspheres_app;
grant create on schema public to repspheres_system;
alter function end_membership(text) owner to repspheres_system;
revoke create on schema public from repspheres_system;

--> statement-breakpoint
-- A run and its messages name each other; within a transaction either may come first.
alter table runs alter constraint runs_user_message deferrable initially deferred;
alter table runs alter constraint runs_assistant_message deferrable initially deferred;

--> statement-breakpoint
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

--> statement-breakpoint
-- Full-text match is not a leakproof operator, so behind row-level security Postgres may not use an index for it.
-- The search therefore runs as repspheres_system inside a function that itself keeps to the organisation of app.org_id.
create extension if not exists btree_gin;
create index messages_search on messages using gin (org_id, search);

-- The owner's conversations whose title or messages match, best first, with the text of the best message; those after
-- the place (after_rank, after_id), where one is given.
create or replace function search_conversations(
  wanted_owner text, words tsquery, most integer, after_rank double precision, after_id text
)
returns table (
  id text, agent_id text, app text, title text, created_at timestamptz, updated_at timestamptz,
  rank double precision, passage text
) language sql stable security definer set search_path = public as $$
  with own as materialized (select nullif(current_setting('app.org_id', true), '') as org_id),
  found as (
    select distinct on (m.conversation_id) m.conversation_id, m.content, ts_rank(m.search, words) as rank
    from messages m
    where m.org_id = (select org_id from own) and m.search @@ words
    order by m.conversation_id, rank desc, m.seq desc
  ),
  matching as (
    select c.id, c.agent_id, c.app, c.title, c.created_at, c.updated_at, found.content,
      coalesce(found.rank, 0) + 2 * ts_rank(to_tsvector('english', c.title), words) as rank
    from conversations c left join found on found.conversation_id = c.id
    where c.org_id = (select org_id from own) and c.owner_id = wanted_owner and c.deleted_at is null
      and (found.conversation_id is not null or to_tsvector('english', c.title) @@ words)
  ),
  page as (
    select * from matching
    where after_rank is null or (rank, id) < (after_rank, after_id)
    order by rank desc, id desc
    limit most
  )
  select id, agent_id, app, title, created_at, updated_at, rank, coalesce(
    ts_headline('english', content, words, 'StartSel="", StopSel="", MaxWords=30, MinWords=10'), '')
  from page order by rank desc, id desc
$$;
revoke all on function search_conversations(text, tsquery, integer, double precision, text) from public;
grant execute on function search_conversations(text, tsquery, integer, double precision, text) to repspheres_app;

-- A new owner of a function must be allowed to create one.
grant create on schema public to repspheres_system;
alter function search_conversations(text, tsquery, integer, double precision, text) owner to repspheres_system;
revoke create on schema public from repspheres_system;

--> statement-breakpoint
-- Members see the runs made for their organisation; everything else of the job room is platform work.
select protect_tenant_table('job_runs', app_privileges => 'select');
select protect_tenant_table('job_steps', app_privileges => 'select');

select protect_platform_table('job_waits');
select protect_platform_table('job_queue');
select protect_platform_table('job_events');
select protect_platform_table('job_buffers');
select protect_platform_table('job_admissions');

-- Tells the relays at commit that there is something to send.
create or replace function notify_outbox() returns trigger language plpgsql as $$
begin
  notify repspheres_outbox;
  return null;
end $$;
create trigger outbox_written after insert on outbox for each statement execute function notify_outbox();

--> statement-breakpoint
-- The audit chain. Acts of a class are numbered without gaps in their organisation, and each holds the hash over the
-- hash before it and its own content. Writers of one organisation wait for each other here from the insert, which is
-- the last statement of an act, to the commit; acts without a class and other organisations do not wait.
select protect_platform_table('audit_heads');

create or replace function audit_hash(entry audit_log) returns text language sql stable as $$
  select encode(sha256(convert_to(entry.prev_hash || jsonb_build_array(
    entry.org_id, entry.seq, entry.id, entry.act_class, entry.actor_kind, entry.actor_id, entry.impersonator_id,
    entry.operation, entry.subject, entry.outcome, entry.request_id, entry.app, entry.detail,
    floor(extract(epoch from entry.created_at) * 1000)::bigint)::text, 'UTF8')), 'hex')
$$;

create or replace function chain_audit() returns trigger
language plpgsql security definer set search_path = public as $$
declare
  head audit_heads;
begin
  new.seq := null;
  new.prev_hash := null;
  new.hash := null;
  if new.act_class is null then
    return new;
  end if;
  insert into audit_heads (org_id, seq, hash) values (new.org_id, 0, repeat('0', 64)) on conflict do nothing;
  select * into head from audit_heads where org_id = new.org_id for update;
  new.seq := head.seq + 1;
  new.prev_hash := head.hash;
  new.hash := audit_hash(new);
  update audit_heads set seq = new.seq, hash = new.hash, updated_at = now() where org_id = new.org_id;
  return new;
end $$;
create trigger audit_chained before insert on audit_log for each row execute function chain_audit();

-- Nobody rewrites an act of a class through the roles of the application; who can disable this is found by the chain.
create or replace function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_append_only before update or delete on audit_log for each row
  when (old.act_class is not null) execute function refuse_audit_change();

revoke all on function chain_audit() from public;
grant create on schema public to repspheres_system;
alter function chain_audit() owner to repspheres_system;
revoke create on schema public from repspheres_system;

--> statement-breakpoint
select protect_tenant_table('usage_windows');
select protect_tenant_table('usage_holds');
select protect_tenant_table('usage_entries', app_privileges => 'select, insert');
select protect_tenant_table('usage_grants', app_privileges => 'select');
select protect_tenant_table('usage_balances');
select protect_tenant_table('usage_watches');

-- What money decides is written by the platform alone; a tenant reads its own and begins checkouts.
select protect_tenant_table('billing_customers', app_privileges => 'select');
select protect_tenant_table('subscriptions', app_privileges => 'select');
select protect_tenant_table('billing_effects', app_privileges => 'select');
select protect_tenant_table('billing_checkouts');
select protect_tenant_table('entitlements', app_privileges => 'select');
select protect_tenant_table('entitlement_overrides', app_privileges => 'select');
select protect_platform_table('billing_events');
select protect_platform_table('billing_cursors');
select protect_tenant_table('usage_exports', app_privileges => 'select');
