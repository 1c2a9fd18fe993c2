package io.drrunbook.web.page;

import io.drrunbook.alert.Alert;
import io.drrunbook.alert.Alerts;
import io.drrunbook.alert.Delivery;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Role;
import io.drrunbook.web.People;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** What people were told, and who has seen it. */
@Controller
class AlertsPage {

    private static final int PAGE = 25;
    private static final int LARGEST_OFFSET = 1_000_000;

    private final Alerts alerts;

    AlertsPage(Alerts alerts) {
        this.alerts = alerts;
    }

    @GetMapping("/alerts")
    String show(
            @RequestParam(defaultValue = "false") boolean all,
            @RequestParam(defaultValue = "0") int offset,
            Model model) {
        int from = Math.min(LARGEST_OFFSET, Math.max(0, offset));
        List<Alert> found = alerts.list(!all, PAGE + 1, from);
        model.addAttribute("all", all)
                .addAttribute(
                        "rows", found.stream().limit(PAGE).map(AlertRow::of).toList())
                .addAttribute("newer", from > 0 ? Math.max(0, from - PAGE) : null)
                .addAttribute("older", found.size() > PAGE ? from + PAGE : null);
        return "alerts";
    }

    @PostMapping("/alerts/{id}/acknowledge")
    String acknowledge(@PathVariable String id, @RequestParam(defaultValue = "false") boolean all) {
        People.current().require(Role.OPERATOR, "an acknowledgement");
        alerts.acknowledge(parse(id), People.current().name());
        return all ? "redirect:/alerts?all=true" : "redirect:/alerts";
    }

    private static UUID parse(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(Reason.UNKNOWN, "alert_unknown", "no alert '" + id + "'");
        }
    }

    /** An alert as it stands in the list. */
    record AlertRow(Alert alert, Mark mark, String kind, List<String> deliveries) {

        static AlertRow of(Alert alert) {
            return new AlertRow(
                    alert,
                    Mark.of(alert.severity()),
                    alert.kind().replace('_', ' '),
                    alert.deliveries().stream().map(AlertRow::told).toList());
        }

        private static String told(Delivery delivery) {
            String error = delivery.error();
            return delivery.channel() + " to " + delivery.recipient() + ": "
                    + delivery.status().word()
                    + (delivery.deliveredAt() == null ? "" : " " + Said.time(delivery.deliveredAt()))
                    + (error == null ? "" : " (" + error + ")");
        }
    }
}
