package io.drrunbook.web.page;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.security.authentication.LockedException;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.web.WebAttributes;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.SessionAttribute;

/** Logging in: with a password, or through an OpenID Connect provider where one is configured. */
@Controller
class LoginPage {

    private final ObjectProvider<ClientRegistrationRepository> providers;

    LoginPage(ObjectProvider<ClientRegistrationRepository> providers) {
        this.providers = providers;
    }

    @GetMapping("/login")
    String show(
            @SessionAttribute(name = WebAttributes.AUTHENTICATION_EXCEPTION, required = false) @Nullable
                    Exception failure,
            Model model) {
        List<ClientRegistration> known = new ArrayList<>();
        if (providers.getIfAvailable() instanceof Iterable<?> registrations) {
            registrations.forEach(registration -> known.add((ClientRegistration) registration));
        }
        model.addAttribute("providers", known);
        if (failure instanceof LockedException) {
            model.addAttribute("locked", failure.getMessage());
        }
        return "login";
    }
}
