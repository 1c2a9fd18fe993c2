package io.drrunbook.settings;

/** A setting that is wrong or missing: says its key, what is wrong, and what would be right. */
public class WrongSettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param key as it stands in {@code application.yml} */
    public WrongSettingException(String key, String wrong, String right) {
        super(key + " " + wrong + ": " + right);
    }
}
