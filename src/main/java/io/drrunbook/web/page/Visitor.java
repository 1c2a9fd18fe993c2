package io.drrunbook.web.page;

import io.drrunbook.alert.Alerts;
import io.drrunbook.run.Person;
import io.drrunbook.run.Role;
import io.drrunbook.web.People;
import java.util.Locale;
import java.util.Optional;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;

/** Whoever looks at a page; templates know it as {@code @visitor}, also where no controller stands behind them. */
@Component("visitor")
class Visitor {

    /** More are not counted: the number only says that somebody should look. */
    private static final int COUNTED = 20;

    private final Alerts alerts;

    Visitor(Alerts alerts) {
        this.alerts = alerts;
    }

    public boolean loggedIn() {
        return person().isPresent();
    }

    public String name() {
        return person().map(Person::name).orElse("");
    }

    public String role() {
        return person().map(person -> person.role().name().toLowerCase(Locale.ROOT))
                .orElse("");
    }

    public boolean admin() {
        return may(Role.ADMIN);
    }

    public boolean operator() {
        return may(Role.OPERATOR);
    }

    /** How many alerts nobody has acknowledged: {@code 3}, {@code 20+}; empty for none. */
    public String openAlerts() {
        int open = alerts.list(true, COUNTED + 1, 0).size();
        return open == 0 ? "" : open > COUNTED ? COUNTED + "+" : Integer.toString(open);
    }

    boolean may(Role role) {
        return person().filter(person -> person.role().compareTo(role) >= 0).isPresent();
    }

    private static Optional<Person> person() {
        Authentication login = SecurityContextHolder.getContext().getAuthentication();
        return login == null || login instanceof AnonymousAuthenticationToken
                ? Optional.empty()
                : Optional.of(People.of(login));
    }
}
