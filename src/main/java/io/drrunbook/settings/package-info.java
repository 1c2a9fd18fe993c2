/** Every setting of the service, as records bound by Spring Boot and checked at start. */
@NullMarked
package io.drrunbook.settings;

import org.jspecify.annotations.NullMarked;
