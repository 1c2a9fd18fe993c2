/** What was asked for, what happened, and who may start what. */
@NullMarked
package io.drrunbook.run;

import org.jspecify.annotations.NullMarked;
