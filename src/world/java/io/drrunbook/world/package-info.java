/** Real parts that tests and the demo run against: servers, stores and processes on loopback. */
@NullMarked
package io.drrunbook.world;

import org.jspecify.annotations.NullMarked;
