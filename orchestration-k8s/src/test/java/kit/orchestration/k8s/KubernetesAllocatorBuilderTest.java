package kit.orchestration.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import org.junit.jupiter.api.Test;

class KubernetesAllocatorBuilderTest {

    @Test
    void itSaysWhereItAllocatesWhenItStarts() throws Exception {
        assertThat(LogOf.main(Start.class))
                .containsOnlyOnce(
                        "allocating in namespace games at http://127.0.0.1:1 as matchmaker-7, tokens signed by");
    }

    /** Starts an allocator, with credentials that are nobody's business. */
    static final class Start {

        private Start() {}

        public static void main(String[] args) {
            try (KubernetesClient nowhere = new KubernetesClientBuilder()
                            .withConfig(new ConfigBuilder(Config.empty())
                                    .withMasterUrl("http://127.0.0.1:1/")
                                    .withOauthToken("secret")
                                    .build())
                            .build();
                    KubernetesAllocator allocator = KubernetesAllocator.builder()
                            .client(nowhere)
                            .namespace("games")
                            .identity("matchmaker-7")
                            .build()) {
                assertThat(allocator).isNotNull();
            }
        }
    }

    @Test
    void aBuilderThatIsUsedAgainChangesNothingThatItBuilt() {
        try (KubernetesClient nowhere = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withMasterUrl("http://127.0.0.1:1")
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build()) {
            KubernetesAllocatorBuilder builder = KubernetesAllocator.builder()
                    .client(nowhere)
                    .namespace("games")
                    .executor(Runnable::run);
            try (KubernetesAllocator allocator = builder.build()) {
                builder.waitingLimit(1).callTimeout(Duration.ofMillis(1)).pools("duel");
                AllocateReq patient = AllocateReq.builder("duel")
                        .maxWait(Duration.ofMinutes(1))
                        .build();
                List<CompletableFuture<Allocation>> waiters =
                        List.of(allocator.allocateAsync(patient), allocator.allocateAsync(patient));

                // The pool was made after the builder was changed: both wait for the first list.
                assertThat(waiters).noneMatch(CompletableFuture::isDone);
            }
        }
    }
}
