/** The HTTP API and who may use it. */
@NullMarked
package io.drrunbook.web;

import org.jspecify.annotations.NullMarked;
