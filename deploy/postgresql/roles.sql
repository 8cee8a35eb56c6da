-- Run once as a superuser: sudo -u postgres psql -f deploy/postgresql/roles.sql
-- The owner makes tables; the application uses them and can only add to the books.
-- Both sign in through the local socket: map the system account `ensemblier` to them in
-- pg_ident.conf (`ens ensemblier ensemblier_app`, `ens ensemblier ensemblier_owner`) and, in
-- pg_hba.conf, `local ensemblier all peer map=ens`.
CREATE ROLE ensemblier_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE ensemblier_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE ensemblier OWNER ensemblier_owner ENCODING 'UTF8' TEMPLATE template0;

\connect ensemblier
REVOKE ALL ON DATABASE ensemblier FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE ensemblier TO ensemblier_app;
GRANT ALL ON SCHEMA public TO ensemblier_owner;

-- A page that runs away stops by itself; a payment waits its turn, then says so.
ALTER ROLE ensemblier_app SET statement_timeout = '60s';
ALTER ROLE ensemblier_app SET lock_timeout = '20s';
ALTER ROLE ensemblier_app SET idle_in_transaction_session_timeout = '60s';
-- Refused by the start-up check when off.
ALTER ROLE ensemblier_app SET synchronous_commit = 'on';

-- Rights on tables follow each migration: `ensemblier ledger grants ensemblier_app` (deploy/upgrade).
