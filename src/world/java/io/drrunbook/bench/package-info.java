/** Measures a recovery against bare tools, on the same machine in the same run. */
@NullMarked
package io.drrunbook.bench;

import org.jspecify.annotations.NullMarked;
