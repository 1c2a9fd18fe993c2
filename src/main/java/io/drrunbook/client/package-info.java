/** The command line: asks the service over HTTP, follows a run live, and ends with a code that scripts can trust. */
@NullMarked
package io.drrunbook.client;

import org.jspecify.annotations.NullMarked;
