package io.drrunbook.crypto;

/**
 * What opening a backup showed.
 *
 * @param encryption {@code openpgp}, {@code fernet} or {@code none}
 * @param compression {@code gzip}, {@code zstd}, {@code bzip2} or {@code none}
 * @param sizeBytes of the plain file
 */
public record OpenedBackup(String encryption, String compression, long sizeBytes) {}
