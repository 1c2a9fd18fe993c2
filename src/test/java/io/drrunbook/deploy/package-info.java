/** Whether what others run the service with is right: manifests, Compose file, alert rules, dashboard, documents. */
@NullMarked
package io.drrunbook.deploy;

import org.jspecify.annotations.NullMarked;
