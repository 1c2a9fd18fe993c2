package io.drrunbook.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.Role;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

/** What is handed on to Jolokia, and how much may be asked for. */
@Tag("quick")
class ConsoleRequestTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONTEXT = "org.apache.camel:context=dr-runbook,type=context,name=\\\"dr-runbook\\\"";

    @AfterEach
    void logOut() {
        SecurityContextHolder.clearContext();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "\"read\"",
                "{}",
                "{\"type\":\"write\",\"mbean\":\"java.lang:type=Memory\",\"attribute\":\"Verbose\",\"value\":true}",
                "{\"type\":\"notification\",\"command\":\"register\"}",
                "{\"type\":\"read\"}",
                "{\"type\":\"read\",\"mbean\":[\"java.lang:type=Memory\"]}",
                "{\"type\":\"read\",\"mbean\":\"jmx@java.lang:type=Memory\"}",
                "{\"type\":\"read\",\"mbean\":\"no name\"}",
                "{\"type\":\"read\",\"mbean\":\"java.lang:type=Memory\",\"target\":{\"url\":\"x\"}}",
                "{\"type\":\"exec\",\"mbean\":\"java.lang:type=Memory\"}",
                "{\"type\":\"exec\",\"mbean\":\"org.apache.camel:*\",\"operation\":\"dumpRoutesAsXml\"}",
                "{\"type\":\"exec\",\"mbean\":\"io.drrunbook:type=*\",\"operation\":\"startPlan\"}",
                "{\"type\":\"exec\",\"mbean\":\"jmx@io.drrunbook:type=Runbook\",\"operation\":\"startPlan\"}",
                "{\"type\":\"exec\",\"mbean\":\"io.drrunbook:type=Runbook\",\"operation\":[\"startPlan\"]}",
                "{\"type\":\"exec\",\"mbean\":\"io.drrunbook:type=Triggers\",\"operation\":\"send\",\"arguments\":[\"exec:id\",\"\",{}]}",
                "{\"type\":\"exec\",\"mbean\":\"" + CONTEXT
                        + "\",\"operation\":\"sendBody\",\"arguments\":[\"exec:id\",\"\"]}",
                "{\"type\":\"exec\",\"mbean\":\"" + CONTEXT
                        + "\",\"operation\":\"canSendToEndpoint\",\"arguments\":[\"exec:id\"]}",
            })
    void whatIsNotUnderstoodOrNotAllowedIsRefused(String request) {
        as(Role.ADMIN);
        assertThatThrownBy(() -> handedOn(request)).isInstanceOf(RefusedException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sendBodyAndHeaders(java.lang.String, java.lang.Object, java.util.Map) | ,"why",{"application":"shop"} | send(java.lang.String,java.lang.String,java.util.Map)
            sendBodyAndHeaders | ,"why",{} | send(java.lang.String,java.lang.String,java.util.Map)
            sendStringBody(java.lang.String, java.lang.String) | ,"why" | send(java.lang.String,java.lang.String,java.util.Map)
            canSendToEndpoint(java.lang.String) | '' | canSendToEndpoint(java.lang.String)
            """)
    void whatIsSentToATriggerBecomesACallOfTheTriggersOwnBean(String operation, String more, String called) {
        as(Role.OPERATOR);
        JsonNode call = handedOn("{\"type\":\"exec\",\"mbean\":\"" + CONTEXT + "\",\"operation\":\"" + operation
                + "\",\"arguments\":[\"direct://start-drill\"" + (more == null ? "" : more) + "]}");
        assertThat(call.get("mbean").asText()).isEqualTo("io.drrunbook:type=Triggers");
        assertThat(call.get("operation").asText()).isEqualTo(called);
        assertThat(call.at("/arguments/0").asText()).isEqualTo("direct://start-drill");
    }

    @Test
    void aViewerStartsNothing() {
        as(Role.VIEWER);
        for (String bean : new String[] {"Runbook", "Triggers"}) {
            assertThatThrownBy(() -> handedOn("{\"type\":\"exec\",\"mbean\":\"io.drrunbook:type=" + bean
                            + "\",\"operation\":\"startPlan\"}"))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("viewer");
        }
        assertThatThrownBy(() -> handedOn("{\"type\":\"exec\",\"mbean\":\"" + CONTEXT
                        + "\",\"operation\":\"sendBody\",\"arguments\":[\"direct:start-drill\",\"x\"]}"))
                .hasMessageContaining("viewer");
    }

    @Test
    void membersThatNobodyKnowsAreNotHandedOn() {
        JsonNode read = handedOn("{\"type\":\"READ\",\"mbean\":\"java.lang:type=Memory\",\"attribute\":\"Verbose\","
                + "\"realm\":\"x\",\"value\":1}");
        assertThat(read.fieldNames()).toIterable().containsExactly("type", "mbean", "attribute");
        assertThat(read.get("type").asText()).isEqualTo("read");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"type":"read","mbean":"*:*"}                          | 400
            {"type":"list"}                                        | 4
            {"type":"search","mbean":"*:*"}                        | 101
            {"type":"read","mbean":"java.lang:type=Memory"}        | 5001
            {"type":"exec","mbean":"org.apache.camel:type=x","operation":"dumpRoutesAsXml"} | 51
            """)
    void moreThanOneRequestMayAskForIsRefusedBeforeAnyOfItIsRead(String request, int times) {
        as(Role.VIEWER);
        ReadBudget budget = new ReadBudget();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < times; i++) {
                        ConsoleRequest.handedOn(json(request), budget);
                    }
                })
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("too much");
    }

    @Test
    void whatHawtioAsksForAtOnceIsTaken() {
        as(Role.VIEWER);
        ReadBudget budget = new ReadBudget();
        ConsoleRequest.handedOn(json("{\"type\":\"list\"}"), budget);
        for (int i = 0; i < 600; i++) {
            ConsoleRequest.handedOn(
                    json("{\"type\":\"read\",\"mbean\":\"org.apache.camel:type=processors,name=x\"}"), budget);
            ConsoleRequest.handedOn(
                    json(
                            "{\"type\":\"exec\",\"mbean\":\"hawtio:type=security,area=jmx,name=HawtioDummyJMXSecurity\","
                                    + "\"operation\":\"canInvoke(java.lang.String)\",\"arguments\":[\"java.lang:type=Memory\"]}"),
                    budget);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "maxDepth, 0, 9",
        "maxDepth, 4, 4",
        "maxDepth, 15, 9",
        "maxDepth, -1, 9",
        "maxDepth, x, 9",
        "maxCollectionSize, 50000, 50000",
        "maxCollectionSize, 999999999999, 50000",
        "maxObjects, 0, 200000",
        "maxObjects, '', 200000",
    })
    void noAnswerIsDeeperOrLargerThanTheBoundsSay(String bound, String asked, String given) {
        MockHttpServletRequest inQuery = new MockHttpServletRequest();
        inQuery.setParameter(bound, asked);
        assertThat(ReadBounds.of(inQuery, json("{}")).get(bound).asText()).isEqualTo(given);
        JsonNode config = JSON.createObjectNode().put(bound, asked);
        assertThat(ReadBounds.of(new MockHttpServletRequest(), config)
                        .get(bound)
                        .asText())
                .isEqualTo(given);
    }

    @Test
    void ofTheOtherParametersOnlyThoseAreHandedOnThatFormTheAnswer() {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setParameter("ignoreErrors", "true");
        request.setParameter("callback", "alert");
        request.setParameter("includeStackTrace", "true");
        request.setParameter("serializeException", "true");
        assertThat(ReadBounds.of(request, json("{\"canonicalNaming\":false}")).fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "ignoreErrors", "canonicalNaming", "maxDepth", "maxCollectionSize", "maxObjects");
    }

    private static JsonNode handedOn(String request) {
        return ConsoleRequest.handedOn(json(request), new ReadBudget());
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static void as(Role role) {
        SecurityContextHolder.getContext()
                .setAuthentication(
                        UsernamePasswordAuthenticationToken.authenticated("somebody", "", People.authorities(role)));
    }
}
