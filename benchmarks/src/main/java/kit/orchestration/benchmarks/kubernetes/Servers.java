package kit.orchestration.benchmarks.kubernetes;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import kit.orchestration.controlplane.ControlPlane;

/**
 * What etcd and the API server count themselves.
 *
 * <p>Frees are the API server's successful patches of Leases, less the allocators' claims: nobody else patches Leases
 * here. Bytes are etcd's {@code etcd_debugging_mvcc_total_put_size_in_bytes}, keys and values as they are put: what
 * stays in the history until it is compacted, and so what counts against the quota. The database's own size grows by
 * pages and keeps them; the write-ahead log says much the same as the puts, plus what it wraps them in.
 */
final class Servers {

    private static final String PUT_BYTES = "etcd_debugging_mvcc_total_put_size_in_bytes ";
    private static final String PUTS = "etcd_mvcc_put_total ";
    private static final List<String> LEASE_PATCHES =
            List.of("apiserver_request_total{", "verb=\"PATCH\"", "resource=\"leases\"");

    private final ControlPlane plane;
    private final HttpClient http = HttpClient.newHttpClient();

    Servers(ControlPlane plane) {
        this.plane = plane;
    }

    /**
     * Counts, or differences of counts.
     *
     * @param patches patches of Leases that the API server has done
     * @param lostPatches patches of Leases that a test of theirs has stopped, pods' too
     * @param puts writes to etcd
     * @param putBytes bytes of them
     * @param claims claims that were written, by the allocators' listeners
     * @param lostClaims claims that a test has stopped, likewise
     * @param failedClaims claims that failed for other reasons, likewise
     * @param sessions sessions that were given out
     */
    record Counts(
            long patches,
            long lostPatches,
            long puts,
            long putBytes,
            long claims,
            long lostClaims,
            long failedClaims,
            long sessions) {

        static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, 0);

        Counts plus(Counts more) {
            return with(more, 1);
        }

        Counts since(Counts earlier) {
            return with(earlier, -1);
        }

        private Counts with(Counts other, int sign) {
            return new Counts(
                    patches + sign * other.patches,
                    lostPatches + sign * other.lostPatches,
                    puts + sign * other.puts,
                    putBytes + sign * other.putBytes,
                    claims + sign * other.claims,
                    lostClaims + sign * other.lostClaims,
                    failedClaims + sign * other.failedClaims,
                    sessions + sign * other.sessions);
        }

        /** All requests to claim, whatever became of them. */
        long claimWrites() {
            return claims + lostClaims + failedClaims;
        }

        long freeWrites() {
            return patches - claims;
        }

        double perSession(long count) {
            return (double) count / sessions;
        }

        double lostShare() {
            return claimWrites() == 0 ? 0 : (double) lostClaims / claimWrites();
        }
    }

    /** Until now; what the allocators count is read at the same time. */
    Counts counts(Heard heard) throws InterruptedException {
        String ofEtcd = get(plane.etcdUrl().resolve("/metrics"));
        String ofApiServer = plane.api().get("/metrics").ok().body();
        return new Counts(
                patches(ofApiServer, "code=\"200\""),
                patches(ofApiServer, "code=\"422\""),
                sum(ofEtcd, List.of(PUTS)),
                sum(ofEtcd, List.of(PUT_BYTES)),
                heard.claims(),
                heard.lostClaims(),
                heard.failedClaims(),
                heard.sessions());
    }

    private String get(URI uri) throws InterruptedException {
        try {
            return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new IllegalStateException("etcd does not tell its metrics", e);
        }
    }

    private static long patches(String metrics, String code) {
        return sum(metrics, List.of(LEASE_PATCHES.get(0), LEASE_PATCHES.get(1), LEASE_PATCHES.get(2), code));
    }

    /** Of the lines that begin with the first text and have the others. */
    private static long sum(String metrics, List<String> texts) {
        return metrics.lines()
                .filter(line -> line.startsWith(texts.get(0)) && texts.stream().allMatch(line::contains))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
