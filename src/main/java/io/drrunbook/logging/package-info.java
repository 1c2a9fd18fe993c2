/** What the service writes into its log: one line for each thing that is said, and nothing in it that was put there by a name. */
@NullMarked
package io.drrunbook.logging;

import org.jspecify.annotations.NullMarked;
