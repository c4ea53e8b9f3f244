package kit.orchestration.agones.standin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Int64Value;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.List;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationRequest.SchedulingStrategy;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.GameServerSelector;
import kit.orchestration.agones.wire.GameServerSelector.GameServerState;
import kit.orchestration.agones.wire.ListAction;
import kit.orchestration.agones.wire.ListSelector;
import kit.orchestration.agones.wire.MetaPatch;
import kit.orchestration.agones.wire.Priority;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the allocator does in any case: without vices. */
class AllocatorTest {

    private Rig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new Rig(AgonesStandin.builder().vices(Rig.NONE));
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void anAllocationAddsValuesAndMetadataAndAnswersWithTheWholeServer() throws Exception {
        rig.ready(StandinGameServer.of("a", "duel")
                .capacity(3)
                .label("region", "eu")
                .address("10.0.0.1")
                .port(7001));

        AllocationResponse answer = rig.allocate(rig.adding("one", "two").toBuilder()
                .setMetadata(MetaPatch.newBuilder().putLabels("l", "1").putAnnotations("n", "2"))
                .build());

        assertThat(answer.getGameServerName()).isEqualTo("a");
        assertThat(answer.getAddress()).isEqualTo("10.0.0.1");
        assertThat(answer.getPorts(0).getPort()).isEqualTo(7001);
        assertThat(answer.getListsOrThrow("sessions").getValuesList()).containsExactly("one", "two");
        assertThat(answer.getListsOrThrow("sessions").getCapacity()).isEqualTo(Int64Value.of(3));
        assertThat(answer.getMetadata().getLabelsMap())
                .containsEntry("region", "eu")
                .containsEntry("agones.dev/fleet", "duel")
                .containsEntry("l", "1");
        assertThat(answer.getMetadata().getAnnotationsMap()).containsEntry("n", "2");
        Seen seen = rig.agones.see("a");
        assertThat(seen.state()).isEqualTo("Allocated");
        assertThat(seen.values()).containsExactly("one", "two");
    }

    @Test
    void noServerThatMatchesIsResourceExhausted() throws Exception {
        rig.ready(StandinGameServer.of("a", "duel"));

        assertThat(rig.refusal(rig.request("other", GameServerState.READY, ListSelector.getDefaultInstance())))
                .isEqualTo(Code.RESOURCE_EXHAUSTED);
        assertThat(rig.refusal(rig.request("duel", GameServerState.ALLOCATED, ListSelector.getDefaultInstance())))
                .isEqualTo(Code.RESOURCE_EXHAUSTED);
        assertThat(rig.refusal(
                        rig.adding("x").toBuilder().setNamespace("elsewhere").build()))
                .isEqualTo(Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void aServerThatIsNotReadyOrWasDeletedIsNotChosen() throws Exception {
        rig.agones.addGameServer(StandinGameServer.of("a", "duel"));
        assertThat(rig.refusal(rig.adding("x"))).isEqualTo(Code.RESOURCE_EXHAUSTED);

        rig.ready(StandinGameServer.of("b", "duel"));
        rig.agones.deleteGameServer("b");
        assertThat(rig.refusal(rig.adding("x"))).isEqualTo(Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void theFirstSelectorThatMatchesWins() throws Exception {
        rig.ready(StandinGameServer.of("a", "duel"));
        rig.ready(StandinGameServer.of("b", "duel"));
        rig.agones.setState("b", "Allocated");
        ListSelector room = ListSelector.newBuilder().setMinAvailable(1).build();

        AllocationRequest allocatedFirst = rig.request("duel", GameServerState.ALLOCATED, room).toBuilder()
                .addAllGameServerSelectors(
                        rig.request("duel", GameServerState.READY, room).getGameServerSelectorsList())
                .build();

        assertThat(rig.allocate(allocatedFirst).getGameServerName()).isEqualTo("b");
    }

    @Test
    void listsAreSelectedByRoomAndByValue() throws Exception {
        rig.ready(StandinGameServer.of("a", "duel").capacity(2));
        rig.ready(StandinGameServer.of("b", "duel").capacity(5));

        assertThat(rig.allocate(rig.request("duel", GameServerState.READY, least(3)))
                        .getGameServerName())
                .isEqualTo("b");
        assertThat(rig.allocate(rig.adding("x")).getGameServerName()).isEqualTo("a");
        ListSelector holder = ListSelector.newBuilder().setContainsValue("x").build();
        assertThat(rig.allocate(rig.request("duel", GameServerState.ALLOCATED, holder))
                        .getGameServerName())
                .isEqualTo("a");
        ListSelector nobody = ListSelector.newBuilder().setContainsValue("y").build();
        assertThat(rig.refusal(rig.request("duel", GameServerState.ALLOCATED, nobody)))
                .isEqualTo(Code.RESOURCE_EXHAUSTED);
        AllocationRequest unknownList = AllocationRequest.newBuilder()
                .setNamespace("default")
                .addGameServerSelectors(GameServerSelector.newBuilder().putLists("nope", least(0)))
                .build();
        assertThat(rig.refusal(unknownList)).isEqualTo(Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void anAscendingPriorityTakesTheFullestAndADescendingTheEmptiest() throws Exception {
        rig.ready(StandinGameServer.of("a", "duel").capacity(5));
        rig.ready(StandinGameServer.of("b", "duel").capacity(3));
        rig.ready(StandinGameServer.of("c", "duel").capacity(8));

        assertThat(rig.allocate(rig.preferring(Priority.Order.Ascending, "1")).getGameServerName())
                .isEqualTo("b");
        assertThat(rig.allocate(rig.preferring(Priority.Order.Descending, "2")).getGameServerName())
                .isEqualTo("c");
    }

    @Test
    void packedLooksAtNodesBeforePriorities() throws Exception {
        rig.ready(StandinGameServer.of("a", "duel").capacity(2).node("lonely"));
        rig.ready(StandinGameServer.of("b", "duel").capacity(9).node("busy"));
        rig.ready(StandinGameServer.of("c", "duel").capacity(8).node("busy"));

        assertThat(rig.allocate(rig.preferring(Priority.Order.Ascending, "1").toBuilder()
                                .setScheduling(SchedulingStrategy.Packed)
                                .build())
                        .getGameServerName())
                .isEqualTo("c");
    }

    @Test
    void aListActionSetsTheCapacityThenAddsThenDeletes() throws Exception {
        rig.ready(StandinGameServer.of("a", "duel").capacity(1));

        AllocationResponse answer = rig.allocate(AllocationRequest.newBuilder()
                .setNamespace("default")
                .putLists(
                        "sessions",
                        ListAction.newBuilder()
                                .setCapacity(Int64Value.of(3))
                                .addAllAddValues(List.of("x", "y"))
                                .addDeleteValues("x")
                                .addDeleteValues("unknown")
                                .build())
                .putLists("nope", ListAction.newBuilder().addAddValues("z").build())
                .build());

        assertThat(answer.getListsOrThrow("sessions").getValuesList()).containsExactly("y");
        assertThat(answer.getListsOrThrow("sessions").getCapacity()).isEqualTo(Int64Value.of(3));
        assertThat(answer.getListsMap()).containsOnlyKeys("sessions", "orchestration");
    }

    @Test
    void aBadRequestSaysSo() throws Exception {
        rig.ready(StandinGameServer.of("a", "duel"));
        AllocationRequest bad = AllocationRequest.newBuilder()
                .setNamespace("default")
                .addGameServerSelectors(GameServerSelector.newBuilder().putMatchLabels("region", "not a label"))
                .build();

        StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, () -> rig.allocate(bad));

        assertThat(Status.fromThrowable(error).getCode()).isEqualTo(Code.INVALID_ARGUMENT);
        assertThat(error).hasMessageContaining("is invalid").hasMessageContaining("region");
    }

    private static ListSelector least(int available) {
        return ListSelector.newBuilder().setMinAvailable(available).build();
    }
}
