package io.drrunbook.settings;

import io.drrunbook.settings.DrSettings.Alerts;
import io.drrunbook.settings.DrSettings.Application;
import io.drrunbook.settings.DrSettings.Audit;
import io.drrunbook.settings.DrSettings.Backup;
import io.drrunbook.settings.DrSettings.Download;
import io.drrunbook.settings.DrSettings.Email;
import io.drrunbook.settings.DrSettings.Encryption;
import io.drrunbook.settings.DrSettings.Reroute;
import io.drrunbook.settings.DrSettings.Restart;
import io.drrunbook.settings.DrSettings.Restore;
import io.drrunbook.settings.DrSettings.S3;
import io.drrunbook.settings.DrSettings.Sms;
import io.drrunbook.settings.DrSettings.Stores;
import io.drrunbook.settings.DrSettings.User;
import io.drrunbook.settings.DrSettings.Webhook;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.quartz.CronExpression;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;

/** Looks at all settings when the service starts; those that are wrong stop it, told together as far as they can be. */
final class SettingsCheck implements Validator {

    private static final Pattern HASHED = Pattern.compile("\\{(bcrypt|argon2[@\\w.]*)}\\$");
    /** NAMEDATALEN - 1 of PostgreSQL. */
    private static final int LONGEST_DATABASE_NAME = 63;

    private static final int HIGHEST_OF_GZIP = 9;

    /** Hosts of providers whose buckets are also called by a name in front. */
    private static final Pattern PROVIDER = Pattern.compile("(.+\\.)?(s3|r2|oss|cos|obs|storage|blob|objects?)[.-].+");

    private static final long SMALLEST_LIMIT = 64 * 1024;
    private static final long LARGEST_LIMIT = 256 * 1024 * 1024;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");

    @Override
    public boolean supports(Class<?> type) {
        return DrSettings.class == type;
    }

    @Override
    public void validate(Object settings, Errors errors) {
        Map<String, WrongSettingException> wrong = new LinkedHashMap<>();
        look((DrSettings) settings).forEach(one -> wrong.putIfAbsent(one.key(), one));
        if (!wrong.isEmpty()) {
            throw WrongSettingException.all(List.copyOf(wrong.values()));
        }
    }

    private static List<WrongSettingException> look(DrSettings settings) {
        List<WrongSettingException> wrong = new ArrayList<>();
        try {
            check(settings);
        } catch (WrongSettingException e) {
            wrong.add(e);
        }
        wrong.addAll(SettingRanges.wrong(settings));
        wrong.addAll(SecretStrength.malformed(settings));
        wrong.addAll(SecretStrength.published(settings));
        return wrong;
    }

    /** @throws WrongSettingException for the first setting that is wrong */
    private static void check(DrSettings settings) {
        Map<String, Application> applications = settings.applications();
        Stores stores = settings.stores();
        Encryption encryption = settings.encryption();
        Restore restore = settings.restore();
        Download download = settings.download();
        applications.forEach(SettingsCheck::application);
        store("dr.stores.r2", stores.r2());
        store("dr.stores.b2", stores.b2());
        boolean anyStore = stores.r2().configured()
                || stores.b2().configured()
                || stores.local().configured();
        require(
                anyStore || applications.isEmpty(),
                "dr.stores",
                "has no store",
                "set r2.bucket, b2.bucket or local.directory, where backups are looked for");
        readable("dr.encryption.public-key-file", encryption.publicKeyFile());
        readable("dr.encryption.private-key-file", encryption.privateKeyFile());
        cron("dr.drill.schedule", settings.drill().schedule());
        cron("dr.housekeeping.schedule", settings.housekeeping().schedule());
        JournalSettingsCheck.check(settings.journal());
        positive("dr.drill.retry-delay", settings.drill().retryDelay());
        audit(settings.audit());
        atLeastOne("dr.listing.files", settings.listing().files());
        notNegative("dr.listing.foreign", settings.listing().foreign());
        long manifest = settings.listing().largestManifest().toBytes();
        require(
                manifest >= SMALLEST_LIMIT && manifest <= LARGEST_LIMIT,
                "dr.listing.largest-manifest",
                "is " + manifest + " bytes",
                "64KB to 256MB, e.g. 16MB: a table in a manifest takes some 100 bytes");
        notNegative("dr.drill.retries", settings.drill().retries());
        backup(settings.backup());
        new RetentionCheck(settings).check();
        positive("dr.drill.check-timeout", settings.drill().checkTimeout());
        cron("dr.drill.prove-schedule", settings.drill().proveSchedule());
        require(
                !settings.drill().proveWithin().isNegative(),
                "dr.drill.prove-within",
                "is " + settings.drill().proveWithin(),
                "a duration, e.g. 24h, or 0 for off");
        settings.users().forEach(SettingsCheck::user);
        require(
                settings.recovery().approvals() >= 0,
                "dr.recovery.approvals",
                "is " + settings.recovery().approvals(),
                "0 for none, or how many other administrators must approve");
        require(
                settings.plan().firstBytes() >= 65_536,
                "dr.plan.first-bytes",
                "is " + settings.plan().firstBytes(),
                "65536 or more, or nothing can be seen");
        positive("dr.recovery.approval-timeout", settings.recovery().approvalTimeout());
        require(
                settings.security().lockoutAttempts() > 0,
                "dr.security.lockout-attempts",
                "is " + settings.security().lockoutAttempts(),
                "1 or more");
        positive("dr.security.oidc.timeout", settings.security().oidc().timeout());
        positive("dr.security.lockout-duration", settings.security().lockoutDuration());
        require(restore.jobs() > 0, "dr.restore.jobs", "is " + restore.jobs(), "1 or more");
        positive("dr.restore.keep-previous", restore.keepPrevious());
        positive("dr.download.stall-timeout", download.stallTimeout());
        positive("dr.download.connect-timeout", download.connectTimeout());
        require(
                download.minimumRate().toBytes() > 0,
                "dr.download.minimum-rate",
                "is not positive",
                "a size a second, e.g. 100KB");
        if (settings.publicUrl() != null && !settings.publicUrl().toString().isEmpty()) {
            address("dr.public-url", settings.publicUrl(), "where people reach this service, http or https");
        }
        alerts(settings.alerts());
    }

    private static void audit(Audit audit) {
        require(
                CronExpression.isValidExpression(audit.schedule()),
                "dr.audit.schedule",
                "is '" + audit.schedule() + "'",
                "a Quartz cron expression in UTC, e.g. \"0 23 * * * ?\" for once an hour");
        require(
                audit.bytesPerHour().toBytes() > 0,
                "dr.audit.bytes-per-hour",
                "is not positive",
                "how much one pass reads, e.g. 10GB");
        notNegative("dr.audit.recheck-after", audit.recheckAfter());
        notNegative("dr.audit.repair-delay", audit.repairDelay());
        notNegative("dr.audit.settle", audit.settle());
    }

    private static void backup(Backup backup) {
        require(
                backup.compression() != Backup.Compression.GZIP || backup.level() <= HIGHEST_OF_GZIP,
                "dr.backup.level",
                "is " + backup.level(),
                "1 to " + HIGHEST_OF_GZIP + " for gzip, or 0 for its default");
        cron("dr.backup.schedule", backup.schedule());
        positive("dr.backup.retry-delay", backup.retryDelay());
        notNegative("dr.backup.retries", backup.retries());
        atLeastOne("dr.backup.at-once", backup.atOnce());
        require(
                backup.unusualSize() > 0,
                "dr.backup.unusual-size",
                "is " + backup.unusualSize(),
                "a share of the usual size above 0, e.g. 0.2");
        require(
                backup.unusualDuration() > 1,
                "dr.backup.unusual-duration",
                "is " + backup.unusualDuration(),
                "a factor of the usual duration above 1, e.g. 2.0");
    }

    private static void notNegative(String key, Duration time) {
        require(!time.isNegative(), key, "is negative", "0s or longer");
    }

    private static void alerts(Alerts alerts) {
        atLeastOne("dr.alerts.interval", alerts.interval());
        atLeastOne("dr.alerts.timeout", alerts.timeout());
        atLeastOne("dr.alerts.attempts", alerts.attempts());
        positive("dr.alerts.fold", alerts.fold());
        positive("dr.alerts.retry-delay", alerts.retryDelay());
        positive("dr.alerts.longest-delay", alerts.longestDelay());
        require(
                alerts.rtoWarning() > 0 && alerts.rtoWarning() <= 1,
                "dr.alerts.rto-warning",
                "is " + alerts.rtoWarning(),
                "a share of the RTO above 0 and up to 1, e.g. 0.8");
        email("dr.alerts.email", alerts.email());
        webhook("dr.alerts.webhook", alerts.webhook());
        sms("dr.alerts.sms", alerts.sms());
    }

    private static void email(String key, Email email) {
        severity(key, email.severity());
        if (!email.configured()) {
            return;
        }
        require(email.port() > 0 && email.port() < 65_536, key + ".port", "is " + email.port(), "1 to 65535");
        mailAddress(key + ".from", email.from());
        recipients(key + ".to", email.to());
        email.to().forEach(address -> mailAddress(key + ".to", address));
        require(
                email.username().isBlank() == email.password().isEmpty(),
                key + ".password",
                "or username is missing",
                "both for a server that wants a login, neither for one that does not");
    }

    private static void webhook(String key, Webhook webhook) {
        severity(key, webhook.severity());
        URI url = webhook.url();
        if (!webhook.configured() || url == null) {
            return;
        }
        // Not by address(): its message shows the URL, which is a secret here.
        require(
                url.getHost() != null && List.of("http", "https").contains(String.valueOf(url.getScheme())),
                key + ".url",
                "is no address",
                "what is called for each alert, http or https");
        require(
                url.getUserInfo() == null,
                key + ".url",
                "has a user or password, which is not sent",
                "put it into " + key + ".headers, e.g. Authorization");
    }

    private static void sms(String key, Sms sms) {
        severity(key, sms.severity());
        if (!sms.configured()) {
            require(
                    sms.account().isBlank() && sms.token().isBlank(),
                    key + ".to",
                    "is empty",
                    "the numbers that get a message, e.g. +15005550006");
            return;
        }
        given(key + ".account", sms.account(), "the gateway's account");
        given(key + ".token", sms.token(), "the account's token");
        given(key + ".from", sms.from(), "the number or name that messages come from");
        recipients(key + ".to", sms.to());
        require(
                sms.account().matches("[A-Za-z0-9._~-]+"),
                key + ".account",
                "has characters that cannot stand in a URL",
                "letters, digits and . _ ~ -");
        URI url = uri(key + ".url", sms.url().replace("{account}", sms.account()));
        address(key + ".url", url, "the gateway's address, http or https");
        require(
                url.getUserInfo() == null,
                key + ".url",
                "has a user or password, which is not sent",
                "put them into account and token");
    }

    private static void severity(String key, String severity) {
        require(
                List.of("information", "warning", "critical").contains(severity),
                key + ".severity",
                "is '" + severity + "'",
                "information, warning or critical");
    }

    private static void recipients(String key, List<String> to) {
        require(!to.isEmpty() && to.stream().noneMatch(String::isBlank), key, "is empty", "who gets the alerts");
        require(
                to.stream().distinct().count() == to.size() && to.stream().allMatch(one -> one.length() <= 320),
                key,
                "has a recipient twice, or one that is too long",
                "each once, up to 320 characters");
    }

    private static void mailAddress(String key, String address) {
        require(
                address.matches("[^@\\s<>,;]+@[^@\\s<>,;]+"),
                key,
                "is '" + address + "'",
                "an e-mail address, e.g. dr@example.org");
    }

    private static void notNegative(String key, int value) {
        require(value >= 0, key, "is " + value, "0 or more");
    }

    private static void atLeastOne(String key, long value) {
        require(value > 0, key, "is " + value, "1 or more");
    }

    private static void application(String name, Application application) {
        String key = "dr.applications." + name;
        require(
                NAME.matcher(name).matches(),
                key,
                "is no name",
                "letters, digits, - and _, starting with neither of the two");
        given(key + ".database.host", application.database().host(), "the database server's host name or address");
        given(key + ".database.name", application.database().name(), "the live database's name");
        databaseName(key + ".database.name", application.database().name());
        databaseName(
                key + ".database.maintenance-database", application.database().maintenanceDatabase());
        given(key + ".database.username", application.database().username(), "a role that may create databases");
        require(
                !application.database().name().equals(application.database().maintenanceDatabase()),
                key + ".database.maintenance-database",
                "is the live database itself",
                "another one, e.g. postgres: a database cannot be renamed from within");
        new DatabaseCheck(key + ".database", application.database()).check();
        address(key + ".health.url", application.health().url(), "the application's health page, http or https");
        require(application.health().attempts() > 0, key + ".health.attempts", "is not positive", "e.g. 30");
        positive(key + ".health.interval", application.health().interval());
        positive(key + ".health.timeout", application.health().timeout());
        positive(key + ".objectives.rto", application.objectives().rto());
        positive(key + ".objectives.rpo", application.objectives().rpo());
        restart(key + ".restart", application.restart());
        if (!application.drill().schedule().isBlank()) {
            cron(key + ".drill.schedule", application.drill().schedule());
        }
        if (!application.backup().schedule().isBlank()) {
            cron(key + ".backup.schedule", application.backup().schedule());
        }
        if (application.reroute().method() == Reroute.Method.HTTP) {
            address(
                    key + ".reroute.url",
                    application.reroute().url(),
                    "what is called to reroute traffic, http or https");
        }
    }

    /** The server cuts a longer name without a word: whoever looks for the whole of it finds nothing. */
    private static void databaseName(String key, String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        require(
                bytes <= LONGEST_DATABASE_NAME,
                key,
                "has " + bytes + " bytes",
                LONGEST_DATABASE_NAME + " at most: the name as the server has it (SELECT datname FROM pg_database)");
        require(name.indexOf('\0') < 0, key, "has a character 0", "the name as the server has it");
    }

    static void cron(String key, String expression) {
        if (expression.equals(DrSettings.OFF)) {
            return;
        }
        try {
            CronExpression.validateExpression(expression);
        } catch (ParseException e) {
            throw new WrongSettingException(
                    key,
                    "is '" + expression + "' (" + e.getMessage() + ")",
                    "a Quartz cron expression in UTC, e.g. \"0 0 3 1 * ?\", or \"-\" for never");
        }
    }

    private static void user(String name, User user) {
        String key = "dr.users." + name;
        require(
                HASHED.matcher(user.password()).lookingAt(),
                key + ".password",
                user.password().isBlank() ? "is missing" : "is not hashed",
                "{bcrypt}... or {argon2}..., as ./dr hash-password makes it");
    }

    private static void restart(String key, Restart restart) {
        positive(key + ".timeout", restart.timeout());
        if (restart.method() == Restart.Method.KUBERNETES) {
            require(!restart.deployments().isEmpty(), key + ".deployments", "is empty", "name what is restarted");
        }
        if (restart.method() == Restart.Method.COMPOSE) {
            require(restart.composeFile() != null, key + ".compose-file", "is missing", "path of the Compose file");
            require(!restart.services().isEmpty(), key + ".services", "is empty", "name what is restarted");
        }
    }

    private static void store(String key, S3 store) {
        if (!store.configured()) {
            return;
        }
        given(
                key + ".endpoint",
                store.endpoint(),
                "the store's address, e.g. https://ACCOUNT.r2.cloudflarestorage.com");
        address(key + ".endpoint", uri(key + ".endpoint", store.endpoint()), "the store's address, http or https");
        requireNoBucket(key + ".endpoint", store, uri(key + ".endpoint", store.endpoint()));
        given(key + ".access-key", store.accessKey(), "the access key's id");
        given(key + ".secret-key", store.secretKey(), "the secret access key");
    }

    /** The bucket is put there by us: with it twice, backups would go to a place that is never read. */
    private static void requireNoBucket(String key, S3 store, URI endpoint) {
        String host = String.valueOf(endpoint.getHost());
        boolean inHost = host.startsWith(store.bucket() + ".")
                && PROVIDER.matcher(host.substring(store.bucket().length() + 1)).matches();
        boolean inPath = List.of(String.valueOf(endpoint.getPath()).split("/")).contains(store.bucket());
        require(
                !inHost && !inPath,
                key,
                "contains the bucket " + store.bucket(),
                "the address of the store alone, e.g. "
                        + (inHost
                                ? endpoint.getScheme() + "://"
                                        + host.substring(store.bucket().length() + 1)
                                : endpoint.getScheme() + "://" + endpoint.getAuthority()));
        require(
                endpoint.getQuery() == null && endpoint.getUserInfo() == null,
                key,
                "has a user, password or query",
                "give http(s)://HOST[:PORT]");
    }

    private static URI uri(String key, String text) {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new WrongSettingException(key, "is no address", "give http(s)://HOST[:PORT]");
        }
    }

    private static void given(String key, String value, String right) {
        require(!value.isBlank(), key, "is missing", right);
    }

    private static void address(String key, @Nullable URI value, String right) {
        require(value != null, key, "is missing", right);
        require(
                value != null
                        && value.getHost() != null
                        && value.getPort() != 0
                        && value.getPort() < 65_536
                        && ("http".equals(value.getScheme()) || "https".equals(value.getScheme())),
                key,
                "is '" + value + "'",
                right);
    }

    static void positive(String key, Duration value) {
        require(!value.isNegative() && !value.isZero(), key, "is " + value, "a positive duration, e.g. 30s or 5m");
    }

    static void readable(String key, @Nullable Path file) {
        require(
                file == null || file.toString().isEmpty() || Files.isReadable(file),
                key,
                "is " + file + ", which cannot be read",
                "a file that the service's user can read");
    }

    static void require(boolean well, String key, String wrong, String right) {
        if (!well) {
            throw new WrongSettingException(key, wrong, right);
        }
    }
}
