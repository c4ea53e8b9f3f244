package kit.orchestration.agones.standin.replay;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.ListSelector;
import kit.orchestration.agones.wire.MetaPatch;
import kit.orchestration.agones.wire.Priority;
import kit.orchestration.ledger.AgonesNames;

/** Whom the allocator refuses, and which server it picks. */
final class AllocatorAssertions {

    private static final String EXHAUSTED = "RESOURCE_EXHAUSTED";
    private static final String INVALID = "UNKNOWN, is invalid";
    private static final String HIDDEN = "OK, RESOURCE_EXHAUSTED, RESOURCE_EXHAUSTED";
    private static final int CALLS_OF_A_BATCH = 3;
    private static final int TRIES = 3;
    private static final long IDLE_MILLIS = 1_000;

    private AllocatorAssertions() {}

    static List<Assertion> all() {
        return List.of(
                new Assertion(
                        "a Fleet that does not exist",
                        EXHAUSTED,
                        site -> site.outcome(
                                site.request(site.at(0).putMatchLabels(AgonesNames.FLEET_LABEL, "no-such-fleet")))),
                new Assertion(
                        "a namespace that does not exist",
                        EXHAUSTED,
                        site -> site.outcome(site.request(site.at(0)).setNamespace("no-such-namespace"))),
                new Assertion(
                        "a selector with a bad label",
                        INVALID,
                        site -> site.outcome(site.request(site.at(0).putMatchLabels("region", "not a label")))),
                new Assertion(
                        "a selector with a negative minAvailable",
                        INVALID,
                        site -> site.outcome(
                                room(site, ListSelector.newBuilder().setMinAvailable(-1)))),
                new Assertion(
                        "a call's label and annotation",
                        "both answered, with all others",
                        AllocatorAssertions::metadata),
                new Assertion(
                        "minAvailable", "OK at the room, RESOURCE_EXHAUSTED beyond", AllocatorAssertions::minAvailable),
                new Assertion(
                        "containsValue",
                        "OK where it is, RESOURCE_EXHAUSTED if nowhere",
                        AllocatorAssertions::contains),
                new Assertion(
                        "two selectors, both match", "the first one's server", AllocatorAssertions::firstSelector),
                new Assertion(
                        "a priority by room, ascending",
                        "the fullest",
                        site -> preferred(site, Priority.Order.Ascending)),
                new Assertion(
                        "a priority by room, descending",
                        "the emptiest",
                        site -> preferred(site, Priority.Order.Descending)),
                new Assertion("three calls of a batch for one server", HIDDEN, AllocatorAssertions::hiddenFromItsBatch),
                new Assertion("the same after a second without calls", HIDDEN, AllocatorAssertions::hiddenAfterIdling));
    }

    private static String metadata(Site site) throws IOException, InterruptedException {
        String value = site.newValues(1).get(0);
        site.fresh(0, List.of());
        AllocationResponse.GameServerMetadata answer = site.allocate(site.request(site.at(0))
                        .setMetadata(MetaPatch.newBuilder()
                                .putLabels("replayed", value)
                                .putAnnotations("replayed", value)))
                .getMetadata();
        boolean own = value.equals(answer.getLabelsMap().get("replayed"))
                && value.equals(answer.getAnnotationsMap().get("replayed"));
        boolean others = answer.containsLabels(AgonesNames.FLEET_LABEL)
                && answer.containsAnnotations("agones.dev/last-allocated");
        return (own ? "both answered" : "not answered") + (others ? ", with all others" : ", without others");
    }

    private static String minAvailable(Site site) throws IOException, InterruptedException {
        int room = 2;
        site.withRoom(0, room);
        return "%s at the room, %s beyond"
                .formatted(
                        site.outcome(room(site, ListSelector.newBuilder().setMinAvailable(room))),
                        site.outcome(room(site, ListSelector.newBuilder().setMinAvailable(room + 1))));
    }

    private static String contains(Site site) throws IOException, InterruptedException {
        List<String> values = site.newValues(2);
        site.fresh(0, values.subList(0, 1));
        return "%s where it is, %s if nowhere"
                .formatted(
                        site.outcome(room(site, ListSelector.newBuilder().setContainsValue(values.get(0)))),
                        site.outcome(room(site, ListSelector.newBuilder().setContainsValue(values.get(1)))));
    }

    private static AllocationRequest.Builder room(Site site, ListSelector.Builder selector) {
        return site.request(site.at(0).putLists(site.list(), selector.build()));
    }

    /** Though the other would be taken by the priority. */
    private static String firstSelector(Site site) throws IOException, InterruptedException {
        fullAndEmpty(site);
        AllocationRequest.Builder request =
                site.request(site.at(1), site.at(0)).addPriorities(byRoom(site, Priority.Order.Ascending));
        return site.serverOf(site.allocate(request)) == 1 ? "the first one's server" : "the second one's server";
    }

    private static String preferred(Site site, Priority.Order order) throws IOException, InterruptedException {
        fullAndEmpty(site);
        // The two by a label of their own, since a selector names one of them, or all of the Fleet.
        String pair = site.newValues(1).get(0);
        for (int server : List.of(0, 1)) {
            site.allocate(site.request(site.at(server))
                    .setMetadata(MetaPatch.newBuilder().putLabels("replay-pair", pair)));
        }
        AllocationRequest.Builder request =
                site.request(site.ofFleet().putMatchLabels("replay-pair", pair)).addPriorities(byRoom(site, order));
        return site.serverOf(site.allocate(request)) == 0 ? "the fullest" : "the emptiest";
    }

    private static void fullAndEmpty(Site site) throws IOException, InterruptedException {
        site.withRoom(0, 1);
        site.fresh(1, List.of());
    }

    private static Priority byRoom(Site site, Priority.Order order) {
        return Priority.newBuilder()
                .setType(Priority.Type.List)
                .setKey(site.list())
                .setOrder(order)
                .build();
    }

    private static String hiddenFromItsBatch(Site site) throws IOException, InterruptedException {
        site.fresh(0, List.of());
        // Once it is answered, the next batch gathers.
        site.allocate(site.request(site.at(0)));
        return atOnce(site);
    }

    /** More than once if need be: a batch may end between two of the calls. */
    private static String hiddenAfterIdling(Site site) throws IOException, InterruptedException {
        site.fresh(0, List.of());
        String outcome = "";
        for (int tries = 0; tries < TRIES && !outcome.equals(HIDDEN); tries++) {
            TimeUnit.MILLISECONDS.sleep(IDLE_MILLIS);
            outcome = atOnce(site);
        }
        return outcome;
    }

    private static String atOnce(Site site) {
        ExecutorService callers = Executors.newFixedThreadPool(CALLS_OF_A_BATCH);
        try {
            List<CompletableFuture<String>> calls = Stream.generate(
                            () -> CompletableFuture.supplyAsync(() -> site.outcome(site.request(site.at(0))), callers))
                    .limit(CALLS_OF_A_BATCH)
                    .toList();
            return calls.stream().map(CompletableFuture::join).sorted().collect(Collectors.joining(", "));
        } finally {
            callers.shutdown();
        }
    }
}
