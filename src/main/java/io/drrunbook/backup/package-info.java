/** What can be restored, and in which stores it lies. */
@NullMarked
package io.drrunbook.backup;

import org.jspecify.annotations.NullMarked;
