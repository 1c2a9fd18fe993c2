package io.drrunbook.run;

import java.time.Instant;

/**
 * The time for a routine of one application has come.
 *
 * @param at when it should have begun
 * @param turn how often it came again already, for whatever reason; 0 when it comes by its schedule
 * @param putOff how often of that because a run stood in the way
 */
public record Appointment(Routine routine, String application, Instant at, int turn, int putOff) {}
