# syntax=docker/dockerfile:1
FROM eclipse-temurin:17-jdk AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml ./
RUN ./mvnw -q -B dependency:go-offline
COPY src src
RUN ./mvnw -q -B -DskipTests -Dspotless.check.skip package \
 && java -Djarmode=tools -jar target/dr-runbook.jar extract --destination /app

FROM eclipse-temurin:17-jre
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql-client curl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /srv/dr dr
WORKDIR /srv/dr
COPY --from=build /app /srv/dr/app
COPY routes routes
COPY application.yml .
RUN mkdir data && chown dr data
USER dr
VOLUME /srv/dr/data
EXPOSE 8080
HEALTHCHECK --start-period=60s CMD curl -fsS http://localhost:8080/actuator/health/readiness
ENTRYPOINT ["java", "-Xmx256m", "-XX:+UseSerialGC", "-jar", "app/dr-runbook.jar"]
