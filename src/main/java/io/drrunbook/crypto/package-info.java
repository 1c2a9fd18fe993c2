/** Opening and sealing backups, streaming and authenticated. */
@NullMarked
package io.drrunbook.crypto;

import org.jspecify.annotations.NullMarked;
