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
