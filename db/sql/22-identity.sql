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
