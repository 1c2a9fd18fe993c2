package io.drrunbook.settings;

import java.util.List;
import java.util.stream.Collectors;

/** A setting that is wrong or missing: says its key, what is wrong, and what would be right. */
public class WrongSettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String key;

    /** @param key as it stands in {@code application.yml} */
    public WrongSettingException(String key, String wrong, String right) {
        this(key, key + " " + wrong + ": " + right);
    }

    private WrongSettingException(String key, String message) {
        super(message);
        this.key = key;
    }

    /** Tells of all of them, a line each. */
    static WrongSettingException all(List<WrongSettingException> wrong) {
        return new WrongSettingException(
                wrong.get(0).key,
                wrong.stream().map(Throwable::getMessage).distinct().collect(Collectors.joining("\n")));
    }

    String key() {
        return key;
    }
}
