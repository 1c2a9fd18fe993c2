package io.drrunbook.runbook;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.BackupCatalog;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.Manifest.Proof;
import io.drrunbook.backup.ManifestSeal;
import io.drrunbook.backup.StoreFailure;
import io.drrunbook.failure.Explained;
import io.drrunbook.failure.Finding;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Run;
import io.drrunbook.run.VerdictBook;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What a drill says of its backup, and where that is written: into the journal, and into the manifests in the stores. */
@Component("judgeDrill")
class JudgeDrill {

    private static final String JUDGEMENT = "judgement";
    private static final String VERDICT = "verdict";
    private static final String JSON = ".json";

    /** A manifest names so many findings. */
    private static final int NAMED = 5;

    private final BackupCatalog catalog;
    private final DownloadBackup download;
    private final VerdictBook book;
    private final Journal journal;
    private final ManifestSeal seal;
    private final CamelContext camel;

    JudgeDrill(
            BackupCatalog catalog,
            DownloadBackup download,
            VerdictBook book,
            Journal journal,
            ManifestSeal seal,
            CamelContext camel) {
        this.catalog = catalog;
        this.download = download;
        this.book = book;
        this.journal = journal;
        this.seal = seal;
        this.camel = camel;
    }

    /** The drill has come to its end: the backup is proven. */
    public void passed(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        List<Finding> findings = RunFindings.of(run);
        say(
                run,
                Verdict.PROVEN,
                "backup " + download.chosen(run).id() + " is proven"
                        + (findings.isEmpty()
                                ? ""
                                : ", with " + findings.size() + " findings that its source has too"));
        judge(run, exchange, new Proof(now(), run.id(), true, note(findings)));
    }

    /** What its source has too, for whoever looks at the backup. */
    private static @Nullable String note(List<Finding> findings) {
        if (findings.isEmpty()) {
            return null;
        }
        String named = findings.stream()
                .limit(NAMED)
                .map(finding -> finding.kind().replace('_', ' ') + ": " + finding.object())
                .collect(Collectors.joining("; "));
        return "found, as in its source: " + named
                + (findings.size() > NAMED ? "; and " + (findings.size() - NAMED) + " more" : "");
    }

    /**
     * The drill has failed: finds out whether the backup is to blame. Nothing is said when the service stops, because the
     * drill then goes on.
     *
     * @param failure read off the property: Camel suppresses in it what an earlier step has caught
     */
    public void failed(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception failure,
            Exchange exchange) {
        exchange.setProperty("drillFailure", failure);
        if (camel.isStopping() || camel.isStopped() || camel.getStatus().isSuspended()) {
            return;
        }
        Optional<Backup> backup = chosen(run);
        Verdict verdict =
                backup.isEmpty() ? Verdict.SURROUNDINGS_FAILED : Blame.of(failure, evidence(run, backup.get()));
        if (verdict == Verdict.BACKUP_BAD) {
            say(run, verdict, "backup " + backup.get().id() + " is bad: it is not restored any more");
            judge(run, exchange, new Proof(now(), run.id(), false, VerdictBook.cut(Blame.message(failure))));
        } else {
            say(run, verdict, "the drill failed, and the backup is not blamed for it: it is what it was before");
        }
    }

    /** What failed fails the run. */
    public void failAgain(@ExchangeProperty("drillFailure") Exception failure) throws Exception {
        throw failure;
    }

    /** Names the next store and hands over the manifest that goes into it. */
    public void manifest(@ExchangeProperty(JUDGEMENT) Judgement judgement, Exchange exchange) {
        String store = exchange.getMessage().getBody(String.class);
        Backup backup = judgement.backup();
        exchange.setProperty("store", store);
        exchange.getMessage().setHeader("key", backup.keys().get(store) + JSON);
        exchange.getMessage()
                .setBody(new ByteArrayInputStream(seal.sign(backup.manifest().judged(judgement.proof()))));
    }

    /** A store does not take the manifest; the journal knows the verdict, and the copies are completed later. */
    public void refused(@ExchangeProperty(JUDGEMENT) Judgement judgement, Exchange exchange) {
        judgement
                .refusals()
                .put(
                        exchange.getProperty("store", String.class),
                        StoreFailure.of(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class))
                                .cause());
    }

    /** Says in the run's log where the verdict stands. */
    public void written(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(JUDGEMENT) Judgement judgement) {
        List<String> took = new ArrayList<>(judgement.stores());
        took.removeAll(judgement.refusals().keySet());
        if (judgement.stores().isEmpty()) {
            run.log("the backup has no manifest of ours in a store that answers: the verdict stands in the journal");
        } else {
            run.log("the verdict stands in the journal and in the manifest in " + took
                    + (judgement.refusals().isEmpty()
                            ? ""
                            : "; not yet in " + judgement.refusals() + ": it is put there when they are back"));
        }
    }

    private void judge(ActiveRun run, Exchange exchange, Proof proof) {
        Backup backup = current(run);
        book.write(backup, proof);
        List<String> stores = backup.trust() == Backup.Trust.VOUCHED
                ? List.copyOf(backup.keys().keySet())
                : List.of();
        exchange.setProperty(JUDGEMENT, new Judgement(backup, proof, stores, new ConcurrentSkipListMap<>()));
    }

    /** As the stores have it now: a copy that was deleted while the drill went on gets no manifest. */
    private Backup current(ActiveRun run) {
        Backup chosen = download.chosen(run);
        Catalog now = catalog.read();
        Optional<Backup> found = now.find(run.application(), chosen.id());
        Map<String, String> keys = new TreeMap<>(chosen.keys());
        keys.keySet().removeAll(now.answered());
        found.map(Backup::keys).ifPresent(keys::putAll);
        return new Backup(found.orElse(chosen).manifest(), found.orElse(chosen).trust(), keys);
    }

    private Optional<Backup> chosen(ActiveRun run) {
        return run.recall(SelectBackup.MANIFEST, Manifest.class).isPresent()
                ? Optional.of(download.chosen(run))
                : Optional.empty();
    }

    private Blame.Evidence evidence(ActiveRun run, Backup backup) {
        Run now = journal.find(run.id()).orElseThrow();
        Map<String, Object> opening = now.step(3).detail();
        boolean opened = now.step(3).status().done()
                && (isLayer(opening.get("encryption")) || isLayer(opening.get("compression")));
        boolean checksummed = Boolean.TRUE.equals(now.step(2).detail().get("verified"));
        return new Blame.Evidence(checksummed, backup.keys().size(), opened);
    }

    private static boolean isLayer(Object name) {
        return name != null && !name.equals("none");
    }

    private static void say(ActiveRun run, Verdict verdict, String sentence) {
        run.detail(VERDICT, verdict.word());
        run.log("verdict: " + verdict.word() + "; " + sentence);
    }

    private static String message(Throwable failure) {
        return Explained.of(failure).message();
    }

    /** What manifests hold, and both journal databases keep. */
    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    /**
     * A verdict on its way into the stores.
     *
     * @param stores that hold the backup
     * @param refusals why a store did not take it, by its name
     */
    record Judgement(Backup backup, Proof proof, List<String> stores, Map<String, String> refusals) {}
}
