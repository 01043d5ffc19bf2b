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
