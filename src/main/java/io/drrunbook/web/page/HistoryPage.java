package io.drrunbook.web.page;

import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.settings.DrSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** What has happened: all runs, and the drills against the objective. */
@Controller
class HistoryPage {

    private static final int PAGE = 25;
    private static final int LARGEST_OFFSET = 1_000_000;

    /** As many drills as a drawing can show. */
    private static final int DRAWN = 60;

    private final Journal journal;
    private final DrSettings settings;

    HistoryPage(Journal journal, DrSettings settings) {
        this.journal = journal;
        this.settings = settings;
    }

    @GetMapping("/runs")
    String show(
            @RequestParam(defaultValue = "") String application,
            @RequestParam(defaultValue = "") String mode,
            @RequestParam(defaultValue = "") String status,
            @RequestParam(defaultValue = "0") int offset,
            Model model) {
        int from = Math.min(LARGEST_OFFSET, Math.max(0, offset));
        List<Run> found = journal.list(
                application.isBlank() ? null : application,
                named(Mode.values(), mode),
                named(RunStatus.values(), status),
                PAGE + 1,
                from);
        model.addAttribute("wanted", application)
                .addAttribute("mode", mode)
                .addAttribute("status", status)
                .addAttribute("names", new TreeSet<>(settings.applications().keySet()))
                .addAttribute("modes", words(Mode.values()))
                .addAttribute("statuses", words(RunStatus.values()))
                .addAttribute("rows", found.stream().limit(PAGE).map(RunRow::of).toList())
                .addAttribute("newer", from > 0 ? Math.max(0, from - PAGE) : null)
                .addAttribute("older", found.size() > PAGE ? from + PAGE : null)
                .addAttribute("from", from)
                .addAttribute("plots", plots(application));
        return "runs";
    }

    private List<DrillPlot> plots(String application) {
        return new TreeSet<>(settings.applications().keySet())
                .stream()
                        .filter(name -> application.isBlank() || name.equals(application))
                        .flatMap(name -> plot(name).stream())
                        .toList();
    }

    private Optional<DrillPlot> plot(String application) {
        List<Run> drills = Stream.of(RunStatus.SUCCEEDED, RunStatus.FAILED)
                .flatMap(status -> journal.list(application, Mode.DRILL, status, DRAWN, 0).stream())
                .sorted((a, b) -> b.startTime().compareTo(a.startTime()))
                .limit(DRAWN)
                .toList();
        return drills.isEmpty() ? Optional.empty() : Optional.of(DrillPlot.of(application, drills));
    }

    /** A filter that names nothing filters nothing. */
    private static <E extends Enum<E>> @Nullable E named(E[] values, String name) {
        return Arrays.stream(values)
                .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElse(null);
    }

    private static List<String> words(Enum<?>[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
    }
}
