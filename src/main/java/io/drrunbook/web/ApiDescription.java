package io.drrunbook.web;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.type.TypeFactory;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverter;
import io.swagger.v3.core.converter.ModelConverterContext;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The OpenAPI description: what springdoc finds in the controllers, and what it cannot see there. */
@Configuration(proxyBeanMethods = false)
class ApiDescription {

    private static final String PROBLEM = "Problem";
    private static final String NULL = "null";

    @Bean
    OpenApiCustomizer aboutTheWhole() {
        return api -> {
            api.info(new Info()
                    .title("dr-runbook")
                    .version("v1")
                    .description(
                            "Brings a PostgreSQL-backed application back after a disaster. Times are RFC 3339 in UTC,"
                                    + " sizes bytes, durations seconds.")
                    .license(new License().name("proprietary")));
            api.setServers(null);
            api.getComponents()
                    .addSchemas(PROBLEM, problem())
                    .addSecuritySchemes(
                            "basic",
                            new SecurityScheme().type(SecurityScheme.Type.HTTP).scheme("basic"))
                    .addSecuritySchemes(
                            "token",
                            new SecurityScheme().type(SecurityScheme.Type.HTTP).scheme("bearer"));
            api.setSecurity(
                    List.of(new SecurityRequirement().addList("basic"), new SecurityRequirement().addList("token")));
            describeAnswers(api);
        };
    }

    /** Records know which of their components may be null; springdoc does not ask them. */
    @Bean
    ModelConverter nullsOfRecords() {
        return new RecordComponents();
    }

    private static void describeAnswers(OpenAPI api) {
        api.getPaths()
                .forEach((path, item) -> item.readOperationsMap().forEach((method, operation) -> {
                    nameAnswer(path, method.name(), operation);
                    operation
                            .getResponses()
                            .addApiResponse(
                                    "default",
                                    new ApiResponse()
                                            .description("a problem (RFC 9457); its code does not change")
                                            .content(new Content()
                                                    .addMediaType(
                                                            org.springframework.http.MediaType
                                                                    .APPLICATION_PROBLEM_JSON_VALUE,
                                                            new MediaType()
                                                                    .schema(new JsonSchema()
                                                                            .$ref("#/components/schemas/"
                                                                                    + PROBLEM)))));
                }));
    }

    /** What is taken in is answered with 202, what is made with 201; everything is JSON. */
    private static void nameAnswer(String path, String method, Operation operation) {
        String code = !method.equals("POST") ? "200" : path.matches(".*/(backups|tokens)") ? "201" : "202";
        ApiResponse answer = operation.getResponses().remove("200");
        Optional.ofNullable(answer.getContent())
                .map(content -> content.remove("*/*"))
                .ifPresent(body -> answer.getContent()
                        .addMediaType(org.springframework.http.MediaType.APPLICATION_JSON_VALUE, body));
        Optional.ofNullable(answer.getContent())
                .map(content -> content.get(org.springframework.http.MediaType.TEXT_EVENT_STREAM_VALUE))
                .ifPresent(stream -> stream.setSchema(new JsonSchema().typesItem("string")));
        operation.getResponses().addApiResponse(code, answer);
    }

    private static Schema<?> problem() {
        Schema<?> problem = new JsonSchema()
                .typesItem("object")
                .addProperty("type", new JsonSchema().typesItem("string"))
                .addProperty("title", new JsonSchema().typesItem("string"))
                .addProperty("status", new JsonSchema().typesItem("integer"))
                .addProperty("detail", new JsonSchema().typesItem("string"))
                .addProperty("instance", new JsonSchema().typesItem("string"))
                .addProperty("code", new JsonSchema().typesItem("string"));
        problem.setRequired(List.of("title", "status", "detail", "code"));
        return problem;
    }

    /** Marks what may be null, and what is always there. */
    private static final class RecordComponents implements ModelConverter {

        private final SnakeCaseStrategy names = new SnakeCaseStrategy();

        @Override
        public @Nullable Schema<?> resolve(
                AnnotatedType type, ModelConverterContext context, Iterator<ModelConverter> chain) {
            if (!chain.hasNext()) {
                return null;
            }
            Schema<?> schema = chain.next().resolve(type, context, chain);
            Class<?> raw = TypeFactory.rawClass(type.getType());
            if (raw.isRecord()) {
                Optional.ofNullable(context.getDefinedModels().get(raw.getSimpleName()))
                        .ifPresent(model -> describe(model, raw));
            }
            return schema;
        }

        private void describe(Schema<?> model, Class<?> type) {
            List<String> always = new ArrayList<>();
            for (RecordComponent component : type.getRecordComponents()) {
                String name = names.translate(component.getName());
                if (component.getAccessor().isAnnotationPresent(JsonAnyGetter.class)) {
                    model.getProperties().remove(name);
                    model.setAdditionalProperties(true);
                    continue;
                }
                boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
                Map<String, Schema> properties = model.getProperties();
                if (nullable && properties.containsKey(name)) {
                    properties.put(name, orNull(properties.get(name)));
                }
                if (!nullable) {
                    always.add(name);
                }
            }
            model.setRequired(always);
        }

        private static Schema<?> orNull(Schema<?> schema) {
            if (schema.getAnyOf() != null) {
                return schema;
            }
            if (schema.get$ref() != null) {
                return new JsonSchema()
                        .anyOf(Arrays.asList(
                                new JsonSchema().$ref(schema.get$ref()), new JsonSchema().typesItem(NULL)));
            }
            Set<String> types = new LinkedHashSet<>();
            Optional.ofNullable(schema.getTypes()).ifPresent(types::addAll);
            Optional.ofNullable(schema.getType()).ifPresent(types::add);
            types.add(NULL);
            schema.setTypes(types);
            return schema;
        }
    }
}
