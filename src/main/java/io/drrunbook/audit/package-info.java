/** Whether each copy of each backup is still what it was, and putting back those that are not. */
@NullMarked
package io.drrunbook.audit;

import org.jspecify.annotations.NullMarked;
