package io.drrunbook.crypto;

/**
 * How large a backup may become when it is opened: a few kilobytes can hold gigabytes.
 *
 * @param bytes that may be written
 * @param origin where the number comes from, as it stands in the message of a backup that becomes larger
 */
public record Room(long bytes, String origin) {}
