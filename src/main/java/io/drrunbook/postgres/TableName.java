package io.drrunbook.postgres;

/** A table by the two parts of its name: joined by a dot, {@code "a"."b.c"} and {@code "a.b"."c"} would be one. */
public record TableName(String schema, String table) {

    /** As SQL has it. */
    String quoted() {
        return Identifiers.identifier(schema) + "." + Identifiers.identifier(table);
    }

    /** As people and manifests write it. */
    String shown() {
        return schema + "." + table;
    }
}
