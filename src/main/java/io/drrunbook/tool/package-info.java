/** External programs, run as processes of their own through camel-exec. */
@NullMarked
package io.drrunbook.tool;

import org.jspecify.annotations.NullMarked;
