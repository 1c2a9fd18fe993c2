package io.drrunbook.web;

import java.io.IOException;
import org.springframework.util.unit.DataSize;

/** A request's body that goes on where it should have ended. */
class BodyTooLargeException extends IOException {

    static final String CODE = "body_too_large";

    private static final long serialVersionUID = 1L;

    BodyTooLargeException(DataSize largest, String setting) {
        super("a request's body has at most " + largest.toBytes() + " bytes (" + setting + ")");
    }
}
