package kit.orchestration.sdk.agones;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link AgonesPlatformBuilder} has set when it built a platform, which words it as is told there; a builder that is
 * used again changes nothing here.
 */
record AgonesSettings(
        int port,
        String list,
        @Nullable String pool,
        Duration callTimeout,
        Duration bootTimeout,
        Duration showEvery,
        @Nullable Duration idleToReady,
        Duration terminationGrace) {}
