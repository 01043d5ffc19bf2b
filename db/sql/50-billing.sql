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
