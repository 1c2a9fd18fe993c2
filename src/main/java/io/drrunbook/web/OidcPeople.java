package io.drrunbook.web;

import io.drrunbook.run.Role;
import io.drrunbook.settings.DrSettings;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserRequest;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.userinfo.DefaultOAuth2UserService;
import org.springframework.security.oauth2.client.userinfo.OAuth2UserService;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.oidc.user.DefaultOidcUser;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestTemplate;

/** Gives whoever logs in through the OpenID Connect provider the role of their groups; without one they stay outside. */
@Component
class OidcPeople implements OAuth2UserService<OidcUserRequest, OidcUser> {

    private final OidcUserService provider = new OidcUserService();
    private final DrSettings.Oidc settings;

    OidcPeople(DrSettings settings) {
        this.settings = settings.security().oidc();
        RestTemplate calls = new RestTemplate(OidcCalls.limited(this.settings.timeout()));
        calls.setErrorHandler(new OAuth2ErrorResponseErrorHandler());
        DefaultOAuth2UserService userInfo = new DefaultOAuth2UserService();
        userInfo.setRestOperations(calls);
        provider.setOauth2UserService(userInfo);
    }

    @Override
    public OidcUser loadUser(OidcUserRequest request) {
        OidcUser user = provider.loadUser(request);
        List<String> groups = Optional.ofNullable(user.getClaimAsStringList(settings.groupsClaim()))
                .orElse(List.of());
        Role role = role(groups)
                .orElseThrow(() -> new OAuth2AuthenticationException(new OAuth2Error(
                        "no_role", user.getName() + " is in no group of dr.security.oidc: ask for one", null)));
        String nameClaim = request.getClientRegistration()
                .getProviderDetails()
                .getUserInfoEndpoint()
                .getUserNameAttributeName();
        return new DefaultOidcUser(
                People.authorities(role),
                user.getIdToken(),
                user.getUserInfo(),
                nameClaim == null || nameClaim.isEmpty() ? "sub" : nameClaim);
    }

    private Optional<Role> role(Collection<String> groups) {
        if (settings.admins().stream().anyMatch(groups::contains)) {
            return Optional.of(Role.ADMIN);
        }
        if (settings.operators().stream().anyMatch(groups::contains)) {
            return Optional.of(Role.OPERATOR);
        }
        return settings.viewers().stream().anyMatch(groups::contains) ? Optional.of(Role.VIEWER) : Optional.empty();
    }
}
