package kit.orchestration.agones;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import kit.orchestration.AllocateReq;
import kit.orchestration.ledger.AgonesNote;
import kit.orchestration.ledger.LedgerSlot;

/**
 * Claims that go to Agones in one call.
 *
 * @param line where they waited
 * @param sent when it was sent
 * @param keys the key of each claim
 */
record Flight(Line line, long sent, Map<Waiter, String> keys) {

    static Flight of(Line line, long sent, List<Waiter> waiters, Function<Waiter, String> key) {
        Map<Waiter, String> keys = new LinkedHashMap<>();
        waiters.forEach(waiter -> keys.put(waiter, key.apply(waiter)));
        return new Flight(line, sent, keys);
    }

    /** What goes into the list for a claim, in the order of the waiters. */
    List<String> values() {
        return keys.entrySet().stream()
                .map(each -> value(each.getKey(), each.getValue()))
                .toList();
    }

    /** What goes with them into the list of notes. */
    List<AgonesNote> requests() {
        return keys.keySet().stream()
                .map(waiter -> waiter.digest)
                .filter(Objects::nonNull)
                .map(AgonesNote::request)
                .toList();
    }

    static String value(Waiter waiter, String key) {
        AllocateReq request = waiter.request;
        return LedgerSlot.Free.NEW
                .hold(key, wholeMillis(request.claimTtl()), waiter.digest, request.annotations())
                .format();
    }

    private static Duration wholeMillis(Duration ttl) {
        Duration cut = Duration.ofMillis(ttl.toMillis());
        return cut.equals(ttl) ? cut : cut.plusMillis(1);
    }
}
