package kit.orchestration.agones;

import io.grpc.ManagedChannel;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kit.orchestration.PodAddress;
import org.jspecify.annotations.Nullable;

/** Connections to Agones, as an allocator's settings say. */
final class Channels {

    /** Agones closes a connection that is pinged more often than once a minute (measured). */
    private static final long PING_SECONDS = 90;

    private static final long PONG_SECONDS = 10;
    /** Answers tell the whole list and all annotations: 1,000 values of 4,096 characters at most. */
    private static final int MAX_ANSWER = 16 * 1024 * 1024;

    private Channels() {}

    /** What makes a channel to each address. */
    static List<Supplier<ManagedChannel>> of(AgonesAllocatorBuilder settings) {
        if (!settings.channels.isEmpty()) {
            return settings.channels;
        }
        if (settings.endpoints.isEmpty()) {
            throw new IllegalArgumentException(
                    "endpoints must name the address of Agones' allocator, such as agones-allocator.agones-system:443");
        }
        ReloadingSocketFactory tls = tls(settings);
        String serverName = settings.serverName;
        List<Supplier<ManagedChannel>> channels = new ArrayList<>();
        for (PodAddress endpoint : settings.endpoints) {
            channels.add(() -> channel(endpoint, tls, serverName));
        }
        return channels;
    }

    private static ManagedChannel channel(
            PodAddress endpoint, @Nullable ReloadingSocketFactory tls, @Nullable String serverName) {
        OkHttpChannelBuilder channel = OkHttpChannelBuilder.forAddress(endpoint.host(), endpoint.port())
                .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(PONG_SECONDS, TimeUnit.SECONDS)
                .maxInboundMessageSize(MAX_ANSWER)
                .disableRetry();
        if (tls == null) {
            channel.usePlaintext();
        } else {
            channel.sslSocketFactory(tls);
        }
        if (serverName != null) {
            channel.overrideAuthority(serverName);
        }
        return channel.build();
    }

    private static @Nullable ReloadingSocketFactory tls(AgonesAllocatorBuilder settings) {
        boolean files = settings.certificate != null || settings.serverCa != null;
        if (settings.plaintext == files) {
            throw new IllegalArgumentException(
                    files
                            ? "certificates and plaintext() exclude each other; leave one out"
                            : "name clientCertificate(...) and serverCa(...), as Agones' allocator asks for by"
                                    + " default, or say plaintext()");
        }
        if (settings.plaintext) {
            return null;
        }
        try {
            return new ReloadingSocketFactory(
                    new PemFiles(settings.certificate, settings.privateKey, settings.serverCa));
        } catch (BadCertificateFileException bad) {
            throw new IllegalArgumentException(bad.getMessage(), bad);
        }
    }
}
