/** {@code ./dr demo}: a destroyed shop comes back before one's eyes. */
@NullMarked
package io.drrunbook.demo;

import org.jspecify.annotations.NullMarked;
