package io.drrunbook.web.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.drrunbook.world.FaultyProxy;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.World;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

/** The pages in a real browser, used as an operator would; a screenshot of each lies in target/screenshots. */
class PageTest {

    private static final double PATIENCE = 60_000;
    private static final String VIEWERS_PASSWORD = "vera's password";

    private static World world;
    private static ServiceProcess service;
    private static Playwright playwright;
    private static Browser browser;

    private final List<String> complaints = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() {
        world = World.start(3000);
        service = world.service(
                        "service",
                        world.application("shop", "kubernetes", world.shop.healthUrl(), 30),
                        "dr.users.vera: {role: viewer, password: \"{bcrypt}"
                                + new BCryptPasswordEncoder(4).encode(VIEWERS_PASSWORD) + "\"}\n"
                                + "dr.download: {stall-timeout: 60s, minimum-rate: 1B}\n")
                .start();
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(Path.of("/usr/bin/chromium"))
                        .setArgs(List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync")));
    }

    @AfterAll
    static void stop() {
        browser.close();
        playwright.close();
        service.close();
        world.close();
    }

    @BeforeEach
    void givenSomebodyWhoIsLoggedIn() {
        world.r2Proxy.heal();
        open(new Browser.NewContextOptions().setViewportSize(1100, 800));
        logIn("admin", ServiceProcess.PASSWORD);
    }

    @AfterEach
    void close() {
        context.close();
        assertThat(complaints).as("what the browser complained of").isEmpty();
    }

    @Test
    void aRecoveryIsStartedByHandWatchedAndRolledBack() {
        world.postgres.execute(World.DATABASE, "UPDATE orders SET note = 'written after the backup'");
        PostgresCluster.Content written = world.postgres.content(World.DATABASE);
        page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Recover…"))
                .click();
        assertThat(page.getByText("A recovery replaces live data.")).isVisible();
        assertThat(page.locator(".warning")).containsText("shop on 127.0.0.1");

        // Wrong first: the question is answered, and the refusal stands beside the field.
        page.getByLabel("Reason").fill("the disk died");
        page.getByLabel("type the application's name").fill("ship");
        page.getByRole(AriaRole.BUTTON, named("Start")).click();
        page.getByRole(AriaRole.BUTTON, named("Yes, recover now")).click();
        assertThat(page.locator("[role=alert]")).containsText("confirm must repeat the application's name");
        assertThat(page.getByLabel("Reason")).hasValue("the disk died");
        assertThat(page.getByLabel("type the application's name")).hasAttribute("aria-invalid", "true");

        page.getByLabel("type the application's name").fill("shop");
        page.getByRole(AriaRole.BUTTON, named("Start")).click();
        assertThat(page.locator("#question-text"))
                .hasText("The live database shop on 127.0.0.1:" + world.postgres.port()
                        + " will be replaced with the latest good backup, and shop will be restarted; the database as it"
                        + " is now stays for a rollback.");
        shot("question");
        page.getByRole(AriaRole.BUTTON, named("No, go back")).click();
        assertThat(page.locator("#question")).isHidden();
        page.getByRole(AriaRole.BUTTON, named("Start")).click();
        page.getByRole(AriaRole.BUTTON, named("Yes, recover now")).click();

        assertThat(page.locator("h1 .badge")).hasText("succeeded", patiently());
        assertThat(page.locator(".timeline .is-completed")).hasCount(7);
        assertThat(page.locator("#log")).containsText("SHA-256 as in the manifest");
        JsonNode run = service.get("/api/v1/runs?limit=1").json().get(0);
        assertThat(run.get("trigger").asText()).isEqualTo("page");
        assertThat(run.get("initiated_by").asText()).isEqualTo("admin");
        shot("run-succeeded");

        page.getByText("Roll back…").click();
        page.getByRole(AriaRole.BUTTON, named("Roll back")).click();
        assertThat(page.locator("h1 .badge")).hasText("rolled back", patiently());
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(written);
    }

    @Test
    void theTimelineMovesWhileAStoreIsSlowAndGoesOnAfterAReload() {
        world.r2Proxy.fault(FaultyProxy.Fault.SLOW);
        String id = service.start("drill", "shop", null);
        page.navigate(service.url() + "/runs/" + id);

        assertThat(page.locator("#step-1")).hasClass("step is-completed", classes());
        assertThat(page.locator("#step-2 .figures")).containsText("kB", patientlyContains());
        assertThat(page.locator("#step-2 .figures")).containsText("/s", patientlyContains());
        shot("run-downloading");
        int lines = page.locator("#log li").count();
        page.reload();
        assertThat(page.locator("#step-2 .figures")).containsText("kB", patientlyContains());
        assertThat(page.locator("#log li").count()).isGreaterThanOrEqualTo(lines);
        String text = page.locator("#log").innerText();
        assertThat(text.split("downloading ", -1)).as("no line twice").hasSize(2);
        assertThat(page.locator("#elapsed")).hasText(Pattern.compile("\\d\\d:\\d\\d"));
        world.r2Proxy.heal();

        assertThat(page.locator("h1 .badge")).hasText("succeeded", patiently());
        assertThat(page.locator("#step-5 .word")).hasText("not part of this run");
    }

    @Test
    void aDrillIsStartedWithTheKeyboardAlone() {
        page.navigate(service.url() + "/start");
        assertThat(page.getByLabel("type the application's name")).isHidden();
        page.keyboard().press("Tab");
        assertThat(page.locator(":focus")).hasText("Skip to the content");
        page.keyboard().press("Enter");
        tabTo("input[value=plan]");
        page.keyboard().press("ArrowDown");
        assertThat(page.locator("input[value=drill]")).isChecked();
        tabTo("#reason");
        page.keyboard().type("by keyboard");
        tabTo("button.primary");
        page.keyboard().press("Enter");

        assertThat(page.locator("h1 .badge")).hasText("succeeded", patiently());
        assertThat(page.locator("h1")).containsText("drill of shop");
    }

    @Test
    void everythingWorksWithoutJavaScriptToo() {
        context.close();
        open(new Browser.NewContextOptions().setJavaScriptEnabled(false));
        logIn("admin", ServiceProcess.PASSWORD);
        page.navigate(service.url() + "/start?mode=recovery");
        page.getByLabel("Reason").fill("without a script");
        page.getByLabel("type the application's name").fill("shop");
        page.getByRole(AriaRole.BUTTON, named("Start")).click();
        assertThat(page.locator("h1")).hasText("Replace live data?");
        shot("confirm-without-javascript");
        page.getByRole(AriaRole.BUTTON, named("Yes, recover now")).click();
        assertThat(page.locator("h1")).containsText("recovery of shop");
        String id = page.url().substring(page.url().lastIndexOf('/') + 1);
        assertThat(service.await(id).get("status").asText()).isEqualTo("succeeded");
        page.reload();
        assertThat(page.locator(".timeline .is-completed")).hasCount(7);
    }

    @Test
    void aViewerReadsAndFindsNothingToPress() {
        context.close();
        open(new Browser.NewContextOptions());
        logIn("vera", VIEWERS_PASSWORD);
        assertThat(page.getByRole(AriaRole.LINK, named("Recover…"))).hasCount(0);
        assertThat(page.getByRole(AriaRole.LINK, named("Start a run"))).hasCount(0);
        assertThat(page.locator("main button")).hasCount(0);
        page.navigate(service.url() + "/runs");
        assertThat(page.locator("h1")).hasText("History");
    }

    @Test
    void everyPageFitsAPhoneAndReadsWellInTheDarkAndByAScreenReader() {
        String run = service.start("drill", "shop", null);
        service.await(run);
        Map<String, String> pages = Map.of(
                "overview", "/",
                "start", "/start?mode=recovery",
                "run", "/runs/" + run,
                "history", "/runs",
                "report", "/runs/" + run + "/report",
                "alerts", "/alerts",
                "not-found", "/runs/nonsense");
        pages.forEach((name, path) -> {
            page.navigate(service.url() + path);
            shot(name);
            readable(name);
        });
        context.close();
        open(new Browser.NewContextOptions().setViewportSize(360, 740).setColorScheme(ColorScheme.DARK));
        page.navigate(service.url() + "/login");
        shot("login-phone-dark");
        fits("login");
        readable("login");
        logIn("admin", ServiceProcess.PASSWORD);
        pages.forEach((name, path) -> {
            page.navigate(service.url() + path);
            fits(name);
            shot(name + "-phone-dark");
        });
        // The page that is not there is one the browser itself notes.
        complaints.removeIf(complaint -> complaint.contains("404"));
    }

    @Test
    void aWrongPasswordIsToldAndLoggingOutEndsTheSession() {
        page.getByRole(AriaRole.BUTTON, named("Log out")).click();
        assertThat(page.locator("[role=status]")).hasText("You are logged out.");
        page.getByLabel("User name").fill("admin");
        page.getByLabel("Password").fill("wrong");
        page.getByRole(AriaRole.BUTTON, named("Log in")).click();
        assertThat(page.locator("[role=alert]")).containsText("wrong");
        logIn("admin", ServiceProcess.PASSWORD);
        assertThat(page.locator("h1")).hasText("Overview");
    }

    @Test
    void hawtioDrawsTheRunbookAndStartsADrillBySend() {
        page.getByRole(AriaRole.LINK, named("Console (Hawtio)")).click();
        page.getByText("endpoints", exactly()).first().click();
        page.getByText("direct://start-drill", exactly()).first().click();
        page.getByText("Send", exactly()).first().click();
        page.locator(".monaco-editor").first().click();
        page.keyboard().type("sent from the console");
        page.locator("button.pf-m-primary").last().click();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> service.get("/api/v1/runs?limit=1")
                        .json()
                        .at("/0/trigger")
                        .asText()
                        .equals("console"));
        JsonNode drill = service.await(
                service.get("/api/v1/runs?limit=1").json().at("/0/id").asText());
        assertThat(drill.get("reason").asText()).isEqualTo("sent from the console");
        assertThat(drill.get("initiated_by").asText()).isEqualTo("admin");
        assertThat(drill.get("status").asText()).isEqualTo("succeeded");
        for (String route : List.of("run-the-runbook", "download-backup", "restore-database", "start-recovery")) {
            page.getByText(route, exactly()).first().click();
            page.getByText("Route Diagram", exactly()).first().click();
            assertThat(page.locator(".react-flow__node").first()).isVisible();
        }
        shot("hawtio");
        // Hawtio looks for a file that it can do without, and complains of it in the browser.
        complaints.removeIf(complaint -> complaint.contains("404"));
    }

    // --- looking ---

    private void open(Browser.NewContextOptions options) {
        context = browser.newContext(options);
        page = context.newPage();
        page.setDefaultTimeout(PATIENCE);
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                complaints.add(message.text() + " at " + message.location());
            }
        });
        Consumer<String> complain = complaints::add;
        page.onPageError(complain);
    }

    private void logIn(String user, String password) {
        page.navigate(service.url() + "/login");
        page.getByLabel("User name").fill(user);
        page.getByLabel("Password").fill(password);
        page.getByRole(AriaRole.BUTTON, named("Log in")).click();
        assertThat(page.locator("h1")).hasText("Overview");
    }

    private void tabTo(String selector) {
        for (int i = 0; i < 30; i++) {
            page.keyboard().press("Tab");
            if ((Boolean) page.evaluate("s => document.activeElement.matches(s)", selector)) {
                return;
            }
        }
        throw new AssertionError("the keyboard does not come to " + selector);
    }

    private void shot(String name) {
        page.screenshot(
                new Page.ScreenshotOptions().setFullPage(true).setPath(Path.of("target/screenshots", name + ".png")));
    }

    private void fits(String name) {
        assertThat(((Number) page.evaluate("document.documentElement.scrollWidth")).intValue())
                .as("width of " + name)
                .isLessThanOrEqualTo(360);
    }

    /** What a screen reader needs: a language, one main part, headings in order, a name for everything one can use. */
    private void readable(String name) {
        Object faults = page.evaluate("""
                () => {
                  const faults = [];
                  if (!document.documentElement.lang) faults.push("no language");
                  if (!document.title.includes("dr-runbook")) faults.push("no title");
                  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
                  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
                  let level = 1;
                  for (const h of document.querySelectorAll("h1,h2,h3")) {
                    const l = Number(h.tagName[1]);
                    if (l > level + 1) faults.push("heading skips to " + h.textContent);
                    level = l;
                  }
                  for (const i of document.querySelectorAll("input:not([type=hidden]),select"))
                    if (i.labels.length === 0) faults.push("no label: " + i.name);
                  for (const b of document.querySelectorAll("button,a,summary"))
                    if (!(b.textContent.trim() || b.ariaLabel)) faults.push("no name: " + b.outerHTML);
                  for (const t of document.querySelectorAll("table"))
                    if (!t.querySelector("th[scope]")) faults.push("table without headers");
                  for (const s of document.querySelectorAll("svg"))
                    if (!s.querySelector("title")) faults.push("drawing without title");
                  for (const p of document.querySelectorAll("progress:not([hidden])"))
                    if (p.offsetParent && !p.ariaLabel && !p.getAttribute("aria-labelledby")) faults.push("progress without name");
                  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
                  if (new Set(ids).size !== ids.length) faults.push("an id twice");
                  for (const e of document.querySelectorAll("[aria-labelledby],[aria-describedby]"))
                    for (const id of (e.getAttribute("aria-labelledby") + " " + (e.getAttribute("aria-describedby") || "")).split(" "))
                      if (id && id !== "null" && !document.getElementById(id)) faults.push("nothing has the id " + id);
                  const rgb = c => c.match(/[\\d.]+/g).map(Number);
                  const lum = c => { const [r, g, b] = rgb(c).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
                  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgb(c)[3] !== 0) return c; } return "rgb(255,255,255)"; };
                  for (const e of document.querySelectorAll("p,span,a,dd,dt,li,td,th,h1,h2,h3,button,label,strong,code")) {
                    if (!e.offsetParent || !e.textContent.trim()) continue;
                    const a = lum(getComputedStyle(e).color), b = lum(ground(e));
                    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
                    if (ratio < 4.5) faults.push("contrast " + ratio.toFixed(1) + ": " + e.textContent.trim().substring(0, 40));
                  }
                  return faults;
                }
                """);
        assertThat((List<?>) faults).as(name).isEmpty();
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name).setExact(true);
    }

    private static Page.GetByTextOptions exactly() {
        return new Page.GetByTextOptions().setExact(true);
    }

    private static LocatorAssertions.HasTextOptions patiently() {
        return new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE);
    }

    private static LocatorAssertions.ContainsTextOptions patientlyContains() {
        return new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE);
    }

    private static LocatorAssertions.HasClassOptions classes() {
        return new LocatorAssertions.HasClassOptions().setTimeout(PATIENCE);
    }
}
