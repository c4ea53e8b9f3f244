package kit.orchestration.k8s.view;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import kit.orchestration.AllocatorListener;
import kit.orchestration.engine.Timing;
import kit.orchestration.ledger.lease.ApiException;
import kit.orchestration.ledger.lease.LeaseApi;
import kit.orchestration.ledger.lease.Loop;
import kit.orchestration.token.TokenSigner;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of one allocator share.
 *
 * @param api the API server
 * @param pods reads the pods of the namespace there
 * @param nodes reads the nodes of the cluster; null if they are not to be read
 * @param reach how calls to it fare
 * @param loop the view's thread; it goes by the system's clock, as the API server does
 * @param timing clocks and the calls' timers
 * @param random for pauses and ties
 * @param identity what Leases say of who fills a pod; null if this allocator does not say
 * @param signer signs tokens
 * @param listener hears of calls to the API server
 * @param writes the writes under way, which a close waits for
 * @param patience how long a release is tried
 */
public record ClusterContext(
        LeaseApi api,
        PodReader pods,
        @Nullable NodeReader nodes,
        Reach reach,
        Loop loop,
        Timing timing,
        RandomGenerator random,
        @Nullable String identity,
        TokenSigner signer,
        AllocatorListener listener,
        Writes writes,
        Duration patience) {

    /** How long something is tried whose failure is to reach its caller, who waits for {@link #patience}. */
    public Duration patienceToTell() {
        return patience.multipliedBy(4).dividedBy(5);
    }

    /** What to do about a call that the server refuses, to be put behind its message; empty for others. */
    public static String wayOut(ApiException error) {
        if (error.isDenial()) {
            return ""; // the webhook has said why
        }
        return switch (error.code()) {
            case 401 -> "; the API server does not know the client's token or certificate: renew it, or name another";
            case 403 ->
                error.problem().contains(" nodes ")
                        ? "; give the allocator's service account the cluster role of deploy/nodes, or leave out "
                                + "nodeAddresses()"
                        : "; give the allocator's service account the role of deploy/base/allocator.yaml in that "
                                + "namespace, or name the right one: builder().namespace(...)";
            default -> "";
        };
    }

    /** A pod as it is now; empty if there is none. */
    public CompletableFuture<Optional<PodFacts>> pod(String name) {
        return api.get(pods.kind(), name, pods::read);
    }

    /** The id of the key that tokens are signed with. */
    public String kid() {
        return signer.verificationKey().kid();
    }

    /** Its public half, as a ledger holds it. */
    public String key() {
        return signer.verificationKey().text();
    }

    /** Tells the listener of a call that began at a time of {@link System#nanoTime}. */
    public void called(String pool, String operation, int sessions, long start, @Nullable Throwable failure) {
        listener.backendCall(
                pool,
                operation,
                sessions,
                Duration.ofNanos(System.nanoTime() - start),
                failure == null ? null : ApiException.of(failure));
    }
}
