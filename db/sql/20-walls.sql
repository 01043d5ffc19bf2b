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
