/** Numbers, times and texts as people read them, the same on every face. */
@NullMarked
package io.drrunbook.figures;

import org.jspecify.annotations.NullMarked;
