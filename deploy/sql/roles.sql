-- Roles with no more rights than iMi needs. Run once as an administrator, in iMi's database, before
-- iMi starts for the first time; then give each role a password: ALTER ROLE imi PASSWORD '…'.
--
-- imi: IMI_DATABASE_URL. Owns the schemas `imi` and `imi_read`, and makes, renames and drops
-- generations of the read models; it needs to create schemas and the (trusted) extension pg_trgm.
CREATE ROLE imi LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
DO $$ BEGIN EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO imi', current_database()); END $$;

-- imi_reader: IMI_DATABASE_READ_URL, dashboards, people. Reads the read models and nothing else;
-- default privileges give it those of every generation to come, so that a swap locks nobody out.
CREATE ROLE imi_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO imi_reader', current_database()); END $$;
GRANT imi TO CURRENT_USER;
ALTER DEFAULT PRIVILEGES FOR ROLE imi GRANT USAGE ON SCHEMAS TO imi_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE imi GRANT SELECT ON TABLES TO imi_reader;
REVOKE imi FROM CURRENT_USER;

-- Neither may put anything where others would find it.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO imi;
