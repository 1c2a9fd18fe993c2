package io.drrunbook.settings;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.unit.DataSize;

/**
 * Every setting of the service below {@code dr.}; {@code application.yml} holds each with its unit and default.
 *
 * @param applications what is protected, by name
 * @param stores where backups lie
 * @param encryption keys that open and seal backups
 * @param restore how a database is put back
 * @param download when a store counts as failed although it answers
 * @param upload how a backup goes into a store
 * @param backup when backups are taken, and what of
 * @param rollout how a rollout is watched
 * @param housekeeping when databases past their time are dropped
 * @param watch how often the stores are looked at
 * @param listing how much of a store is looked at
 * @param drill when drills are made by themselves
 * @param recovery who else must agree to a recovery
 * @param plan how far a plan looks
 * @param users who may come in, by name
 * @param security how those are kept out who may not
 * @param alerts whom to tell what, and how
 * @param publicUrl where people reach this service, for links in alerts; null for no links
 * @param authoritiesFile certificates of the company's own authorities, believed beside the JVM's; null for none
 * @param audit how the copies in the stores are checked and repaired
 * @param retention how long backups stay in which store
 * @param journal how long the journal keeps what
 * @param workDirectory where a run keeps its files while it runs
 * @param adminPassword password of the user {@code admin}; made at first start when empty
 */
@ConfigurationProperties("dr")
public record DrSettings(
        @DefaultValue Map<String, Application> applications,
        @DefaultValue Stores stores,
        @DefaultValue Encryption encryption,
        @DefaultValue Restore restore,
        @DefaultValue Download download,
        @DefaultValue Upload upload,
        @DefaultValue Backup backup,
        @DefaultValue Rollout rollout,
        @DefaultValue Housekeeping housekeeping,
        @DefaultValue Watch watch,
        @DefaultValue Listing listing,
        @DefaultValue Drill drill,
        @DefaultValue Recovery recovery,
        @DefaultValue Plan plan,
        @DefaultValue Map<String, User> users,
        @DefaultValue Security security,
        @DefaultValue Alerts alerts,
        @Nullable URI publicUrl,
        @Nullable Path authoritiesFile,
        @DefaultValue Audit audit,
        @DefaultValue Retention retention,
        @DefaultValue JournalSettings journal,
        @DefaultValue("./data/work") Path workDirectory,
        @DefaultValue("") String adminPassword) {

    /** A schedule that never comes. */
    static final String OFF = "-";

    public DrSettings {
        String usual = backup.schedule();
        Map<String, Application> complete = new LinkedHashMap<>(applications);
        complete.replaceAll((name, application) -> application.following(usual));
        applications = Collections.unmodifiableMap(complete);
    }

    /** Why the schedule of backups cannot keep the RPO of that application; empty when it can. */
    public Optional<String> unreachableObjective(String name) {
        return RecoveryPoint.unreachable(name, application(name).objectives().rpo(), backupSchedule(name));
    }

    /**
     * The application of that name.
     *
     * @throws IllegalArgumentException when no such application is configured; the message lists those that are
     */
    public Application application(String name) {
        return Optional.ofNullable(applications.get(name))
                .orElseThrow(() -> new IllegalArgumentException(
                        "no application '" + name + "' in dr.applications; there is " + applications.keySet()));
    }

    /** When drills of that application are made; a Quartz cron expression in UTC, empty when they are switched off. */
    public Optional<String> drillSchedule(String name) {
        String own = application(name).drill().schedule();
        return Optional.of(own.isBlank() ? drill.schedule() : own).filter(cron -> !cron.equals(OFF));
    }

    /** When backups of that application are taken; a Quartz cron expression in UTC, empty when they are switched off. */
    public Optional<String> backupSchedule(String name) {
        String own = application(name).backup().schedule();
        return Optional.of(own.isBlank() ? backup.schedule() : own).filter(cron -> !cron.equals(OFF));
    }

    /** What the owner says must be true in a restored database of that application: SQL, a statement each. */
    public List<String> drillChecks(String name) {
        return Stream.concat(drill.checks().stream(), application(name).drill().checks().stream())
                .filter(sql -> !sql.isBlank())
                .toList();
    }

    /** What is protected: a database and what must be restarted when it is back. */
    public record Application(
            @DefaultValue Database database,
            @DefaultValue Restart restart,
            @DefaultValue Health health,
            @DefaultValue Reroute reroute,
            @DefaultValue Objectives objectives,
            @DefaultValue DrillTime drill,
            @DefaultValue BackupTime backup) {

        private Application following(String usualSchedule) {
            String schedule = backup.schedule().isBlank() ? usualSchedule : backup.schedule();
            return new Application(database, restart, health, reroute, objectives.following(schedule), drill, backup);
        }
    }

    /** When backups of this application are taken; a Quartz cron expression in UTC, empty for {@code dr.backup.schedule}. */
    public record BackupTime(@DefaultValue("") String schedule) {}

    /**
     * How this application is drilled.
     *
     * @param schedule a Quartz cron expression in UTC, empty for {@code dr.drill.schedule}
     * @param checks SQL that must give one row with one {@code true}, beside those of {@code dr.drill.checks}
     */
    public record DrillTime(
            @DefaultValue("") String schedule, @DefaultValue List<String> checks) {}

    /**
     * The live database.
     *
     * @param maintenanceDatabase the one connected to while the live one is renamed
     * @param sslmode as libpq has it: {@code disable} to {@code verify-full}
     * @param sslrootcert certificates (PEM) one of which must have signed the server's; needed to verify
     * @param sslcert our certificate (PEM), for a server that asks for one
     * @param sslkey its key: PKCS #8 in PEM, without a passphrase
     * @param connectTimeout of one attempt to connect, login included
     * @param silenceTimeout a server that has not answered anybody for so long is given up, in the middle of a statement too
     */
    public record Database(
            @DefaultValue("") String host,
            @DefaultValue("5432") int port,
            @DefaultValue("") String name,
            @DefaultValue("") String username,
            @DefaultValue("") String password,
            @DefaultValue("postgres") String maintenanceDatabase,
            @DefaultValue("prefer") String sslmode,
            @Nullable Path sslrootcert,
            @Nullable Path sslcert,
            @Nullable Path sslkey,
            @DefaultValue("10s") Duration connectTimeout,
            @DefaultValue("1m") Duration silenceTimeout) {

        /** A setting that is there but empty names no file. */
        public Database {
            sslrootcert = given(sslrootcert);
            sslcert = given(sslcert);
            sslkey = given(sslkey);
        }

        private static @Nullable Path given(@Nullable Path file) {
            return file == null || file.toString().isEmpty() ? null : file;
        }

        /** Names the server and database, never the password. */
        @Override
        public String toString() {
            return username + "@" + host + ":" + port + "/" + name;
        }
    }

    /** How the application is restarted once its database is back. */
    public record Restart(
            @DefaultValue("auto") Method method,
            @DefaultValue("") String namespace,
            @DefaultValue List<String> deployments,
            @Nullable Path composeFile,
            @DefaultValue List<String> services,
            @DefaultValue("5m") Duration timeout) {

        /** {@code AUTO} takes the first of the others that is possible here, in this order. */
        public enum Method {
            AUTO,
            KUBERNETES,
            COMPOSE,
            MANUAL
        }
    }

    /** When the application counts as healthy: a 200 from {@code url} within the attempts. */
    public record Health(
            @Nullable URI url,
            @DefaultValue("30") int attempts,
            @DefaultValue("10s") Duration interval,
            @DefaultValue("5s") Duration timeout) {}

    /** How users get to the recovered application. */
    public record Reroute(
            @DefaultValue("load-balancer") Method method,
            @Nullable URI url,
            @DefaultValue("POST") String httpMethod,
            @DefaultValue Map<String, String> headers,
            @DefaultValue("") String body,
            @DefaultValue("30s") Duration timeout) {

        /** {@code LOAD_BALANCER} needs nothing of us; {@code HTTP} makes one configured call. */
        public enum Method {
            LOAD_BALANCER,
            HTTP
        }

        /** Leaves out header values and the body: they carry tokens. */
        @Override
        public String toString() {
            return method + " " + httpMethod + " " + url;
        }
    }

    /**
     * Recovery time and recovery point objectives.
     *
     * @param rpo what the schedule of backups can keep when there is none
     */
    public record Objectives(
            @DefaultValue("1h") Duration rto, @Nullable Duration rpo) {

        /** Of settings as a whole never null: without one of its own it follows from the schedule of backups. */
        @Override
        public Duration rpo() {
            return Objects.requireNonNull(rpo, "settings give each application an RPO");
        }

        private Objectives following(String schedule) {
            return rpo == null ? new Objectives(rto, RecoveryPoint.of(schedule)) : this;
        }
    }

    /** The stores that the failover route tries. */
    public record Stores(
            @DefaultValue S3 r2,
            @DefaultValue S3 b2,
            @DefaultValue Local local) {}

    /** A bucket behind the S3 protocol; not used while {@code bucket} is empty. */
    public record S3(
            @DefaultValue("") String endpoint,
            @DefaultValue("auto") String region,
            @DefaultValue("") String bucket,
            @DefaultValue("") String prefix,
            @DefaultValue("") String accessKey,
            @DefaultValue("") String secretKey) {

        public boolean configured() {
            return !bucket.isBlank();
        }

        /** Names the bucket, never the keys. */
        @Override
        public String toString() {
            return endpoint + "/" + bucket + "/" + prefix;
        }
    }

    /** A folder on this machine; not used while {@code directory} is empty. */
    public record Local(@Nullable Path directory) {

        public boolean configured() {
            return directory != null && !directory.toString().isBlank();
        }
    }

    /**
     * Keys. Backups are sealed to the public key when there is one, else with the passphrase.
     *
     * @param formerPassphrases open backups that were sealed before the passphrase was changed; never seal
     * @param privateKeyFile may hold several keys, so that what was sealed to an older one can still be opened
     * @param formerPrivateKeyPassphrases unlock the older keys in that file
     * @param fernetKeys the original system's keys (URL-safe base64 of 32 bytes), newest first
     * @param manifestKey secret that vouches for manifests; derived from the passphrase when empty
     * @param formerManifestKeys vouched for manifests before the manifest key was changed; never sign
     */
    public record Encryption(
            @DefaultValue("") String passphrase,
            @DefaultValue List<String> formerPassphrases,
            @Nullable Path publicKeyFile,
            @Nullable Path privateKeyFile,
            @DefaultValue("") String privateKeyPassphrase,
            @DefaultValue List<String> formerPrivateKeyPassphrases,
            @DefaultValue List<String> fernetKeys,
            @DefaultValue("") String manifestKey,
            @DefaultValue List<String> formerManifestKeys) {

        /** All passphrases that are set, the one that seals first. */
        public List<String> passphrases() {
            return Stream.concat(Stream.of(passphrase), formerPassphrases.stream())
                    .filter(text -> !text.isBlank())
                    .toList();
        }

        /** Never a key. */
        @Override
        public String toString() {
            return "Encryption[...]";
        }
    }

    /**
     * How a database is put back.
     *
     * @param jobs parallel jobs of {@code pg_restore}
     * @param keepPrevious how long the database that was swapped out stays for a rollback
     * @param fallBackToOlder whether an older backup is taken when no store has a good copy of the newest
     * @param roles whether owners and grants of the archive must exist on the server, or are left out
     * @param reserve of the work directory's disk that opening a backup leaves free
     * @param foreign when a file is restored that no manifest vouches for
     * @param different what happens when the live database is not made as the backed-up one was
     * @param tablespaces whether those of the archive must exist on the server, or are left out
     */
    public record Restore(
            @DefaultValue("4") int jobs,
            @DefaultValue("swap") Mode mode,
            @DefaultValue("24h") Duration keepPrevious,
            @DefaultValue("true") boolean fallBackToOlder,
            @DefaultValue("require") Roles roles,
            @DefaultValue("1GB") DataSize reserve,
            @DefaultValue("by-id") Foreign foreign,
            @DefaultValue("refuse") Different different,
            @DefaultValue("require") Tablespaces tablespaces,
            @DefaultValue("report") OnPostDataError onPostDataError) {

        /**
         * {@code NEVER}, {@code BY_ID} when somebody asks for it, {@code WHEN_NOTHING_ELSE} also by itself where no good
         * backup has a manifest.
         */
        public enum Foreign {
            NEVER,
            BY_ID,
            WHEN_NOTHING_ELSE
        }

        /**
         * Of encoding, locale or owner: {@code REFUSE}; make the database as {@code BACKUP} says, or as the {@code LIVE} one
         * is.
         */
        public enum Different {
            REFUSE,
            BACKUP,
            LIVE
        }

        /** {@code SWAP}: side database, then rename. {@code CLEAN}: over the live database. */
        public enum Mode {
            SWAP,
            CLEAN
        }

        /**
         * {@code REPORT} restores a foreign key whose rows break it {@code NOT VALID}, and a materialized view whose query
         * fails without rows; {@code FAIL} gives up.
         */
        public enum OnPostDataError {
            REPORT,
            FAIL
        }

        /**
         * Whether these two may fail without the rest. Over the live database they may not: there everything has to be dropped
         * before anything is made, in one pass.
         */
        public boolean inPasses() {
            return onPostDataError == OnPostDataError.REPORT && mode == Mode.SWAP;
        }

        /** {@code REQUIRE} refuses when a role of the archive is missing; {@code OMIT} restores without owners and grants. */
        public enum Roles {
            REQUIRE,
            OMIT
        }

        /** {@code REQUIRE} refuses when one of the archive is missing; {@code OMIT} puts everything into the default one. */
        public enum Tablespaces {
            REQUIRE,
            OMIT
        }
    }

    /**
     * A store that sends nothing for {@code stallTimeout}, or less than {@code minimumRate} a second over that long,
     * has failed.
     */
    public record Download(
            @DefaultValue("30s") Duration stallTimeout,
            @DefaultValue("100KB") DataSize minimumRate,
            @DefaultValue("5s") Duration connectTimeout) {}

    /**
     * How a backup goes into a store.
     *
     * @param partSize of a large object; S3 takes 10,000 parts of 5 MiB to 5 GiB, and one part for each store is held in
     *     memory while a backup is taken
     * @param stallTimeout a store that takes nothing for so long has failed, and the others go on without it
     * @param partTimeout of one part: a store that takes longer has failed
     * @param leftoversAfter unfinished uploads older than this are given up; those of a backup of our own that has died
     *     are at once
     */
    public record Upload(
            @DefaultValue("16MB") DataSize partSize,
            @DefaultValue("30s") Duration stallTimeout,
            @DefaultValue("5m") Duration partTimeout,
            @DefaultValue("24h") Duration leftoversAfter) {}

    /**
     * Backups that the service takes.
     *
     * @param schedule Quartz cron expression in UTC, for applications without their own; {@code -} for never
     * @param compression what the dump is compressed with
     * @param level of the compression; 0 for its default: gzip 9, zstd 10
     * @param threads that compress; 0 for one for each core
     * @param globals whether roles and tablespaces ({@code pg_dumpall --globals-only}) are kept with each backup
     * @param globalsRequired whether a backup fails when they cannot be read, instead of being taken without them
     * @param rolePasswords whether those hold the roles' passwords (hashed), which only a superuser can read
     * @param lockTimeout how long a backup waits for a table that is locked exclusively before it fails
     * @param heartbeat in milliseconds: how often a backup that is being taken says so in the journal; the routes read it
     * @param cleanUpInterval in milliseconds between two looks for what failed backups have left; the routes read it
     * @param retryDelay a scheduled backup that finds a recovery active waits so long ...
     * @param retries ... and so often, before it counts as missed
     * @param atOnce how many scheduled backups, of different applications, are taken at the same time
     * @param unusualSize share of the usual size by which a backup may be larger or smaller before it is told
     * @param unusualDuration factor of the usual duration by which it may take longer or shorter
     */
    public record Backup(
            @DefaultValue("0 0 2 * * ?") String schedule,
            @DefaultValue("gzip") Compression compression,
            @DefaultValue("0") int level,
            @DefaultValue("0") int threads,
            @DefaultValue("true") boolean globals,
            @DefaultValue("false") boolean globalsRequired,
            @DefaultValue("false") boolean rolePasswords,
            @DefaultValue("60s") Duration lockTimeout,
            @DefaultValue("2000") long heartbeat,
            @DefaultValue("60000") long cleanUpInterval,
            @DefaultValue("10m") Duration retryDelay,
            @DefaultValue("12") int retries,
            @DefaultValue("4") int atOnce,
            @DefaultValue("0.2") double unusualSize,
            @DefaultValue("2.0") double unusualDuration) {

        /** Both are opened by common tools: {@code gunzip}, {@code zstd -d}. */
        public enum Compression {
            GZIP,
            ZSTD
        }
    }

    /**
     * How a rollout is watched.
     *
     * @param interval in milliseconds; the routes read it
     * @param connectTimeout of a call of the Kubernetes API
     * @param answerTimeout of a call of the Kubernetes API
     */
    public record Rollout(
            @DefaultValue("2000") long interval,
            @DefaultValue("5s") Duration connectTimeout,
            @DefaultValue("10s") Duration answerTimeout) {}

    /** When databases past their time are dropped; a Quartz cron expression in UTC. The routes read it. */
    public record Housekeeping(@DefaultValue("0 7 * * * ?") String schedule) {}

    /**
     * How the stores are watched.
     *
     * @param interval in milliseconds, between two looks; the routes read it
     * @param patience how long somebody who asks waits for the stores before the last look is shown instead
     */
    public record Watch(
            @DefaultValue("60000") long interval,
            @DefaultValue("10s") Duration patience) {}

    /**
     * How much of a store is looked at, so that whoever can write to it cannot fill the memory of the service.
     *
     * @param files of an application in one store; what lies there beyond is passed over, by name the first of them
     * @param foreign files of one store without a manifest of ours that are looked into and listed, the newest of them
     * @param largestManifest what is larger is not read as a manifest, and not written as one
     * @param patience how long a store may take to give one manifest, or the beginning of one file
     */
    public record Listing(
            @DefaultValue("100000") int files,
            @DefaultValue("1000") int foreign,
            @DefaultValue("16MB") DataSize largestManifest,
            @DefaultValue("20s") Duration patience) {}

    /**
     * Who else must agree to a recovery.
     *
     * @param approvals how many other administrators; 0 for nobody
     * @param approvalTimeout a recovery that was not approved within it is cancelled
     * @param approvalCheck in milliseconds, between two looks for those; the routes read it
     * @param drillGrace how long a recovery waits for a scheduled drill, which it cancels, before it is refused
     */
    public record Recovery(
            @DefaultValue("0") int approvals,
            @DefaultValue("15m") Duration approvalTimeout,
            @DefaultValue("5000") long approvalCheck,
            @DefaultValue("20s") Duration drillGrace) {}

    /**
     * A person who may log in.
     *
     * @param password hashed, with the name of the hash in front: {@code {bcrypt}...} or {@code {argon2}...}
     */
    public record User(
            @DefaultValue("") String password,
            @DefaultValue("viewer") UserRole role) {

        /** What a user may do. */
        public enum UserRole {
            VIEWER,
            OPERATOR,
            ADMIN
        }

        /** Never the password, hashed or not. */
        @Override
        public String toString() {
            return role.toString();
        }
    }

    /**
     * How those are kept out who may not come in.
     *
     * @param lockoutAttempts wrong passwords after which a user name is locked for whoever sent them
     * @param lockoutDuration for how long
     * @param largestBody of a request
     * @param largestConsoleBody of a request to Jolokia, in which Hawtio names every MBean at once
     * @param oidc login through an OpenID Connect provider
     */
    public record Security(
            @DefaultValue("5") int lockoutAttempts,
            @DefaultValue("15m") Duration lockoutDuration,
            @DefaultValue("1MB") DataSize largestBody,
            @DefaultValue("8MB") DataSize largestConsoleBody,
            @DefaultValue Oidc oidc) {}

    /**
     * Which of the provider's groups have which role; the provider itself is configured below {@code
     * spring.security.oauth2.client}. Who is in none of them does not get in.
     *
     * @param timeout of one call to the provider
     * @param groupsClaim claim of the ID token that lists the groups
     */
    public record Oidc(
            @DefaultValue("10s") Duration timeout,
            @DefaultValue("groups") String groupsClaim,
            @DefaultValue List<String> admins,
            @DefaultValue List<String> operators,
            @DefaultValue List<String> viewers) {}

    /** How far a plan looks: {@code firstBytes} of a backup are read from each store. */
    public record Plan(@DefaultValue("4194304") long firstBytes) {}

    /**
     * When drills are made by themselves, and what they look at.
     *
     * @param schedule Quartz cron expression in UTC, {@code -} for never
     * @param retryDelay a drill that finds another run active waits so long ...
     * @param retries ... and so often, before it counts as missed
     * @param checks SQL that must give one row with one {@code true} in the restored database, for all applications
     * @param checkTimeout of one of those
     * @param proveWithin each application's newest backup is drilled within this time; 0 for off
     * @param provePause after a drill that passed, so long no other is started to prove a backup
     * @param proveSchedule Quartz cron expression in UTC: when it is looked for backups to prove; the routes read it
     */
    public record Drill(
            @DefaultValue("0 0 3 1 * ?") String schedule,
            @DefaultValue("10m") Duration retryDelay,
            @DefaultValue("12") int retries,
            @DefaultValue List<String> checks,
            @DefaultValue("5m") Duration checkTimeout,
            @DefaultValue("24h") Duration proveWithin,
            @DefaultValue("6h") Duration provePause,
            @DefaultValue("0 3/10 * * * ?") String proveSchedule) {}

    /**
     * Whom to tell what, and how.
     *
     * @param interval in milliseconds, between two looks at the journal and at what is to be delivered; the routes read it
     * @param fold the same cause within this time is told once and counted
     * @param rtoWarning share of the RTO after which a recovery that still runs is an alert
     * @param attempts how often a delivery is tried before it is given up
     * @param retryDelay before the second attempt; doubles with each further one, up to {@code longestDelay}
     * @param timeout in milliseconds, of one delivery; the routes read it
     */
    public record Alerts(
            @DefaultValue("2000") long interval,
            @DefaultValue("1h") Duration fold,
            @DefaultValue("0.8") double rtoWarning,
            @DefaultValue("8") int attempts,
            @DefaultValue("10s") Duration retryDelay,
            @DefaultValue("1h") Duration longestDelay,
            @DefaultValue("10000") long timeout,
            @DefaultValue Email email,
            @DefaultValue Webhook webhook,
            @DefaultValue Sms sms) {}

    /**
     * How the copies in the stores are checked and repaired.
     *
     * @param schedule Quartz cron expression in UTC; the routes read it
     * @param bytesPerHour how much one pass reads, shared evenly by the stores
     * @param recheckAfter what was read within this time, and has not changed since, is not read again
     * @param repairDelay how long after a backup that not all stores took the missing copies are put there
     * @param settle a backup that was completed within this time is not repaired by a regular pass: it may still be on its
     *     way into a store
     */
    public record Audit(
            @DefaultValue("0 23 * * * ?") String schedule,
            @DefaultValue("10GB") DataSize bytesPerHour,
            @DefaultValue("7d") Duration recheckAfter,
            @DefaultValue("1m") Duration repairDelay,
            @DefaultValue("1m") Duration settle) {}

    /**
     * How long backups stay; {@code -} for ever.
     *
     * @param schedule Quartz cron expression in UTC, when those past their time are deleted; the routes read it
     * @param local in the local store, as a duration
     * @param r2 in R2, as a duration
     * @param b2 in B2, as a duration
     * @param askAgain a store that has refused to delete a backup is asked again after so long
     * @param diskWarning share of a disk from which on it is told that it fills up
     */
    public record Retention(
            @DefaultValue("0 37 * * * ?") String schedule,
            @DefaultValue("30d") String local,
            @DefaultValue("365d") String r2,
            @DefaultValue("365d") String b2,
            @DefaultValue("24h") Duration askAgain,
            @DefaultValue("0.8") double diskWarning) {

        /**
         * How long backups stay in that store; empty for ever.
         *
         * @throws IllegalArgumentException when it is no duration
         */
        public Optional<Duration> of(String store) {
            String time = switch (store) {
                case "local" -> local;
                case "r2" -> r2;
                case "b2" -> b2;
                default -> throw new IllegalArgumentException("no store is called " + store);
            };
            return Optional.of(time.strip()).filter(text -> !text.equals(OFF)).map(DurationStyle::detectAndParse);
        }

        /** Whether a backup of that time is past its time in that store; a copy that is missing there is then meant to be. */
        public boolean isOver(String store, Instant createdAt, Instant now) {
            return of(store).filter(time -> createdAt.plus(time).isBefore(now)).isPresent();
        }
    }

    /**
     * A mail server; not used while {@code host} is empty.
     *
     * @param severity the least that is sent: {@code information}, {@code warning} or {@code critical}
     */
    public record Email(
            @DefaultValue("") String host,
            @DefaultValue("587") int port,
            @DefaultValue("") String username,
            @DefaultValue("") String password,
            @DefaultValue("") String from,
            @DefaultValue List<String> to,
            @DefaultValue("starttls") Tls tls,
            @DefaultValue("information") String severity) {

        /** {@code STARTTLS} and {@code TLS} refuse a server without a certificate that is trusted for its name. */
        public enum Tls {
            STARTTLS,
            TLS,
            NONE
        }

        public boolean configured() {
            return !host.isBlank();
        }

        /** Names the server, never the password. */
        @Override
        public String toString() {
            return tls + " " + host + ":" + port;
        }
    }

    /**
     * One HTTP call for each alert; not used while {@code url} is empty.
     *
     * @param secret signs each call; without one it is not signed
     * @param severity the least that is sent: {@code information}, {@code warning} or {@code critical}
     */
    public record Webhook(
            @Nullable URI url,
            @DefaultValue("") String secret,
            @DefaultValue Map<String, String> headers,
            @DefaultValue("information") String severity) {

        public boolean configured() {
            return url != null && !url.toString().isBlank();
        }

        /** Names the host only: the URL of a webhook is often all that its caller must know. */
        @Override
        public String toString() {
            return "webhook at " + (url == null ? "" : url.getHost());
        }
    }

    /**
     * An HTTP gateway for text messages; not used while {@code to} is empty.
     *
     * @param url {@code {account}} in it is replaced
     * @param severity the least that is sent: {@code information}, {@code warning} or {@code critical}
     */
    public record Sms(
            @DefaultValue("https://api.twilio.com/2010-04-01/Accounts/{account}/Messages.json")
            String url,

            @DefaultValue("") String account,
            @DefaultValue("") String token,
            @DefaultValue("") String from,
            @DefaultValue List<String> to,
            @DefaultValue("critical") String severity) {

        public boolean configured() {
            return !to.isEmpty();
        }

        /** Never the token. */
        @Override
        public String toString() {
            return "sms from " + from + " to " + to.size();
        }
    }
}
