/** The page in a real browser. */
@NullMarked
package io.drrunbook.web.page;

import org.jspecify.annotations.NullMarked;
