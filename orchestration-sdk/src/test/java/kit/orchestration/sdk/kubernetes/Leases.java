package kit.orchestration.sdk.kubernetes;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import kit.orchestration.ledger.lease.Lease;

/** Leases as the API server would tell them. */
final class Leases {

    private Leases() {}

    /** A Lease of pod arena-1 with these slots. */
    static Lease of(String... slots) {
        return new Lease(
                "orchestration-arena-1",
                "uid-1",
                "",
                1,
                "duel",
                "arena-1",
                "pod-uid-1",
                false,
                "open/boot-1 1",
                null,
                null,
                Collections.unmodifiableList(Arrays.asList(slots)),
                Map.of(),
                false,
                null,
                null,
                0);
    }
}
