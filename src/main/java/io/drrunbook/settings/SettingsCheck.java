package io.drrunbook.settings;

import io.drrunbook.settings.DrSettings.Application;
import io.drrunbook.settings.DrSettings.Download;
import io.drrunbook.settings.DrSettings.Encryption;
import io.drrunbook.settings.DrSettings.Reroute;
import io.drrunbook.settings.DrSettings.Restart;
import io.drrunbook.settings.DrSettings.Restore;
import io.drrunbook.settings.DrSettings.S3;
import io.drrunbook.settings.DrSettings.Stores;
import io.drrunbook.settings.DrSettings.User;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.quartz.CronExpression;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;

/** Looks at all settings when the service starts; the first that is wrong stops it. */
final class SettingsCheck implements Validator {

    private static final Pattern HASHED = Pattern.compile("\\{(bcrypt|argon2[@\\w.]*)}\\$");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");

    @Override
    public boolean supports(Class<?> type) {
        return DrSettings.class == type;
    }

    @Override
    public void validate(Object settings, Errors errors) {
        check((DrSettings) settings);
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
        positive("dr.drill.retry-delay", settings.drill().retryDelay());
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
        given(key + ".database.username", application.database().username(), "a role that may create databases");
        require(
                !application.database().name().equals(application.database().maintenanceDatabase()),
                key + ".database.maintenance-database",
                "is the live database itself",
                "another one, e.g. postgres: a database cannot be renamed from within");
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
        if (application.reroute().method() == Reroute.Method.HTTP) {
            address(
                    key + ".reroute.url",
                    application.reroute().url(),
                    "what is called to reroute traffic, http or https");
        }
    }

    private static void cron(String key, String expression) {
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
        given(key + ".access-key", store.accessKey(), "the access key's id");
        given(key + ".secret-key", store.secretKey(), "the secret access key");
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
                        && ("http".equals(value.getScheme()) || "https".equals(value.getScheme())),
                key,
                "is '" + value + "'",
                right);
    }

    private static void positive(String key, Duration value) {
        require(!value.isNegative() && !value.isZero(), key, "is " + value, "a positive duration, e.g. 30s or 5m");
    }

    private static void readable(String key, @Nullable Path file) {
        require(
                file == null || file.toString().isEmpty() || Files.isReadable(file),
                key,
                "is " + file + ", which cannot be read",
                "a file that the service's user can read");
    }

    private static void require(boolean well, String key, String wrong, String right) {
        if (!well) {
            throw new WrongSettingException(key, wrong, right);
        }
    }
}
