/** Errors that say what to do next, with codes that people script against. */
@NullMarked
package io.drrunbook.failure;

import org.jspecify.annotations.NullMarked;
