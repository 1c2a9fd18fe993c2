/** The command line: a program of its own that speaks to the service over HTTP and knows nothing of its classes. */
@NullMarked
package io.drrunbook.client;

import org.jspecify.annotations.NullMarked;
