package io.drrunbook.client;

import java.io.File;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The script for bash: the client's commands, and those that {@code ./dr} does by itself. */
final class Completion {

    private static final List<String> OF_THE_SCRIPT = List.of("demo", "serve", "test", "bench", "hash-password");

    private Completion() {}

    static String script(CommandLine client) {
        for (String name : OF_THE_SCRIPT) {
            CommandSpec command = CommandSpec.create();
            if (name.equals("serve")) {
                command.addOption(OptionSpec.builder("--config")
                        .type(File.class)
                        .paramLabel("FILE")
                        .build());
            }
            if (name.equals("demo")) {
                command.addOption(OptionSpec.builder("--keep").build());
            }
            client.addSubcommand(name, command);
        }
        return AutoComplete.bash("dr", client);
    }
}
