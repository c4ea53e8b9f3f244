package kit.orchestration.sdk;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import kit.orchestration.sdk.agones.AgonesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;

/** Finds the platform that a process's environment names: the seam where backends are added. */
final class PlatformFinder {

    /** A variable that is set on a backend, and what makes its platform. */
    record Sign(String variable, String backend, Function<Map<String, String>, Platform> platform) {}

    /** In the order in which they are looked for: a pod of Agones is one of Kubernetes too. */
    static final List<Sign> SIGNS = List.of(
            new Sign("AGONES_SDK_HTTP_PORT", "Agones", PlatformFinder::agones),
            new Sign("AGONES_SDK_GRPC_PORT", "Agones", PlatformFinder::agones),
            new Sign(
                    "KUBERNETES_SERVICE_HOST",
                    "Kubernetes",
                    environment -> KubernetesPlatform.builder()
                            .environment(environment)
                            .build()));

    private PlatformFinder() {}

    /** The platform of the first sign that is set. */
    static Platform find(Map<String, String> environment, List<Sign> signs) {
        return signs.stream()
                .filter(sign -> environment.containsKey(sign.variable()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        ("the environment names no platform: none of %s is set. Give one with "
                                        + "GameServer.builder().platform(...); in process that is LocalPod.platform()")
                                .formatted(signs.stream()
                                        .map(sign -> sign.variable() + " (" + sign.backend() + ")")
                                        .collect(Collectors.joining(", ")))))
                .platform()
                .apply(environment);
    }

    private static Platform agones(Map<String, String> environment) {
        return AgonesPlatform.builder().environment(environment).build();
    }
}
