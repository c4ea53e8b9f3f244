package kit.orchestration.examples.arena.backend.agones;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An Agones that is there already, as the command line names it.
 *
 * @param allocator where its allocator listens for gRPC: {@code host:port}
 * @param sidecars the ports of its sidecars' REST gateways, on this machine
 * @param namespace where the Fleet is; null for where the sidecars' GameServers are
 * @param fleet the Fleet; null for that of the sidecars' GameServers
 * @param list the list whose values are sessions
 * @param plaintext whether the allocator has TLS turned off
 * @param ca the authority of the allocator's certificate, PEM; null if the JDK trusts it anyway
 * @param certificate this client's certificate, PEM; null with {@code plaintext}
 * @param key its private key, PKCS #8 in PEM; null with {@code plaintext}
 */
public record AgonesTarget(
        String allocator,
        List<Integer> sidecars,
        @Nullable String namespace,
        @Nullable String fleet,
        String list,
        boolean plaintext,
        @Nullable Path ca,
        @Nullable Path certificate,
        @Nullable Path key) {

    /** Copies the list. */
    public AgonesTarget {
        sidecars = List.copyOf(sidecars);
    }
}
