package io.drrunbook.readiness;

import java.time.Instant;
import java.util.List;

/** All applications and stores; {@code storesSeenAt} is when the stores were last looked at. */
public record SystemStatus(Instant storesSeenAt, List<ApplicationStatus> applications, List<StoreStatus> stores) {}
