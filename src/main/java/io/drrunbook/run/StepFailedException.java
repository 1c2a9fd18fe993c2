package io.drrunbook.run;

/** A step that cannot go on, with a code that stays the same from version to version. */
public class StepFailedException extends RuntimeException {

    private final String code;

    /**
     * @param code snake_case, e.g. {@code no_store_left}
     * @param message names the object or host, and the next thing to do
     */
    public StepFailedException(String code, String message) {
        super(message);
        this.code = code;
    }

    public StepFailedException(String code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public String code() {
        return code;
    }
}
