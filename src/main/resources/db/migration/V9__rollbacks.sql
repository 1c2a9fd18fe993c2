-- A rollback is told apart from the recovery that it undoes: when the recovery ended stays as it was.

ALTER TABLE runs ADD COLUMN rollback_asked_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE runs ADD COLUMN rolled_back_at TIMESTAMP WITH TIME ZONE;
-- The database that the recovery had restored, kept closed once it was swapped out again.
ALTER TABLE runs ADD COLUMN restored_database VARCHAR(63);

UPDATE runs SET restored_database = previous_database, previous_database = NULL, rolled_back_at = end_time,
  rollback_asked_at = end_time WHERE status = 'ROLLED_BACK';
