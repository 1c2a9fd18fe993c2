package io.drrunbook.client;

/** How a command ends; scripts rely on the numbers. */
final class ExitCode {

    static final int SUCCEEDED = 0;
    static final int FAILED = 1;

    /** Wrong usage, or the service has refused: nothing was changed. */
    static final int REFUSED = 2;

    static final int WAITS_FOR_A_PERSON = 3;
    static final int UNREACHABLE = 4;

    private ExitCode() {}
}
