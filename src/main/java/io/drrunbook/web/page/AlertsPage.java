package io.drrunbook.web.page;

import io.drrunbook.alert.Alert;
import io.drrunbook.alert.Alerts;
import io.drrunbook.figures.Figures;
import io.drrunbook.run.RefusedException;
import io.drrunbook.web.Refusals;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** Alerts, to be read and acknowledged. */
@Controller
class AlertsPage {

    private static final int SHOWN = 100;

    private final Alerts alerts;
    private final Refusals refusals;

    AlertsPage(Alerts alerts, Refusals refusals) {
        this.alerts = alerts;
        this.refusals = refusals;
    }

    @GetMapping("/alerts")
    String list(@RequestParam(defaultValue = "false") boolean open, Model model) {
        model.addAttribute("open", open);
        model.addAttribute(
                "alerts",
                alerts.list(open, SHOWN, 0).stream().map(AlertView::of).toList());
        return "alerts";
    }

    @PostMapping("/alerts/{id}/acknowledge")
    String acknowledge(
            @PathVariable UUID id, Authentication login, HttpServletRequest request, RedirectAttributes back) {
        try {
            alerts.acknowledge(id, login.getName());
        } catch (RefusedException e) {
            refusals.note(request, e.code(), e.getMessage());
            back.addFlashAttribute("problem", e.getMessage());
        }
        return "redirect:/alerts";
    }

    /** An alert as a person reads it. */
    record AlertView(
            UUID id,
            String kind,
            String severity,
            @Nullable String application,
            @Nullable UUID run,
            String message,
            String at,
            int count,
            String state,
            boolean open,
            List<String> deliveries) {

        static AlertView of(Alert alert) {
            boolean open = alert.acknowledgedAt() == null;
            String state = alert.acknowledgedAt() != null
                    ? "acknowledged by " + alert.acknowledgedBy() + " at " + Figures.time(alert.acknowledgedAt())
                    : alert.resolvedAt() != null ? "over since " + Figures.time(alert.resolvedAt()) : "open";
            return new AlertView(
                    alert.id(),
                    alert.kind().replace('_', ' '),
                    alert.severity().word(),
                    alert.application(),
                    alert.runId(),
                    alert.message(),
                    Figures.time(alert.at()),
                    alert.count(),
                    state,
                    open,
                    alert.deliveries().stream()
                            .map(delivery -> delivery.channel() + ": " + delivery.status())
                            .toList());
        }
    }
}
