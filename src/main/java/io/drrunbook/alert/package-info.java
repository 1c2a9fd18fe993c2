/** Telling people: what in the journal and in the state of things is worth it, and getting it to them. */
@NullMarked
package io.drrunbook.alert;

import org.jspecify.annotations.NullMarked;
