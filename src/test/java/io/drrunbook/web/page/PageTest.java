package io.drrunbook.web.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.drrunbook.world.Chromium;
import io.drrunbook.world.FaultyProxy;
import io.drrunbook.world.FaultyProxy.Fault;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.World;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

/** The page as people use it: a real service, a real recovery, a real browser. */
@InWorld
@Tag("browser")
class PageTest {

    private static final int ORDERS = 2000;
    private static final String PASSWORD = "a password of the test";
    private static final Path SCREENSHOTS = Path.of("target/screenshots");

    private static World world;
    private static ServiceProcess service;
    private static Chromium chromium;

    @BeforeAll
    static void start(World given) {
        String hash = "{bcrypt}" + new BCryptPasswordEncoder(4).encode(PASSWORD);
        world = given;
        world.createShop(ORDERS);
        service = world.service(
                        "service",
                        world.application("shop", "kubernetes", world.shop.healthUrl(), 30)
                                + world.application("till", "manual", world.shop.healthUrl(), 30),
                        """
                        dr.users:
                          otto: {role: operator, password: "%1$s"}
                          vera: {role: viewer, password: "%1$s"}
                        """.formatted(hash))
                .start();
        service.takeBackup("shop");
        service.takeBackup("till");
        chromium = Chromium.start();
    }

    @AfterAll
    static void stop() {
        chromium.close();
        service.close();
    }

    @AfterEach
    void theBrowserComplainsOfNothing() {
        world.r2Proxy.heal();
        world.b2Proxy.heal();
        assertThat(chromium.complaints()).isEmpty();
    }

    @Test
    void aRecoveryIsStartedByHandWatchedAndRolledBack() {
        world.postgres.execute(World.DATABASE, "UPDATE orders SET note = 'written after the backup'");
        PostgresCluster.Content written = world.postgres.content(World.DATABASE);
        Page page = logIn(chromium.desktop(), "admin", ServiceProcess.PASSWORD);

        link(page, "Start recovery of shop").click();
        assertThat(page.getByText("The database shop on 127.0.0.1")).isVisible();
        page.getByLabel("Reason").fill("the disk is lost");
        page.getByLabel("To confirm, type the name").fill("store");
        button(page, "Go on").click();

        assertThat(page.locator("#confirm-wrong")).containsText("confirmation_wrong");
        assertThat(page.getByLabel("Reason")).hasValue("the disk is lost");
        assertThat(page.locator("dialog")).hasCount(0);
        page.getByLabel("To confirm, type the name").fill("shop");
        button(page, "Go on").click();

        Locator dialog = page.getByRole(AriaRole.DIALOG);
        assertThat(dialog)
                .containsText(
                        Pattern.compile(
                                "The database shop on 127.0.0.1:\\d+ will be replaced by the latest"
                                        + " good backup of .* UTC .* and the application shop will be restarted; .* kept for 1 d for a rollback."));
        shot(page, "start-sure-light");
        page.keyboard().press("Escape");
        assertThat(dialog).isHidden();
        button(page, "Go on").click();
        button(page, "Yes, start the recovery").click();

        page.waitForURL(Pattern.compile("/runs/[0-9a-f-]{36}$"));
        assertThat(page.locator(".timeline > li.good")).hasCount(7);
        assertThat(page.locator(".head .mark")).hasText("succeeded");
        shot(page, "run-succeeded-light");
        assertThat(page.locator("#log")).containsText("step 7 Reroute traffic: completed");
        assertThat(page.locator("#say")).hasText("The run is succeeded.");
        assertThat(world.postgres.content(World.DATABASE)).isNotEqualTo(written);

        button(page, "Roll back…").click();
        assertThat(page.getByRole(AriaRole.DIALOG)).containsText("swapped back to what it was before this recovery");
        button(page, "Yes, roll back").click();

        assertThat(page.locator(".head .mark")).hasText("rolled back");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(written);
        assertThat(button(page, "Roll back…")).hasCount(0);
    }

    @Test
    void aDrillIsStartedWithTheKeyboardAlone() {
        Page page = chromium.desktop();
        page.navigate(service.url() + "/start");
        assertThat(page.getByLabel("User name")).isFocused();
        page.keyboard().type("otto");
        page.keyboard().press("Tab");
        page.keyboard().type(PASSWORD);
        page.keyboard().press("Enter");
        page.waitForURL(Pattern.compile("/start"));

        tabTo(page, "Skip to the content");
        page.keyboard().press("Enter");
        tabTo(page, "mode");
        page.keyboard().press("ArrowDown");
        assertThat(page.locator("input[name=mode][value=drill]")).isChecked();
        assertThat(page.locator("input[name=mode][value=recovery]")).hasCount(0);
        tabTo(page, "reason");
        page.keyboard().type("keyboard only");
        tabTo(page, "Go on");
        page.keyboard().press("Enter");
        assertThat(page.getByRole(AriaRole.DIALOG)).containsText("a side database beside database shop");
        assertThat((Boolean) page.evaluate("() => document.querySelector('dialog').contains(document.activeElement)"))
                .as("the dialog holds the focus")
                .isTrue();
        tabTo(page, "Yes, start the drill");
        page.keyboard().press("Enter");

        assertThat(page.locator(".head .mark")).hasText("succeeded");
        assertThat(page.getByText("A recovery would have taken")).isVisible();
    }

    @Test
    void aRunThatIsReloadedOrCutOffGoesOnWhereItWas() {
        world.r2Proxy.fault(Fault.SLOW);
        world.b2Proxy.fault(Fault.SLOW);
        FaultyProxy line = FaultyProxy.before(URI.create(service.url()).getPort());
        Page page = logIn(chromium.desktop(), "admin", ServiceProcess.PASSWORD);
        String id = service.start("drill", "shop", null);

        page.navigate(line.endpoint() + "/runs/" + id);
        assertThat(page.locator("[data-step='2'] [data-progress-text]")).containsText(Pattern.compile("[kM]?B"));
        assertThat(page.locator("[data-clock]")).hasText(Pattern.compile("[1-9] s"));
        shot(page, "run-downloading-light");
        page.reload();
        assertThat(page.locator(".attempts li.bad")).containsText("r2 failed (too_slow)");
        line.refuse();
        assertThat(page.locator("#lost")).isVisible();
        line.heal();

        assertThat(page.locator(".attempts li.good")).hasText("local: good copy");
        assertThat(page.locator(".head .mark")).hasText("succeeded");
        assertThat(page.locator("#log")).containsText("step 7 Reroute traffic: skipped");
        line.close();
        List<String> followed = page.locator("#log li").allInnerTexts();
        page.navigate(service.url() + "/runs/" + id);
        List<String> read = page.locator("#log li").allInnerTexts();
        assertThat(followed).as("nothing twice, nothing lost").isSubsetOf(read).doesNotHaveDuplicates();
        assertThat(read.stream().filter(each -> each.contains("step ")).toList())
                .isEqualTo(
                        followed.stream().filter(each -> each.contains("step ")).toList());
    }

    @Test
    void whatWaitsForAPersonIsAcknowledgedWithANote() {
        Page page = logIn(chromium.phone(), "admin", ServiceProcess.PASSWORD);
        String id = service.start("recovery", "till", null);

        page.navigate(service.url() + "/runs/" + id);
        assertThat(page.locator("[data-part=asks] .note.warn")).containsText("Waits for a person. Restart till");
        button(page, "Acknowledge step 5…").click();
        page.getByLabel("What was done").fill("   ");
        button(page, "Yes, acknowledge step 5").click();
        assertThat(page.getByRole(AriaRole.DIALOG)).containsText("note_missing");
        page.getByLabel("What was done").fill("restarted the till <b>by hand</b>");
        button(page, "Yes, acknowledge step 5").click();

        assertThat(page.locator(".head .mark")).hasText("succeeded");
        assertThat(page.locator("[data-step='5']")).containsText("restarted the till <b>by hand</b>");
    }

    @Test
    void withoutAScriptARunIsStartedFollowedAndCancelled() {
        world.r2Proxy.fault(Fault.SLOW);
        world.b2Proxy.fault(Fault.SLOW);
        Page page = logIn(chromium.withoutScript(), "otto", PASSWORD);
        page.navigate(service.url() + "/start?mode=drill&application=shop");
        button(page, "Go on").click();
        assertThat(page.locator("#reason-wrong")).containsText("reason_missing");
        page.getByLabel("Reason").fill("no script here");
        button(page, "Go on").click();
        assertThat(page.locator("#sure")).containsText("In a drill, the latest good backup");
        button(page, "No, go back").click();
        assertThat(page.getByLabel("Reason")).hasValue("no script here");
        button(page, "Go on").click();
        button(page, "Yes, start the drill").click();

        button(page, "Cancel…").click();
        button(page, "Yes, cancel").click();
        assertThat(page.locator(".head .mark")).hasText("cancelled");
    }

    @Test
    void aBackupIsTakenFromTheOverview() {
        Page page = logIn(chromium.desktop(), "otto", PASSWORD);

        button(page, "Take backup of till").click();

        assertThat(page.getByText("Backup taken at"))
                .isVisible(new com.microsoft.playwright.assertions.LocatorAssertions.IsVisibleOptions()
                        .setTimeout(30_000));
    }

    @Test
    void theCopiesOfEachBackupAreComparedAndToldInWords() {
        Page page = logIn(chromium.phone(), "otto", PASSWORD);
        link(page, "Backups").click();

        button(page, "Compare all copies now").click();

        assertThat(page.getByText("The copies are being compared").first()).isVisible();
        Awaitility.await().until(() -> service.get("/api/v1/audit").json().hasNonNull("last_pass_at"));
        page.navigate(service.url() + "/backups?application=till");
        assertThat(page.getByText("3 of 3 stores have it, one or more of them off-site; all were read and are right.")
                        .first())
                .isVisible();
        assertThat(page.getByText("3-2-1 kept").first()).isVisible();
        assertThat(page.locator("tbody td[data-label=State]").first()).hasText("good");

        Page viewer = logIn(chromium.desktop(), "vera", PASSWORD);
        viewer.navigate(service.url() + "/backups");
        assertThat(viewer.locator("h1")).hasText("Backups");
        assertThat(button(viewer, "Compare all copies now")).hasCount(0);
    }

    @Test
    void drillsAreDrawnFilteredAndReportedForAnAuditor() {
        String id = service.start("drill", "shop", null);
        service.await(id);
        Page page = logIn(chromium.desktop(), "vera", PASSWORD);
        page.navigate(service.url() + "/runs");
        page.getByLabel("Mode").selectOption("drill");
        page.getByLabel("Status").selectOption("succeeded");
        button(page, "Filter").click();
        assertThat(page.locator("table[aria-label='Runs, newest first'] tbody tr")
                        .first())
                .containsText("drill of shop");
        assertThat(page.locator(".plot circle").first()).isVisible();

        page.navigate(service.url() + "/runs/" + id + "/report");
        assertThat(page.locator("[aria-labelledby=chain]")).containsText("it is intact.");
        assertThat(page.locator("[aria-labelledby=events] tbody tr").first()).containsText("admitted");
        assertThat(page.locator("[aria-labelledby=events] tbody tr").last()).containsText("succeeded");
        String[] last =
                page.locator("[aria-labelledby=chain] dd").last().innerText().split(" ");
        JsonNode journal = service.get("/api/v1/journal?after=" + (Long.parseLong(last[0]) - 1))
                .json();
        assertThat(journal.get(0).get("hash").asText()).isEqualTo(last[1]);
    }

    @Test
    void aWrongPasswordSaysSoAndLoggingOutEndsTheSession() {
        Page page = chromium.desktop();
        page.navigate(service.url() + "/runs");
        page.getByLabel("User name").fill("otto");
        page.getByLabel("Password").fill("wrong");
        button(page, "Log in").click();
        assertThat(page.getByRole(AriaRole.ALERT)).hasText("No login: the user name or the password is wrong.");
        page.getByLabel("User name").fill("otto");
        page.getByLabel("Password").fill(PASSWORD);
        button(page, "Log in").click();
        page.waitForURL(Pattern.compile("/runs"));

        button(page, "Log out").click();
        assertThat(page.getByText("You are logged out.")).isVisible();
        page.navigate(service.url() + "/alerts");
        assertThat(page.getByLabel("Password")).isVisible();
    }

    @Test
    void everybodySeesOnlyTheButtonsOfTheirRole() {
        Page viewer = logIn(chromium.desktop(), "vera", PASSWORD);
        assertThat(viewer.getByText("Newest good backup").first()).isVisible();
        assertThat(viewer.locator("main button, main .button")).hasCount(0);
        viewer.navigate(service.url() + "/start?mode=recovery");
        assertThat(viewer.getByText("Your role only reads")).isVisible();

        Page operator = logIn(chromium.desktop(), "otto", PASSWORD);
        assertThat(link(operator, "Drill of shop")).isVisible();
        assertThat(link(operator, "Start recovery of shop")).hasCount(0);
    }

    @Test
    void everyPageIsAccessibleFitsAPhoneAndIsShownInLightAndDark() {
        String drill = service.start("drill", "shop", null);
        service.await(drill);
        world.r2Proxy.refuse();
        String recovery = service.start("recovery", "till", null);
        service.await(recovery);
        service.get("/api/v1/status");
        Instant asked = Instant.parse(
                service.post("/api/v1/audit", "").json().get("asked_at").asText());
        Awaitility.await().until(() -> {
            JsonNode last = service.get("/api/v1/audit").json().get("last_pass_at");
            return !last.isNull() && Instant.parse(last.asText()).isAfter(asked);
        });
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("overview", "/");
        pages.put("start", "/start?mode=recovery&application=shop");
        pages.put("run-waiting", "/runs/" + recovery);
        pages.put("run-ask", "/runs/" + recovery + "?ask=acknowledge");
        pages.put("run-drill", "/runs/" + drill);
        pages.put("report", "/runs/" + drill + "/report");
        pages.put("runs", "/runs");
        pages.put("backups", "/backups");
        pages.put("alerts", "/alerts?all=true");
        pages.put("error", "/nowhere");

        Page desktop = chromium.desktop();
        Page phone = chromium.phone();
        look(desktop, "login", "/login", "light");
        look(phone, "login", "/login", "dark");
        logIn(desktop, "admin", ServiceProcess.PASSWORD);
        logIn(phone, "admin", ServiceProcess.PASSWORD);
        pages.forEach((name, path) -> {
            look(desktop, name, path, "light");
            look(phone, name, path, "dark");
        });
        service.post("/api/v1/runs/" + recovery + "/cancel", "");
    }

    private static void look(Page page, String name, String path, String scheme) {
        page.navigate(service.url() + path);
        shot(page, name + "-" + scheme);
        assertThat(Chromium.accessibilityViolations(page))
                .as(name + " " + scheme)
                .isEmpty();
        assertThat((Integer) page.evaluate("() => document.documentElement.scrollWidth"))
                .as(name + " does not scroll sideways")
                .isLessThanOrEqualTo(page.viewportSize().width);
    }

    private static void shot(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(SCREENSHOTS.resolve(name + ".png"))
                .setFullPage(true));
    }

    private static Page logIn(Page page, String user, String password) {
        page.navigate(service.url() + "/");
        page.getByLabel("User name").fill(user);
        page.getByLabel("Password").fill(password);
        button(page, "Log in").click();
        assertThat(page.getByRole(AriaRole.HEADING, new Page.GetByRoleOptions().setName("Overview")))
                .isVisible();
        return page;
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator link(Page page, String name) {
        return page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    /** Presses Tab until the element has the focus: its text, or its name. */
    private static void tabTo(Page page, String wanted) {
        for (int pressed = 0; pressed < 40; pressed++) {
            page.keyboard().press("Tab");
            Object now = page.evaluate("() => document.activeElement.name || document.activeElement.innerText");
            Object text = page.evaluate("() => document.activeElement.innerText");
            if (wanted.equals(now) || wanted.equals(text)) {
                return;
            }
        }
        throw new AssertionError("the keyboard does not get to " + wanted);
    }
}
