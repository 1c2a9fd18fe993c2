package io.drrunbook.web.page;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.security.authentication.LockedException;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.web.WebAttributes;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** The way in: user name and password, or an OpenID Connect provider. */
@Controller
class LoginPage {

    private final List<Provider> providers = new ArrayList<>();

    LoginPage(ObjectProvider<ClientRegistrationRepository> registrations) {
        if (registrations.getIfAvailable() instanceof Iterable<?> all) {
            for (Object each : all) {
                if (each instanceof ClientRegistration registration) {
                    providers.add(new Provider(
                            "/oauth2/authorization/" + registration.getRegistrationId(), registration.getClientName()));
                }
            }
        }
    }

    @GetMapping("/login")
    String show(
            @RequestParam(required = false) String error,
            @RequestParam(required = false) String logout,
            HttpServletRequest request,
            Model model) {
        model.addAttribute("providers", providers);
        model.addAttribute("loggedOut", logout != null);
        if (error != null) {
            model.addAttribute("failure", failure(request));
        }
        return "login";
    }

    /** Says no more than whoever tried may know: only a lock is told apart from a wrong name or password. */
    private static String failure(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        Object cause = session == null ? null : session.getAttribute(WebAttributes.AUTHENTICATION_EXCEPTION);
        return cause instanceof LockedException locked
                ? "No login: " + locked.getMessage() + "."
                : "No login: the user name or the password is wrong.";
    }

    /** An OpenID Connect provider. */
    record Provider(String path, String name) {}
}
