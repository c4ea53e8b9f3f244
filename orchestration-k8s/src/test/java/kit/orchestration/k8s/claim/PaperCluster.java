package kit.orchestration.k8s.claim;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.AllocatorListener;
import kit.orchestration.engine.Call;
import kit.orchestration.engine.GroupLimit;
import kit.orchestration.engine.Placer;
import kit.orchestration.engine.Pool;
import kit.orchestration.engine.SessionIds;
import kit.orchestration.engine.Timing;
import kit.orchestration.k8s.Statuses;
import kit.orchestration.k8s.view.ClusterContext;
import kit.orchestration.k8s.view.PodReader;
import kit.orchestration.k8s.view.Reach;
import kit.orchestration.k8s.view.Writes;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.LedgerSlot;
import kit.orchestration.ledger.RequestDigest;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.ledger.lease.Transport;
import kit.orchestration.local.ManualClock;
import kit.orchestration.token.SigningKey;
import kit.orchestration.token.TokenSigner;
import org.jspecify.annotations.Nullable;

/**
 * Pods and Leases on paper, and the pools of one allocator that sees them, by a clock that the test moves. Reads are
 * answered at once; a patch when the test says so, and how. Uses one thread.
 */
final class PaperCluster implements Transport {

    static final String POOL = "duel";
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    /** A patch that has no answer. */
    record Patch(Ask ask, CompletableFuture<Answer> answer) {

        String lease() {
            String path = ask.path().replaceAll("[?].*", "");
            return path.substring(path.lastIndexOf('/') + 1);
        }
    }

    final ManualClock clock = new ManualClock();
    /** How far somebody has set the time of day, which {@link #clock} does not follow. */
    Duration daySet = Duration.ZERO;
    /** Reads of one Pod or Lease. */
    int reads;

    final Deque<Patch> patches = new ArrayDeque<>();
    final List<String> lists = new ArrayList<>();
    /** Leases that were asked for, by their JSON. */
    final List<String> creates = new ArrayList<>();
    /** Leases that have lost their label. */
    final Set<String> unlabelled = new HashSet<>();
    /** What every pod's manifest says. */
    final Map<String, String> manifest = new LinkedHashMap<>(Map.of(LedgerNames.PORT_ANNOTATION, "7777"));
    /** Each Lease's annotations, by its name. */
    final Map<String, Map<String, String>> leases = new TreeMap<>();

    private final Map<String, Long> versions = new TreeMap<>();
    private final Map<String, String> pods = new TreeMap<>();
    /** Those that no list and no watch has. */
    private final Map<String, String> unlabelledPods = new TreeMap<>();

    private final Map<Listener, String> watches = new LinkedHashMap<>();
    /** Whether watches tell nothing, old ones and new ones. */
    boolean silent;

    /** Whether the watches of pods that stand now tell nothing more. */
    private boolean podsAreSilent;

    /** Whether nothing but the watches reaches the server. */
    boolean away;

    /** What the making of a Lease is answered. */
    int creation = 409;

    /** When each Lease was made, unless it was when it was first told. */
    final Map<String, String> created = new LinkedHashMap<>();

    /** Pods and Leases that say another pool than {@link #POOL}, by their names. */
    final Map<String, String> relabelled = new LinkedHashMap<>();

    /** What is answered to who lists or watches. */
    int views = 200;

    /** What a read of a pod is answered. */
    int podReads = 200;

    /** Whether a read of a Lease is refused for want of a right. */
    boolean leaseReadsRefused;

    /** Whether a read of a Lease has no answer, until {@link #answerReads}. */
    boolean leaseReadsHang;

    /** Whether one of a Pod has none, until then. */
    boolean podReadsHang;

    private final Map<CompletableFuture<Answer>, String> hanging = new LinkedHashMap<>();

    /** Leases that have another uid than their pod's first, by their names. */
    final Map<String, String> remade = new LinkedHashMap<>();

    /** What pods have beside their pool's label. */
    final Map<String, String> labels = new LinkedHashMap<>();

    /** Whether the Leases' list comes before that of pods. */
    boolean podListIsLate;

    /** How long a watch takes to stand. */
    Duration opening = Duration.ZERO;

    long version = 1_000;
    private long arrivals;
    final Reach reach = new Reach(clock::nanoTime);
    final KubernetesPools pools;
    final KubernetesPool pool;

    PaperCluster() {
        this(Placement.PACKED);
    }

    PaperCluster(Placement placement) {
        ClusterContext context = new ClusterContext(
                new LeaseApi(this, "games", CALL_TIMEOUT, reach, clock::nanoTime),
                new PodReader(new KubernetesSerialization(), "games"),
                null,
                reach,
                new Loop(clock.scheduler(), clock::nanoTime),
                new Timing(() -> clock.instant().plus(daySet), clock::nanoTime, clock.scheduler()),
                new Random(7),
                null,
                TokenSigner.of(SigningKey.generateEd25519()),
                AllocatorListener.NONE,
                new Writes(),
                CALL_TIMEOUT);
        pools = new KubernetesPools(
                context,
                "games",
                Set.of(POOL),
                name -> new Pool.Settings(
                        name,
                        new Pool.Rules(placement, new GroupLimit(1_000, Duration.ofMillis(50), 2), 10_000, 0),
                        new SessionIds(new Random(8)),
                        clock::nanoTime));
        pool = pools.named(POOL);
        context.loop().every(Duration.ofSeconds(1), pools::tick);
    }

    /** The allocator begins: it has listed all, and watches. */
    PaperCluster start() {
        pools.view().start();
        clock.advance(Duration.ofSeconds(2));
        return this;
    }

    /** A ready pod with an open Lease. */
    void pod(String name, String... slots) {
        address(name, "192.0.2.1");
        Map<String, String> lease = new LinkedHashMap<>();
        lease.put(LedgerNames.STATE, "open/boot 1");
        for (int slot = 0; slot < slots.length; slot++) {
            lease.put(LedgerNames.slot(slot), slots[slot]);
        }
        leases.put(LedgerNames.lease(name), lease);
        changed(LedgerNames.lease(name));
    }

    /** A ready pod, at that IP. */
    void address(String name, @Nullable String ip) {
        is(
                name,
                ip == null
                        ? Map.of("conditions", List.of())
                        : Map.of("podIP", ip, "conditions", List.of(Map.of("type", "Ready", "status", "True"))));
    }

    /** Its containers have ended for good, in phase Failed or Succeeded. */
    void ends(String name, String phase) {
        is(name, Map.of("phase", phase));
    }

    private void is(String name, Map<String, Object> status) {
        version++;
        pods.put(
                name,
                LedgerJson.write(Map.of(
                        "metadata",
                        meta(name, version, manifest, "uid-" + name),
                        "spec",
                        Map.of("containers", List.of()),
                        "status",
                        status)));
        tell("pods", pods.get(name));
    }

    /** The watch has the pod no more. */
    void leaves(String pod) {
        String last = pods.remove(pod);
        watches("pods").forEach(listener -> listener.line("{\"type\":\"DELETED\",\"object\":" + last + "}"));
    }

    /** Somebody takes the pool's label away: who watches pools is told as if the pod were gone. */
    void losesLabel(String pod) {
        String last = Objects.requireNonNull(pods.get(pod));
        leaves(pod);
        unlabelledPods.put(pod, last.replace("\"" + LedgerNames.POOL_LABEL + "\"", "\"formerly\""));
    }

    /** The server ends the watches in order, without a last word. */
    void watchesEnd() {
        List.copyOf(watches.keySet()).forEach(Listener::ended);
    }

    /** The watch of pods tells nothing more, until it is begun again. */
    void podsFallSilent() {
        podsAreSilent = true;
    }

    private Map<String, Object> meta(String name, long version, Map<String, String> annotations, String uid) {
        Map<String, Object> meta = new LinkedHashMap<>();
        meta.put("name", name);
        meta.put("uid", uid);
        meta.put("resourceVersion", Long.toString(version));
        Map<String, String> all = new LinkedHashMap<>(labels);
        all.put(LedgerNames.POOL_LABEL, relabelled.getOrDefault(name, POOL));
        meta.put("labels", all);
        meta.put("annotations", annotations);
        return meta;
    }

    private String lease(String name) {
        String pod = name.substring(LedgerNames.lease("").length());
        Map<String, Object> meta =
                meta(name, versions.get(name), leases.get(name), remade.getOrDefault(name, "lease-" + pod));
        meta.put(
                "creationTimestamp",
                created.computeIfAbsent(
                        name,
                        first -> clock.instant().truncatedTo(ChronoUnit.SECONDS).toString()));
        meta.put("ownerReferences", List.of(Map.of("kind", "Pod", "name", pod, "uid", "uid-" + pod)));
        return LedgerJson.write(Map.of("metadata", meta));
    }

    /** A Lease is another now. */
    void changed(String name) {
        versions.put(name, ++version);
        tell("leases", lease(name));
    }

    /** That a Lease is gone is told late. */
    void toldGone(String name, Map<String, String> texts) {
        leases.put(name, texts);
        String last = lease(name);
        leases.remove(name);
        watches("leases").forEach(listener -> listener.line("{\"type\":\"DELETED\",\"object\":" + last + "}"));
    }

    /** The storage is what it was: other texts, other versions, and watches that say nothing of it. */
    void setBack(long newVersion) {
        version = newVersion;
        leases.keySet().forEach(name -> versions.put(name, ++version));
    }

    private void tell(String resource, String object) {
        if (!silent && !(podsAreSilent && resource.equals("pods"))) {
            watches(resource).forEach(listener -> listener.line("{\"type\":\"MODIFIED\",\"object\":" + object + "}"));
        }
    }

    private List<Listener> watches(String resource) {
        return watches.entrySet().stream()
                .filter(watch -> watch.getValue().contains("/" + resource + "?"))
                .map(Map.Entry::getKey)
                .toList();
    }

    // ---- calls ----

    /** A call that does not wait for room. */
    Call place(UnaryOperator<AllocateReq.Builder> request) {
        return place(POOL, request);
    }

    /** A call that does not wait for room. */
    Call place(String name, UnaryOperator<AllocateReq.Builder> request) {
        Placer placer = pools.named(name).placer();
        AllocateReq made = request.apply(AllocateReq.builder(name)).build();
        RequestDigest digest = RequestDigest.of(made);
        Call call = new Call(made, digest == null ? null : digest.id(), placer, arrivals++, clock.nanoTime());
        placer.place(call);
        if (!call.isSettled()) {
            placer.overdue(call);
        }
        return call;
    }

    Call place() {
        return place(request -> request);
    }

    /** A call that waits for room, as long as the test does. */
    Call waiter() {
        return waiter(request -> request);
    }

    Call waiter(UnaryOperator<AllocateReq.Builder> request) {
        Placer placer = pools.named(POOL).placer();
        AllocateReq made = request.apply(AllocateReq.builder(POOL)).build();
        Call call = new Call(made, null, placer, arrivals++, clock.nanoTime());
        placer.place(call);
        return call;
    }

    /** Which sessions the Lease of a pod names, by slot. */
    List<String> held(String pod) {
        return leases.get(LedgerNames.lease(pod)).values().stream()
                .map(LedgerSlot::claim)
                .filter(claim -> claim != null)
                .map(LedgerSlot.Held::sessionId)
                .toList();
    }

    // ---- answers ----

    /** Applies the oldest patch, and tells and answers so; or that a test failed. */
    void apply() {
        Patch patch = patches.remove();
        if (!leases.containsKey(patch.lease())) {
            patch.answer.complete(Statuses.answer(404));
        } else if (land(patch)) {
            patch.answer.complete(new Answer(200, "{\"metadata\":{\"resourceVersion\":\"" + version + "\"}}", ""));
        } else {
            patch.answer.complete(Statuses.answer(422));
        }
    }

    void applyAll() {
        while (!patches.isEmpty()) {
            apply();
        }
    }

    /** Answers the oldest patch, which is not applied. */
    Patch refuse(int code, String retryAfter) {
        Patch patch = patches.remove();
        patch.answer.complete(Statuses.answer(code, retryAfter));
        return patch;
    }

    /** Answers the oldest patch as where a webhook denies it. */
    void deny(int code) {
        patches.remove().answer.complete(Statuses.denied(code));
    }

    /** Answers the oldest patch so. */
    void answerWith(Answer answer) {
        patches.remove().answer.complete(answer);
    }

    /** Answers the oldest patch as to an account without the right to write Leases. */
    void refuseRight() {
        patches.remove().answer.complete(Statuses.lackOfRight());
    }

    /** Whether it could be applied. */
    boolean land(Patch patch) {
        Map<String, String> changed = new LinkedHashMap<>(leases.get(patch.lease()));
        for (Object each :
                (List<?>) LedgerJson.read("{\"ops\":" + patch.ask.body() + "}").get("ops")) {
            Map<?, ?> op = (Map<?, ?>) each;
            String path = String.valueOf(op.get("path"));
            String name = path.substring(path.lastIndexOf('/') + 1);
            if (!path.startsWith("/metadata/annotations/")) {
                continue;
            }
            if (op.get("op").equals("add")) {
                changed.put(name, String.valueOf(op.get("value")));
            } else if (!Objects.equals(op.get("value"), changed.get(name))) {
                return false;
            }
        }
        leases.put(patch.lease(), changed);
        changed(patch.lease());
        return true;
    }

    @Override
    public URI server() {
        return URI.create("https://192.0.2.1");
    }

    @Override
    public CompletableFuture<Answer> send(Ask ask) {
        if (away) {
            return CompletableFuture.failedFuture(new IOException("away"));
        }
        if (ask.method().equals("PATCH")) {
            Patch patch = new Patch(ask, new CompletableFuture<>());
            patches.add(patch);
            return patch.answer;
        }
        if (ask.method().equals("POST")) {
            creates.add(ask.body());
            return CompletableFuture.completedFuture(Statuses.answer(creation));
        }
        String resource = ask.path().contains("/pods") ? "pods" : "leases";
        if (ask.path().contains("?") && views != 200) {
            return CompletableFuture.completedFuture(Statuses.answer(views));
        }
        if (ask.path().contains("?")) {
            lists.add(resource);
            List<String> objects = resource.equals("pods")
                    ? List.copyOf(pods.values())
                    : leases.keySet().stream()
                            .filter(name -> !unlabelled.contains(name))
                            .map(this::lease)
                            .toList();
            CompletableFuture<Answer> list = new CompletableFuture<>();
            Answer answer = new Answer(
                    200,
                    "{\"metadata\":{\"resourceVersion\":\"" + version + "\"},\"items\":[" + String.join(",", objects)
                            + "]}",
                    "");
            if (podListIsLate && resource.equals("pods")) {
                clock.scheduler().schedule(() -> list.complete(answer), 10, TimeUnit.MILLISECONDS);
            } else {
                list.complete(answer);
            }
            return list;
        }
        reads++;
        String name = ask.path().substring(ask.path().lastIndexOf('/') + 1);
        if (resource.equals("pods") && podReads != 200) {
            return CompletableFuture.completedFuture(Statuses.answer(podReads));
        }
        if (resource.equals("leases") && leaseReadsRefused) {
            return CompletableFuture.completedFuture(Statuses.lackOfRight());
        }
        if (resource.equals("leases") ? leaseReadsHang : podReadsHang) {
            CompletableFuture<Answer> read = new CompletableFuture<>();
            hanging.put(read, ask.path());
            return read;
        }
        return CompletableFuture.completedFuture(read(resource, name));
    }

    /** The reads that hang are answered with what is now. */
    void answerReads() {
        leaseReadsHang = false;
        podReadsHang = false;
        Map<CompletableFuture<Answer>, String> reads = Map.copyOf(hanging);
        hanging.clear();
        reads.forEach((read, path) -> read.complete(
                read(path.contains("/pods") ? "pods" : "leases", path.substring(path.lastIndexOf('/') + 1))));
    }

    private Answer read(String resource, String name) {
        String found = resource.equals("pods")
                ? pods.getOrDefault(name, unlabelledPods.get(name))
                : leases.containsKey(name) ? lease(name) : null;
        return found == null ? Statuses.answer(404) : new Answer(200, found, "");
    }

    @Override
    public Stream lines(Ask ask, Listener listener) {
        if (views != 200) {
            listener.refused(Statuses.answer(views));
            return () -> {};
        }
        watches.put(listener, ask.path());
        if (podsAreSilent && ask.path().contains("/pods?")) {
            podsAreSilent = false;
            clock.scheduler().execute(() -> pods.values().forEach(pod -> tell("pods", pod)));
        }
        if (opening.isZero()) {
            listener.opened();
        } else {
            clock.scheduler().schedule(listener::opened, opening.toNanos(), TimeUnit.NANOSECONDS);
        }
        return () -> watches.remove(listener);
    }
}
