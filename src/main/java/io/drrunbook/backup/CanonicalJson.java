package io.drrunbook.backup;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object without its {@code hmac}, members sorted by name and without white space: what the HMAC is made over. It is
 * made token by token and within limits, because whoever wrote it has not been authenticated yet.
 *
 * @param bytes in UTF-8
 * @param hmac the member that was left out; null when there was none
 */
record CanonicalJson(byte[] bytes, @Nullable String hmac) {

    private static final String HMAC = "hmac";
    private static final int DEEPEST = 8;
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_STRING = 64 * 1024;
    private static final int LONGEST_NUMBER = 40;

    /** Of one object; arrays may be as long as their document. */
    private static final int MOST_MEMBERS = 64;

    /** A token takes one byte or more; those of a table's row count take ten or more each. */
    private static final long MOST_TOKENS = 4_000_000;

    /** For what nobody has authenticated yet. */
    static final JsonFactory WITHIN_LIMITS = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNameLength(LONGEST_NAME)
                    .maxStringLength(LONGEST_STRING)
                    .maxNumberLength(LONGEST_NUMBER)
                    .maxTokenCount(MOST_TOKENS)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // The HMAC has always been made over characters beyond the first plane as they are, and not over their
            // escapes.
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    /**
     * Reads exactly one object.
     *
     * @throws NoManifestException when it is none, or beyond what a manifest can be
     */
    static CanonicalJson of(byte[] document) throws NoManifestException {
        try (JsonParser parser = WITHIN_LIMITS.createParser(document)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new NoManifestException("it is not a JSON object");
            }
            String[] hmac = new String[1];
            byte[] canonical = object(parser, hmac);
            if (parser.nextToken() != null) {
                throw new NoManifestException("something stands behind its end");
            }
            return new CanonicalJson(canonical, hmac[0]);
        } catch (NoManifestException e) {
            throw e;
        } catch (IOException e) {
            throw new NoManifestException("it is not JSON within the limits of a manifest: " + firstLine(e));
        }
    }

    private static String firstLine(IOException e) {
        return FileName.shown(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }

    /** @param hmac takes the member of that name, which is left out; null when it is a member like any other */
    private static byte[] object(JsonParser parser, String @Nullable [] hmac) throws IOException {
        Map<String, byte[]> members = new TreeMap<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_OBJECT; token = parser.nextToken()) {
            if (token == null) {
                throw new NoManifestException("it ends too early");
            }
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            if (hmac != null && name.equals(HMAC)) {
                hmac[0] = hmac(parser, value);
            } else {
                members.put(name, value(parser, value));
            }
            if (members.size() > MOST_MEMBERS) {
                throw new NoManifestException("an object in it has more than " + MOST_MEMBERS + " members");
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write('{');
        for (Map.Entry<String, byte[]> member : members.entrySet()) {
            if (out.size() > 1) {
                out.write(',');
            }
            out.writeBytes(written(generator -> generator.writeString(member.getKey())));
            out.write(':');
            out.writeBytes(member.getValue());
        }
        out.write('}');
        return out.toByteArray();
    }

    private static @Nullable String hmac(JsonParser parser, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return null;
        }
        if (value != JsonToken.VALUE_STRING) {
            throw new NoManifestException("its hmac is no text");
        }
        return parser.getText();
    }

    private static byte[] array(JsonParser parser) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write('[');
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token == null) {
                throw new NoManifestException("it ends too early");
            }
            if (out.size() > 1) {
                out.write(',');
            }
            out.writeBytes(value(parser, token));
        }
        out.write(']');
        return out.toByteArray();
    }

    private static byte[] value(JsonParser parser, @Nullable JsonToken token) throws IOException {
        if (token == JsonToken.START_OBJECT) {
            return object(parser, null);
        }
        if (token == JsonToken.START_ARRAY) {
            return array(parser);
        }
        return written(generator -> scalar(parser, token, generator));
    }

    private static void scalar(JsonParser parser, @Nullable JsonToken token, JsonGenerator generator)
            throws IOException {
        if (token == JsonToken.VALUE_NUMBER_INT) {
            BigInteger number = parser.getBigIntegerValue();
            generator.writeNumber(number);
        } else if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            generator.writeNumber(parser.getDoubleValue());
        } else if (token == JsonToken.VALUE_STRING) {
            generator.writeString(parser.getText());
        } else if (token != null && token.isScalarValue()) {
            generator.copyCurrentEvent(parser);
        } else {
            throw new NoManifestException("it ends too early");
        }
    }

    private static byte[] written(Writing writing) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(64);
        try (JsonGenerator generator = WITHIN_LIMITS.createGenerator(out)) {
            writing.to(generator);
        }
        return out.toByteArray();
    }

    /** Writes one value. */
    private interface Writing {
        void to(JsonGenerator generator) throws IOException;
    }
}
