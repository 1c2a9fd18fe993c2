package io.drrunbook.web.page;

import io.drrunbook.alert.Alerts;
import io.drrunbook.run.Role;
import io.drrunbook.web.People;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ModelAttribute;

/** What every page shows: who is logged in, and how many alerts are open. */
@ControllerAdvice(basePackageClasses = EveryPage.class)
class EveryPage {

    private static final int SHOWN = 100;

    private final Alerts alerts;

    EveryPage(Alerts alerts) {
        this.alerts = alerts;
    }

    @ModelAttribute("who")
    @Nullable
    Who who(@Nullable Authentication login) {
        if (login == null) {
            return null;
        }
        Role role = People.of(login).role();
        return new Who(login.getName(), role.name().toLowerCase(Locale.ROOT), role != Role.VIEWER, role == Role.ADMIN);
    }

    @ModelAttribute("openAlerts")
    int openAlerts(@Nullable Authentication login) {
        return login == null ? 0 : alerts.list(true, SHOWN, 0).size();
    }

    /** Whoever is logged in. */
    record Who(String name, String role, boolean operator, boolean admin) {}
}
