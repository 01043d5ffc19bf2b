-- A run and its messages name each other; within a transaction either may come first.
alter table runs alter constraint runs_user_message deferrable initially deferred;
alter table runs alter constraint runs_assistant_message deferrable initially deferred;
