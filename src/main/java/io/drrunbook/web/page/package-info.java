/** The page: what an operator sees and does in a browser, rendered here, with or without a script. */
@NullMarked
package io.drrunbook.web.page;

import org.jspecify.annotations.NullMarked;
