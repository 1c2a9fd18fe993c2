package io.drrunbook.runbook;

import io.drrunbook.backup.Backup;
import java.util.List;
import java.util.Map;

/**
 * A backup that was just taken.
 *
 * @param missing why the stores that have not got it have not, by the store's name; empty when all have
 * @param warnings what it was taken without, a sentence each
 */
public record TakenBackup(Backup backup, Map<String, String> missing, List<String> warnings) {}
