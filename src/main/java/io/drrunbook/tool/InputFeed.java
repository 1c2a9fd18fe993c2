package io.drrunbook.tool;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Callable;

/**
 * Writes what a program reads. Its input is closed only when all of it was written: a program that sees the end of a part
 * might take it for the whole.
 */
final class InputFeed implements Callable<Boolean> {

    private final ToolInput input;
    private final OutputStream pipe;

    InputFeed(ToolInput input, OutputStream pipe) {
        this.input = input;
        this.pipe = pipe;
    }

    /** Whether the program has taken all of it; one that ends before has said why by its exit code. */
    @Override
    public Boolean call() throws IOException {
        try {
            input.writeTo(new Pipe(pipe));
            pipe.close();
            return true;
        } catch (BrokenPipeException e) {
            return false;
        }
    }

    /** Tells apart that the program does not read any more, and that there is something wrong with what it would read. */
    private static final class Pipe extends FilterOutputStream {

        Pipe(OutputStream pipe) {
            super(pipe);
        }

        @Override
        public void write(int next) throws IOException {
            write(new byte[] {(byte) next}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                throw new BrokenPipeException(e);
            }
        }
    }

    private static final class BrokenPipeException extends IOException {

        private static final long serialVersionUID = 1;

        BrokenPipeException(IOException cause) {
            super(cause);
        }
    }
}
