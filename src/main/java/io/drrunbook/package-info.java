/** The service's entry point. */
@NullMarked
package io.drrunbook;

import org.jspecify.annotations.NullMarked;
