package kit.orchestration.agones.standin;

import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * Settings of an {@link AgonesStandin}; by default with all vices and the measured timing. Not safe for several
 * threads.
 */
public final class AgonesStandinBuilder {

    Set<Vice> vices = EnumSet.allOf(Vice.class);
    Timing timing = Timing.measured();
    long seed = 1;
    int port;
    String namespace = "default";
    ServerCredentials credentials = InsecureServerCredentials.create();

    AgonesStandinBuilder() {}

    /** How long the allocator waits for calls to gather: its {@code --batch-wait-time}; 500 ms by default. */
    public AgonesStandinBuilder batchWait(Duration batchWait) {
        timing = timing.with(batchWait, timing.flush(), timing.write(), timing.writeValue());
        return this;
    }

    /** From a sidecar's OK to its write; 500 ms by default, which no setting of Agones changes: for faster tests. */
    public AgonesStandinBuilder flush(Duration flush) {
        timing = timing.with(timing.batchWait(), flush, timing.write(), timing.writeValue());
        return this;
    }

    /** What a write costs, and each value that it adds; by default as measured with a real etcd: for faster tests. */
    public AgonesStandinBuilder writeCost(Duration write, Duration eachValue) {
        timing = timing.with(timing.batchWait(), timing.flush(), write, eachValue);
        return this;
    }

    /** The vices that are on; all by default. */
    public AgonesStandinBuilder vices(Set<Vice> vices) {
        this.vices = Set.copyOf(vices);
        return this;
    }

    /** Of the vices that strike by chance; 1 by default. */
    public AgonesStandinBuilder seed(long seed) {
        this.seed = seed;
        return this;
    }

    /** The allocator's port on loopback; by default any that is free. */
    public AgonesStandinBuilder port(int port) {
        this.port = port;
        return this;
    }

    /** The namespace of all its servers; {@code default} by default. */
    public AgonesStandinBuilder namespace(String namespace) {
        this.namespace = Objects.requireNonNull(namespace, "namespace must not be null");
        return this;
    }

    /**
     * Mutual TLS, as Agones has it unless told otherwise: the server's certificate and key, and whose clients are let
     * in; all PEM files.
     */
    public AgonesStandinBuilder mutualTls(Path certificate, Path privateKey, Path clientCa) throws IOException {
        credentials = TlsServerCredentials.newBuilder()
                .keyManager(certificate.toFile(), privateKey.toFile())
                .trustManager(clientCa.toFile())
                .clientAuth(ClientAuth.REQUIRE)
                .build();
        return this;
    }

    /** TLS without client certificates. */
    public AgonesStandinBuilder tls(Path certificate, Path privateKey) throws IOException {
        credentials = TlsServerCredentials.create(certificate.toFile(), privateKey.toFile());
        return this;
    }

    /**
     * Starts it.
     *
     * @throws IOException if the port can't be had
     */
    public AgonesStandin start() throws IOException {
        return new AgonesStandin(this);
    }
}
