package io.drrunbook.tool;

import java.util.List;
import java.util.Map;

/**
 * The only way in which the service starts programs: in an environment made for them. Ours holds keys and passwords, which
 * no program needs, and may hold what changes a program's doings ({@code PGOPTIONS}, {@code PGSERVICEFILE},
 * {@code LD_PRELOAD}).
 */
public final class ChildProcess {

    private static final String PATH = "PATH";

    /** Where programs are looked for when we have been started without a {@code PATH}. */
    private static final String USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private ChildProcess() {}

    /**
     * Not started yet.
     *
     * @param command program and arguments
     * @param environment all that it gets besides {@code PATH} and {@code LC_ALL}, which it may name too
     */
    public static ProcessBuilder of(List<String> command, Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> its = builder.environment();
        String path = its.getOrDefault(PATH, USUAL_PATH);
        its.clear();
        its.put(PATH, path);
        its.put("LC_ALL", "C.UTF-8");
        its.putAll(environment);
        return builder;
    }
}
