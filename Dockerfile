# syntax=docker/dockerfile:1
# docker build -t dr-runbook .
#
# Runs as user 10001 with a read-only root file system: what is written goes to /srv/dr/data (journal, work directory,
# first admin password) and /tmp. Memory: 256 MB of heap, some 400 MB in all, and what pg_restore's jobs take.

FROM eclipse-temurin:17-jdk AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml ./
RUN ./mvnw -q -B dependency:go-offline
COPY src src
RUN ./mvnw -q -B -Dmaven.test.skip=true -Dmdep.skip=true -Dspotless.check.skip package \
 && java -Djarmode=tools -jar target/dr-runbook.jar extract --layers --destination /layers

FROM eclipse-temurin:17-jre

# Majors of PostgreSQL's client tools, from the project's own repository (https://apt.postgresql.org). The newest alone is
# not enough: since 17, pg_restore sets transaction_timeout, which servers before 17 refuse. 16 serves those. The service
# takes the lowest that is as new as both the server and the dump.
ARG PG_MAJORS="18 16"

# curl is for the health check. postgresql-common is only needed for its script, which knows the repository
# and brings its key.
# There is no Docker client here: whoever may speak to a Docker socket is root on its machine. Where Compose restarts the
# application, run the service on that machine (./dr serve), or let a person restart it (restart.method: manual).
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl postgresql-common \
 && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
 && for major in ${PG_MAJORS}; do apt-get install -y --no-install-recommends "postgresql-client-${major}" || exit 1; done \
 && apt-get purge -y --auto-remove postgresql-common \
 && rm -rf /var/lib/apt/lists/* /etc/apt/sources.list.d/pgdg.* \
 && for major in ${PG_MAJORS}; do "/usr/lib/postgresql/${major}/bin/pg_restore" --version || exit 1; done \
 && groupadd --gid 10001 dr \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /srv/dr --shell /usr/sbin/nologin dr \
 && install -d -o 10001 -g 10001 -m 700 /srv/dr/data /var/backups/dr \
 && install -d /srv/dr/config /run/secrets

WORKDIR /srv/dr
# From what seldom changes to what always does. The jars stay apart: the service starts in half the time.
COPY --from=build /layers/dependencies/ app/
COPY --from=build /layers/spring-boot-loader/ app/
COPY --from=build /layers/snapshot-dependencies/ app/
COPY --from=build /layers/application/ app/
COPY routes routes
COPY application.yml .
# With the archive of its classes the service starts in half the time again. It fits this JVM and these options only; where
# JAVA_OPTS changes the collector, the JVM goes without.
COPY src/main/sh/archive-classes /tmp/
RUN /tmp/archive-classes app/dr-runbook.jsa java -Xmx256m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -jar app/dr-runbook.jar \
 && rm /tmp/archive-classes

# With TLS (server.ssl.*) or another port, say so here; the certificate is not looked at.
ENV HOME=/srv/dr \
    LC_ALL=C.UTF-8 \
    JAVA_OPTS="" \
    HEALTHCHECK_URL=http://127.0.0.1:8080/actuator/health/readiness
USER 10001:10001
VOLUME /srv/dr/data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 \
    CMD ["/bin/sh", "-c", "curl -fskS --max-time 5 -o /dev/null \"$HEALTHCHECK_URL\""]

# The shell is replaced by Java, so that signals reach it. JAVA_TOOL_OPTIONS is read by the JVM itself. The journal and the
# work directory are nobody else's business: umask 077.
ENTRYPOINT ["/bin/sh", "-c", "umask 077; exec java -XX:SharedArchiveFile=app/dr-runbook.jsa -Xlog:cds*=error -Xmx256m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError $JAVA_OPTS -jar app/dr-runbook.jar \"$@\"", "dr-runbook"]
