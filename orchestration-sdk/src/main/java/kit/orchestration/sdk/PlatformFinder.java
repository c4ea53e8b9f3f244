package kit.orchestration.sdk;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import kit.orchestration.sdk.agones.AgonesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;

/** Finds the platform that a process's environment names: the seam where backends are added. */
final class PlatformFinder {

    /** A variable that is set on a backend, and what makes its platform; empty if this version has none. */
    record Sign(String variable, String backend, Optional<Function<Map<String, String>, Platform>> platform) {}

    /** In the order in which they are looked for: a pod of Agones is one of Kubernetes too. */
    static final List<Sign> SIGNS = List.of(
            new Sign("AGONES_SDK_HTTP_PORT", "Agones", Optional.of(PlatformFinder::agones)),
            new Sign("AGONES_SDK_GRPC_PORT", "Agones", Optional.of(PlatformFinder::agones)),
            new Sign(
                    "KUBERNETES_SERVICE_HOST",
                    "Kubernetes",
                    Optional.of(environment -> KubernetesPlatform.builder()
                            .environment(environment)
                            .build())));

    private PlatformFinder() {}

    /** The platform of the first sign that is set and has one. */
    static Platform find(Map<String, String> environment, List<Sign> signs) {
        for (Sign sign : signs) {
            if (environment.containsKey(sign.variable()) && sign.platform().isPresent()) {
                return sign.platform().get().apply(environment);
            }
        }
        throw new IllegalStateException(
                ("the environment names no platform: %s. Give one with GameServer.builder().platform(...); in "
                                + "process that is LocalPod.platform()")
                        .formatted(signs.stream()
                                .map(sign -> describe(sign, environment.containsKey(sign.variable())))
                                .collect(Collectors.joining(", "))));
    }

    private static Platform agones(Map<String, String> environment) {
        return AgonesPlatform.builder().environment(environment).build();
    }

    private static String describe(Sign sign, boolean set) {
        return "%s (%s) is %s"
                .formatted(
                        sign.variable(),
                        sign.backend(),
                        set ? "set, but this version has no platform for it" : "not set");
    }
}
