package io.drrunbook.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.drrunbook.world.Chromium;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.World;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The console in a real browser, reached from the page. */
@InWorld
@Tag("browser")
class HawtioTest {

    private static World world;
    private static ServiceProcess service;
    private static Chromium chromium;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(200);
        service = world.service("service").start();
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
        chromium = Chromium.start();
    }

    @AfterAll
    static void stop() {
        chromium.close();
        service.close();
    }

    @Test
    void hawtioDrawsTheRunbookAndStartsADrillBySend() {
        Page page = chromium.desktop();
        page.navigate(service.url() + "/");
        page.getByLabel("User name").fill("admin");
        page.getByLabel("Password").fill(ServiceProcess.PASSWORD);
        page.getByLabel("Password").press("Enter");
        text(page, "Hawtio").click();
        text(page, "endpoints").click();
        text(page, "direct://start-drill").click();
        text(page, "Send").click();
        page.locator(".monaco-editor").first().click();
        page.keyboard().type("sent from the console");
        page.locator("button.pf-m-primary").last().click();
        Awaitility.await()
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
            text(page, route).click();
            text(page, "Route Diagram").click();
            assertThat(page.locator(".react-flow__node").first()).isVisible();
        }
        page.screenshot(
                new Page.ScreenshotOptions().setFullPage(true).setPath(Path.of("target/screenshots/hawtio.png")));
        assertThat(chromium.complaints()).isEmpty();
    }

    private static Locator text(Page page, String text) {
        return page.getByText(text, new Page.GetByTextOptions().setExact(true)).first();
    }
}
