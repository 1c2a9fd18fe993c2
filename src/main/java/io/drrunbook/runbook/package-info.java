/** What the routes of the runbook call: one class a step. */
@NullMarked
package io.drrunbook.runbook;

import org.jspecify.annotations.NullMarked;
