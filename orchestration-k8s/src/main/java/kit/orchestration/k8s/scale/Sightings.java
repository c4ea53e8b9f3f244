package kit.orchestration.k8s.scale;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kit.orchestration.engine.PodState;
import kit.orchestration.k8s.scale.PoolPod.Phase;
import kit.orchestration.k8s.scale.ScaleCalls.Listed;
import kit.orchestration.k8s.view.KnownPod;
import kit.orchestration.k8s.view.PodFacts;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.LedgerState;
import kit.orchestration.ledger.lease.Lease;
import org.jspecify.annotations.Nullable;

/** What a scaler sees in the pods that its allocator knows. Confined to the view's loop. */
final class Sightings {

    private static final Pattern NUMBERED = Pattern.compile(".*-([0-9]{1,9})");
    /** Of a ReplicaSet's pods, a StatefulSet's, and those of a Rollout of Argo's. */
    private static final List<String> REVISIONS =
            List.of("pod-template-hash", "controller-revision-hash", "rollouts-pod-template-hash");

    /**
     * A pod, and what is needed to write about it.
     *
     * @param known what the allocator knows of it
     * @param uid its uid
     * @param version of the Pod that is seen
     * @param lease its Lease as it is seen; null if there is none, or none is known
     * @param isOthers whether another scaler, or an earlier one, has marked it
     * @param sight what is seen of it
     */
    record Sighting(
            KnownPod known,
            String uid,
            long version,
            @Nullable Lease lease,
            boolean isOthers,
            PoolPod sight) {}

    private final String mark;
    private final String ownMark;
    private final Duration startTimeout;
    /** Since when pods take no sessions yet, or are to drain and nothing runs in them, by uid. */
    private final Map<String, Long> expected = new HashMap<>();

    /**
     * Of a pool.
     *
     * @param mark what the marks of its scalers begin with
     * @param ownMark the marks of this one
     * @param startTimeout a pod that takes no sessions for so long counts no more
     */
    Sightings(String mark, String ownMark, Duration startTimeout) {
        this.mark = mark;
        this.ownMark = ownMark;
        this.startTimeout = startTimeout;
    }

    /** The pods that are there and not being deleted; by the loop's clock. */
    List<Sighting> of(List<KnownPod> pods, LabelSelector own, long nowNanos) {
        List<Sighting> all = new ArrayList<>();
        Set<String> awaited = new HashSet<>();
        for (KnownPod pod : pods) {
            PodFacts facts = pod.pod();
            if (facts != null && !facts.leaving() && !facts.ended() && own.selects(facts.labels())) {
                Phase phase = phase(pod, facts);
                boolean isDead = phase == Phase.DRAINING && !facts.runs();
                if (phase == Phase.COMING || isDead) {
                    awaited.add(facts.uid());
                    long since = expected.computeIfAbsent(facts.uid(), uid -> nowNanos);
                    boolean isLate = nowNanos - since > startTimeout.toNanos();
                    phase = !isLate ? phase : isDead ? Phase.STOPPED : late(pod, facts);
                }
                Lease lease = pod.lease();
                String drain = lease == null ? null : lease.drainText();
                boolean isOthers = drain != null && drain.startsWith(mark) && !drain.equals(ownMark);
                all.add(new Sighting(pod, facts.uid(), facts.version(), lease, isOthers, sight(pod, facts, phase)));
            }
        }
        expected.keySet().retainAll(awaited);
        return all;
    }

    /** How many slots are held, of the pods that are there. */
    static int held(List<KnownPod> pods) {
        return pods.stream()
                .filter(pod ->
                        pod.pod() != null && !pod.pod().leaving() && !pod.pod().ended())
                .mapToInt(Sightings::held)
                .sum();
    }

    /** How many were deleted, and are not gone. */
    static int leaving(List<KnownPod> pods, LabelSelector own) {
        return (int) pods.stream()
                .map(KnownPod::pod)
                .filter(facts -> facts != null && facts.leaving() && !facts.ended() && own.selects(facts.labels()))
                .count();
    }

    /** One of which no Lease is known may have sessions: it was made, and somebody has taken its label away, say. */
    private static Phase late(KnownPod pod, PodFacts facts) {
        if (!facts.runs()) {
            return Phase.STOPPED;
        }
        return pod.lease() != null && held(pod) == 0 && !facts.ready() ? Phase.LATE : Phase.OUT;
    }

    /**
     * Whether what was seen is as lists of a moment ago have it, or newer: a watch may be deaf for half a minute before
     * anybody notices. That is each Pod, and of those that are taken for idle the Lease, too.
     *
     * @param pods those with the pool's label
     * @param leases those with it
     * @param isKnown whether the view has a pod of a name, in whatever pool
     */
    static boolean areAsListed(
            List<Sighting> seen, Map<String, Listed> pods, Map<String, Listed> leases, Predicate<String> isKnown) {
        Set<String> others = new HashSet<>(pods.keySet());
        for (Sighting pod : seen) {
            String name = pod.sight().name();
            others.remove(name);
            if (!isAsListed(pods.get(name), pod.uid(), pod.version())) {
                return false;
            }
            Lease lease = pod.lease();
            if (pod.sight().is(Phase.IDLE)
                    && (lease == null || !isAsListed(leases.get(lease.name()), lease.uid(), lease.version()))) {
                return false;
            }
        }
        return others.stream().allMatch(isKnown);
    }

    private static boolean isAsListed(@Nullable Listed listed, String uid, long version) {
        return listed != null && listed.isNoNews(uid, version);
    }

    private PoolPod sight(KnownPod pod, PodFacts facts, Phase phase) {
        Matcher numbered = NUMBERED.matcher(facts.name());
        int slots = pod.versions().length;
        return new PoolPod(
                facts.name(),
                slots == 0 ? facts.capacity() : slots,
                phase == Phase.STOPPED ? 0 : held(pod), // nothing runs: they are over
                phase,
                numbered.matches() ? Integer.parseInt(numbered.group(1)) : -1,
                REVISIONS.stream()
                        .map(label -> facts.labels().getOrDefault(label, ""))
                        .collect(Collectors.joining()),
                facts.deletionCost() <= ScaleCalls.CHEAP);
    }

    private Phase phase(KnownPod pod, PodFacts facts) {
        Lease lease = pod.lease();
        String drain = lease == null ? null : lease.drainText();
        if (lease != null && drain != null) {
            return !drain.startsWith(mark) ? Phase.OUT : isIdle(pod, lease, facts) ? Phase.IDLE : Phase.DRAINING;
        }
        PodState state = pod.state();
        return state == PodState.READY ? Phase.OPEN : state == PodState.NOT_READY ? Phase.COMING : Phase.OUT;
    }

    /** A closed ledger takes no claim, and the kubelet's word is what a ReplicaSet goes by. */
    private static boolean isIdle(KnownPod pod, Lease lease, PodFacts facts) {
        LedgerState state = lease.state();
        return state != null && !state.isOpen() && held(pod) == 0 && !facts.ready();
    }

    /** A text that can't be read may be a session's; one that is missing, too, if the slot was held. */
    private static int held(KnownPod pod) {
        Lease lease = pod.lease();
        if (lease == null) {
            return 0; // or nobody knows: it is left alone
        }
        int slots = Math.max(lease.slots().size(), pod.holders().size());
        int held = 0;
        for (int slot = 0; slot < slots; slot++) {
            long version = LedgerSlot.version(lease.slot(slot));
            held += version < 0 || version % 2 != 0 ? 1 : 0;
        }
        return held;
    }
}
