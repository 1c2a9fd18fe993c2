package io.drrunbook.client;

import io.drrunbook.failure.RunbookException;

/** A command that cannot go on, and the exit code that says so. */
final class ClientException extends RunbookException {

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private ClientException(int exitCode, String code, String message, Throwable cause) {
        super(code, message, cause);
        this.exitCode = exitCode;
    }

    private ClientException(int exitCode, String code, String message) {
        super(code, message);
        this.exitCode = exitCode;
    }

    static ClientException refused(String code, String message) {
        return new ClientException(ExitCode.REFUSED, code, message);
    }

    static ClientException failed(String code, String message) {
        return new ClientException(ExitCode.FAILED, code, message);
    }

    static ClientException unreachable(String message) {
        return new ClientException(ExitCode.UNREACHABLE, "service_unreachable", message);
    }

    static ClientException unreachable(String message, Throwable cause) {
        return new ClientException(ExitCode.UNREACHABLE, "service_unreachable", message, cause);
    }

    int exitCode() {
        return exitCode;
    }
}
