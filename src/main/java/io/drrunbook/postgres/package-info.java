/** What is done to a database: read an archive, restore, verify, swap, roll back, dump. */
@NullMarked
package io.drrunbook.postgres;

import org.jspecify.annotations.NullMarked;
