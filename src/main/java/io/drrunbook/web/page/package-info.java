/** The pages that people see: rendered here, and kept moving by a script that reads the same events as everybody. */
@NullMarked
package io.drrunbook.web.page;

import org.jspecify.annotations.NullMarked;
