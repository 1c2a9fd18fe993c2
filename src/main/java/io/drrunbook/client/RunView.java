package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;

/** Shows a run while it runs; each argument is JSON as the API sends it. */
interface RunView {

    /** The run as the service has it now; it comes first, and its clock counts. */
    void run(JsonNode run);

    void step(JsonNode step);

    void progress(JsonNode progress);

    void log(JsonNode log);

    /** The connection to the service was lost, or is back. */
    void notice(String text);

    /** Some time has passed. */
    void tick();

    /** Nothing more comes. */
    void end();

    /** Shows nothing, for {@code --json}. */
    static RunView none() {
        return new RunView() {
            @Override
            public void run(JsonNode run) {}

            @Override
            public void step(JsonNode step) {}

            @Override
            public void progress(JsonNode progress) {}

            @Override
            public void log(JsonNode log) {}

            @Override
            public void notice(String text) {}

            @Override
            public void tick() {}

            @Override
            public void end() {}
        };
    }
}
