package io.drrunbook.alert;

import java.util.UUID;

/** A delivery whose time has come; {@code attempts} were made before. */
record Due(UUID alert, String channel, String recipient, int attempts) {

    /** The exchange property under which the routes keep it. */
    static final String PROPERTY = "delivery";
}
