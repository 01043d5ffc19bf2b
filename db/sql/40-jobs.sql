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
