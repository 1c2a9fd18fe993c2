package io.drrunbook.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.readiness.Prediction.Forecast;
import io.drrunbook.run.JournalInMemory;
import io.drrunbook.run.Mode;
import io.drrunbook.run.RunStatus;
import io.drrunbook.settings.DrSettings;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What was never measured is not counted as nothing, and a larger backup takes longer. */
@Tag("quick")
class PredictionTest {

    private static final Instant START = Instant.parse("2026-11-01T10:00:00Z");
    private static final long GIB = 1L << 30;

    private final JournalInMemory place = new JournalInMemory();

    @Test
    void withoutAnyRunNothingIsKnown() {
        Forecast forecast = prediction("auto").of("shop", OptionalLong.of(GIB));

        assertThat(forecast.known()).isFalse();
        assertThat(forecast.without()).hasSize(7);
    }

    @Test
    void afterADrillOnlyTheStepsBehindItAreMissingAndNamed() {
        place.ended(Mode.DRILL, "shop", RunStatus.SUCCEEDED, START, 10);

        Forecast forecast = prediction("auto").of("shop", OptionalLong.empty());

        assertThat(forecast.known()).isTrue();
        assertThat(forecast.seconds()).isEqualTo(40);
        assertThat(forecast.without())
                .containsExactly(
                        "step 5 (Restart application): no run has measured it yet",
                        "step 6 (Verify health checks): no run has measured it yet",
                        "step 7 (Reroute traffic): no run has measured it yet");
    }

    @Test
    void afterARecoveryAllIsMeasured() {
        place.ended(Mode.RECOVERY, "shop", RunStatus.SUCCEEDED, START, 10);

        Forecast forecast = prediction("auto").of("shop", OptionalLong.empty());

        assertThat(forecast.seconds()).isEqualTo(70);
        assertThat(forecast.without()).isEmpty();
    }

    @Test
    void anApplicationThatAPersonMustRestartIsNeverPredictedAsAWhole() {
        place.ended(Mode.RECOVERY, "shop", RunStatus.SUCCEEDED, START, 10);

        assertThat(prediction("manual").of("shop", OptionalLong.empty()).without())
                .containsExactly("step 5 (Restart application): a person must restart the application");
    }

    @Test
    void whatTheLastPlanFoundToBeManualIsManual() {
        place.ended(Mode.RECOVERY, "shop", RunStatus.SUCCEEDED, START, 10);
        UUID plan = place.ended(Mode.PLAN, "shop", RunStatus.SUCCEEDED, START.plusSeconds(99), 1);
        detail(plan, 5, "{\"method\":\"manual\"}");

        assertThat(prediction("auto").of("shop", OptionalLong.empty()).without())
                .hasSize(1);
    }

    @Test
    void theTimeThatAPersonTookIsNoMeasure() {
        UUID recovery = place.ended(Mode.RECOVERY, "shop", RunStatus.SUCCEEDED, START, 10);
        detail(recovery, 6, "{\"acknowledged_by\":\"ada\"}");

        assertThat(prediction("auto").of("shop", OptionalLong.empty()).without())
                .containsExactly("step 6 (Verify health checks): no run has measured it yet");
    }

    @ParameterizedTest(name = "measured with {0} bytes, now {1}: {2} s")
    @CsvSource({
        "1073741824, 1073741824, 40",
        "1073741824, 2147483648, 70",
        "1073741824, 10737418240, 310",
        "1073741824, 1, 40",
        "0, 1073741824, 40"
    })
    void thePredictionScalesWithTheBackupsSize(long measured, long now, double seconds) {
        UUID drill = place.ended(Mode.DRILL, "shop", RunStatus.SUCCEEDED, START, 10);
        detail(drill, 2, "{\"size_bytes\":" + measured + "}");

        assertThat(prediction("auto").of("shop", OptionalLong.of(now)).seconds())
                .isEqualTo(seconds);
    }

    @ParameterizedTest(name = "{0} s of 3600 s, without {1}: {2}")
    @CsvSource(
            value = {"25, '', true", "25, step 5, -", "3601, '', false", "3601, step 5, false", "-, '', -"},
            nullValues = "-")
    void onlyAWholePredictionIsMet(Double seconds, String without, Boolean met) {
        ApplicationStatus status = new ApplicationStatus(
                "shop",
                ApplicationStatus.Readiness.READY,
                null,
                null,
                900,
                false,
                3600,
                seconds,
                without.isEmpty() ? List.of() : List.of(without),
                null,
                null,
                null,
                null,
                null,
                List.of());

        assertThat(status.predictedMet()).isEqualTo(met);
    }

    private void detail(UUID run, int step, String json) {
        place.jdbc()
                .sql("UPDATE steps SET detail = ? WHERE run_id = ? AND step = ?")
                .params(json, run, step)
                .update();
    }

    private Prediction prediction(String restart) {
        Map<String, String> values = new HashMap<>();
        values.put("dr.applications.shop.database.host", "127.0.0.1");
        values.put("dr.applications.shop.database.name", "shop");
        values.put("dr.applications.shop.restart.method", restart);
        DrSettings settings =
                new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("dr", DrSettings.class);
        return new Prediction(place.journal(), settings);
    }
}
