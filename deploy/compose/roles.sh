# Sourced once by the image of PostgreSQL, when it makes the database: the roles of docs/operating.md, "The PostgreSQL role".
# The service's own is no superuser; the superuser is left without a password, so that nobody outside of this container is it.
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\set password `printf %s "$POSTGRES_PASSWORD"`
CREATE ROLE shop_owner LOGIN;
CREATE ROLE dr_runbook LOGIN CREATEDB PASSWORD :'password';
GRANT shop_owner, pg_signal_backend, pg_read_all_data, pg_monitor TO dr_runbook;
ALTER DATABASE :"DBNAME" OWNER TO shop_owner;
ALTER ROLE :"USER" PASSWORD NULL;
SQL
