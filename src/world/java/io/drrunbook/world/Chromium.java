package io.drrunbook.world;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/** Debian's Chromium, driven as a person would. */
public final class Chromium implements AutoCloseable {

    private static final Path EXECUTABLE = Path.of("/usr/bin/chromium");

    /** A busy machine draws late; what never comes fails all the same. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Playwright playwright;
    private final Browser browser;
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    private Chromium(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    public static Chromium start() {
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE.toMillis());
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        Browser browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(EXECUTABLE)
                        .setArgs(List.of(
                                "--headless",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync")));
        return new Chromium(playwright, browser);
    }

    /** A page of a new visitor on a desktop, in light. */
    public Page desktop() {
        return page(new Browser.NewContextOptions().setViewportSize(1280, 900).setColorScheme(ColorScheme.LIGHT));
    }

    /** A page of a new visitor with a small phone, in dark. */
    public Page phone() {
        return page(new Browser.NewContextOptions()
                .setViewportSize(360, 740)
                .setColorScheme(ColorScheme.DARK)
                .setHasTouch(true));
    }

    /** A page of a new visitor whose browser runs no script. */
    public Page withoutScript() {
        return page(new Browser.NewContextOptions().setViewportSize(1280, 900).setJavaScriptEnabled(false));
    }

    /** What the browser has complained of since the last call: errors of scripts and violations of the policy. */
    public List<String> complaints() {
        List<String> now = new ArrayList<>(complaints);
        complaints.clear();
        return now;
    }

    /** What is wrong with the page as it stands for somebody who cannot see it, or not well. */
    public static List<String> accessibilityViolations(Page page) {
        return ((List<?>) page.evaluate(checks())).stream().map(String::valueOf).toList();
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }

    private Page page(Browser.NewContextOptions options) {
        BrowserContext context = browser.newContext(options);
        context.setDefaultTimeout(PATIENCE.toMillis());
        Page page = context.newPage();
        page.onConsoleMessage(message -> {
            // An answer of 4xx is what some tests ask for; they look at the page that comes with it.
            if (message.type().equals("error") && !message.text().startsWith("Failed to load resource")) {
                complaints.add(page.url() + " " + message.text());
            }
        });
        page.onPageError(error -> complaints.add(page.url() + " " + error));
        return page;
    }

    private static String checks() {
        try (InputStream script = Chromium.class.getResourceAsStream("/accessibility.js")) {
            return new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
