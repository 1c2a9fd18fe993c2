/** What is done to the application: restart, health, traffic. */
@NullMarked
package io.drrunbook.platform;

import org.jspecify.annotations.NullMarked;
