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
