package io.drrunbook.run;

import java.time.Instant;

/**
 * The time for a routine of one application has come.
 *
 * @param at when it should have begun
 * @param putOff how often it was put off already
 */
public record Appointment(Routine routine, String application, Instant at, int putOff) {}
