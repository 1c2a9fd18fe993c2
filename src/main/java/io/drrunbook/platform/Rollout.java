package io.drrunbook.platform;

import io.drrunbook.failure.RunbookException;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How far the restart of some Deployments is. A Deployment is rolled out when its controller has seen the restart and all
 * of the wanted pods, and no others, are new and available (Kubernetes manual, "Deployment status"). It has failed when
 * the controller says so, or when the time is up.
 */
public final class Rollout {

    private final String namespace;
    private final List<String> deployments;
    private final Duration timeout;
    private final long deadline;
    private final Map<String, String> standing = new LinkedHashMap<>();
    private final Set<String> complete = new HashSet<>();
    private boolean givenUp;

    /** The time runs from now. */
    public Rollout(String namespace, List<String> deployments, Duration timeout) {
        this.namespace = namespace;
        this.deployments = deployments.stream().distinct().toList();
        this.timeout = timeout;
        this.deadline = System.nanoTime() + timeout.toNanos();
        deployments.forEach(name -> standing.put(name, "not looked at yet"));
    }

    public String namespace() {
        return namespace;
    }

    public List<String> deployments() {
        return deployments;
    }

    /** How many are rolled out. */
    public int done() {
        return complete.size();
    }

    /** Whether looking again can change anything. */
    public boolean isUndecided() {
        return !givenUp && complete.size() < deployments.size() && System.nanoTime() - deadline < 0;
    }

    /** Takes in how a Deployment stands now; null when it is gone. */
    public void look(String name, @Nullable Deployment deployment) {
        if (deployment == null) {
            stands(name, false, "it is gone");
            return;
        }
        DeploymentStatus status = deployment.getStatus() == null ? new DeploymentStatus() : deployment.getStatus();
        int wanted = number(deployment.getSpec().getReplicas(), 1);
        long generation = number(deployment.getMetadata().getGeneration());
        long seen = number(status.getObservedGeneration());
        int all = number(status.getReplicas(), 0);
        int updated = number(status.getUpdatedReplicas(), 0);
        int available = number(status.getAvailableReplicas(), 0);
        boolean isComplete = seen >= generation && updated == wanted && available == wanted && all == wanted;
        stands(
                name,
                isComplete,
                "%d pods wanted, %d updated, %d available, %d in all, generation %d of %d seen%s"
                        .formatted(wanted, updated, available, all, seen, generation, lastCondition(status)));
        // What a condition says counts only when it is about this restart.
        if (!isComplete && seen >= generation && hasGivenUp(status)) {
            givenUp = true;
        }
    }

    /** The API did not answer; it is asked again until the time is up. */
    public void unanswered(String name, Throwable cause) {
        stands(name, false, "Kubernetes did not answer: " + cause.getMessage());
    }

    /**
     * Refuses a rollout that is not complete.
     *
     * @throws RunbookException ({@code rollout_not_complete}) names each Deployment that is not, with its numbers
     */
    public void requireComplete() {
        if (complete.size() == deployments.size()) {
            return;
        }
        String left = standing.entrySet().stream()
                .filter(each -> !complete.contains(each.getKey()))
                .map(each -> namespace + "/" + each.getKey() + ": " + each.getValue())
                .collect(Collectors.joining("; "));
        throw new RunbookException(
                "rollout_not_complete",
                (givenUp
                                ? "the rollout has failed"
                                : "the rollout was not complete after " + timeout.toSeconds() + " s")
                        + ": " + left + ". Look with: kubectl -n " + namespace
                        + " describe deployment; put it right and resume the run");
    }

    private void stands(String name, boolean isComplete, String how) {
        standing.put(name, how);
        if (isComplete) {
            complete.add(name);
        } else {
            complete.remove(name);
        }
    }

    private static boolean hasGivenUp(DeploymentStatus status) {
        return status.getConditions().stream()
                .anyMatch(condition -> condition.getType().equals("Progressing")
                        && "False".equals(condition.getStatus())
                        && "ProgressDeadlineExceeded".equals(condition.getReason()));
    }

    private static String lastCondition(DeploymentStatus status) {
        return status.getConditions().stream()
                .filter(condition -> condition.getMessage() != null)
                .reduce((earlier, later) -> updated(later).compareTo(updated(earlier)) >= 0 ? later : earlier)
                .map(condition -> " (" + condition.getReason() + ": " + condition.getMessage() + ")")
                .orElse("");
    }

    /** RFC 3339 in UTC, which sorts as text. */
    private static String updated(DeploymentCondition condition) {
        return condition.getLastUpdateTime() == null ? "" : condition.getLastUpdateTime();
    }

    private static int number(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }

    private static long number(@Nullable Long value) {
        return value == null ? 0 : value;
    }
}
