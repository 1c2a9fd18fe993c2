/** Whether a recovery is possible right now, and what speaks against it. */
@NullMarked
package io.drrunbook.readiness;

import org.jspecify.annotations.NullMarked;
