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
