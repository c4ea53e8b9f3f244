package kit.orchestration.structure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import kit.orchestration.ledger.AgonesNames;
import org.junit.jupiter.api.Test;

/**
 * The manifests for Agones say what the library and each other expect. No Agones is asked: its types are not
 * Kubernetes' own.
 */
class AgonesManifestsTest {

    private static final Pattern BETWEEN = Pattern.compile("(?m)^---$");

    @Test
    void aFleetHasTheListsThatTheLibraryLooksFor() {
        GenericKubernetesResource fleet = of("fleet.yaml", "Fleet");

        assertThat(fleet.getApiVersion()).isEqualTo("agones.dev/v1");
        assertThat(fleet.<Integer>get("spec", "template", "spec", "lists", AgonesNames.LIST, "capacity"))
                .isBetween(1, AgonesNames.MAX_CAPACITY);
        assertThat(fleet.<Integer>get("spec", "template", "spec", "lists", AgonesNames.NOTES, "capacity"))
                .isEqualTo(AgonesNames.MAX_CAPACITY);
        assertThat(fleet.<List<?>>get("spec", "template", "spec", "ports")).isNotEmpty();
        assertThat(fleet.<Integer>get("spec", "template", "spec", "template", "spec", "terminationGracePeriodSeconds"))
                .isGreaterThan(30); // Kubernetes' default would cut sessions
    }

    @Test
    void theMatchmakerMountsTheCertificateThatIsMadeForIt() {
        GenericKubernetesResource certificate = all("certificates.yaml").stream()
                .filter(each -> "orchestration-allocator-client"
                        .equals(each.getMetadata().getName()))
                .findFirst()
                .orElseThrow();
        String secret = certificate.get("spec", "secretName");

        assertThat(certificate.<String>get("spec", "privateKey", "encoding")).isEqualTo("PKCS8");
        assertThat(certificate.<List<String>>get("spec", "usages")).contains("client auth");
        List<Map<String, Map<String, String>>> volumes =
                of("matchmaker.yaml", "Deployment").get("spec", "template", "spec", "volumes");
        assertThat(volumes)
                .anySatisfy(volume -> assertThat(volume.get("secret")).containsEntry("secretName", secret));
    }

    private static GenericKubernetesResource of(String file, String kind) {
        return all(file).stream()
                .filter(each -> each.getKind().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    private static List<GenericKubernetesResource> all(String file) {
        String text =
                Module.read(Module.root().resolve("orchestration-agones/deploy").resolve(file));
        return Arrays.stream(BETWEEN.split(text, -1))
                .map(each -> new KubernetesSerialization().unmarshal(each, GenericKubernetesResource.class))
                .toList();
    }
}
