/** What is done to a database: dump, restore, verify, swap. */
@NullMarked
package io.drrunbook.postgres;

import org.jspecify.annotations.NullMarked;
