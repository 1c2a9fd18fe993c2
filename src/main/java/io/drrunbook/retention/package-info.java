/** Deletes backups past their time, store by store, and never the one that may be needed. */
@NullMarked
package io.drrunbook.retention;

import org.jspecify.annotations.NullMarked;
