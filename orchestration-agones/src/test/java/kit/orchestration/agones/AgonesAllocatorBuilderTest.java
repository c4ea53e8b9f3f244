package kit.orchestration.agones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.UnknownPoolException;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.ledger.AgonesNames;
import org.junit.jupiter.api.Test;

class AgonesAllocatorBuilderTest {

    @Test
    void aBuilderThatIsUsedAgainChangesNothingThatItBuilt() throws Exception {
        try (ScriptedAgones agones = new ScriptedAgones().pod("duel", "one", 1)) {
            AgonesAllocatorBuilder builder = Builders.quick(agones);
            try (AgonesAllocator allocator = builder.build()) {
                builder.endpoints("localhost:1")
                        .serverName("elsewhere")
                        .pools("raid")
                        .namespace("elsewhere")
                        .listKey("rooms")
                        .placement(Placement.SPREAD)
                        .matchLabels(Map.of("region", "us"))
                        .multiCluster(Map.of("cluster", "us"))
                        .portName("elsewhere")
                        .callTimeout(Duration.ofMillis(1))
                        .waitingLimit(1)
                        .withoutSdk(true)
                        .channel(() -> {
                            throw new AssertionError("asked for a channel");
                        });

                // Channels, pools and messages are made by now at the earliest.
                assertThat(allocator.allocate(AllocateReq.of("duel")).podAddress())
                        .hasToString("10.0.0.1:7001");
                AllocationRequest claim = agones.claims().get(0);
                assertThat(claim.getNamespace()).isEqualTo("default");
                assertThat(claim.getScheduling()).isEqualTo(AllocationRequest.SchedulingStrategy.Packed);
                assertThat(claim.getMultiClusterSetting().getEnabled()).isFalse();
                assertThat(claim.getListsMap()).containsOnlyKeys(ScriptedAgones.LIST, AgonesNames.NOTES);
                assertThatThrownBy(() -> allocator.status("raid")).isInstanceOf(UnknownPoolException.class);

                AllocateReq patient = AllocateReq.builder("duel")
                        .maxWait(Duration.ofMinutes(1))
                        .build();
                List<CompletableFuture<Allocation>> waiters =
                        List.of(allocator.allocateAsync(patient), allocator.allocateAsync(patient));
                await().until(() -> allocator.status("duel").waiting() == 2);
                assertThat(waiters).noneMatch(CompletableFuture::isDone);
            }
        }
    }
}
