package kit.orchestration.benchmarks.agones;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import kit.orchestration.agones.AgonesAllocator;
import kit.orchestration.agones.AgonesAllocatorBuilder;
import org.jspecify.annotations.Nullable;

/**
 * An allocator of Agones, and a Fleet.
 *
 * @param endpoint {@code host:port}
 * @param namespace the Fleet's
 * @param fleet its name
 * @param certificates null for plaintext
 * @param batchWait the allocator's {@code --batch-wait-time}
 */
record Target(
        String endpoint,
        String namespace,
        String fleet,
        @Nullable Certificates certificates,
        Duration batchWait) {

    /** PEM files: this client's certificate and key, and the server's authority. */
    record Certificates(Path certificate, Path key, Path serverCa) {}

    static Target plaintext(String endpoint, String fleet, Duration batchWait) {
        return new Target(endpoint, "default", fleet, null, batchWait);
    }

    AgonesAllocator allocator() {
        AgonesAllocatorBuilder builder = AgonesAllocator.builder()
                .endpoints(endpoint)
                .namespace(namespace)
                .pools(fleet)
                .batchWait(batchWait);
        if (certificates == null) {
            builder.plaintext();
        } else {
            builder.clientCertificate(certificates.certificate(), certificates.key())
                    .serverCa(certificates.serverCa());
        }
        return builder.build();
    }

    /** A connection without the library. */
    ManagedChannel channel() throws IOException {
        ChannelCredentials credentials = certificates == null
                ? InsecureChannelCredentials.create()
                : TlsChannelCredentials.newBuilder()
                        .keyManager(
                                certificates.certificate().toFile(),
                                certificates.key().toFile())
                        .trustManager(certificates.serverCa().toFile())
                        .build();
        return OkHttpChannelBuilder.forTarget(endpoint, credentials).build();
    }
}
