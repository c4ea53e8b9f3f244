package kit.orchestration.agones.standin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import kit.orchestration.agones.wire.AllocationRequest;
import kit.orchestration.agones.wire.AllocationResponse;
import kit.orchestration.agones.wire.GameServerSelector;
import kit.orchestration.agones.wire.Priority;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each vice strikes when it is on, and does not when it is off. */
class VicesTest {

    /** Calls after which a vice that strikes 2 in 100 has struck, or is off. */
    private static final int MANY = 500;

    private Rig rig;

    @AfterEach
    void stop() {
        if (rig != null) {
            rig.close();
        }
    }

    private void with(AgonesStandinBuilder builder, Vice... vices) throws Exception {
        stop();
        EnumSet<Vice> on = EnumSet.noneOf(Vice.class);
        on.addAll(List.of(vices));
        rig = new Rig(builder.vices(on));
        rig.ready(StandinGameServer.of("a", "duel").capacity(2));
    }

    @Test
    void batchDropsRefusesWhileAServerHasRoom() throws Exception {
        AgonesStandinBuilder patient = AgonesStandin.builder().batchWait(Duration.ofMillis(300));
        with(patient, Vice.BATCH_DROPS);
        assertThat(refusedOf(5)).as("of five calls within two batches").isPositive();
        with(patient);
        assertThat(refusedOf(5)).isZero();
    }

    /** As Agones hashes what a call wants first, and lists its servers anew if the last one wanted something else. */
    @Test
    void ofABatchACallThatWantsAnotherOrderHasIt() throws Exception {
        with(AgonesStandin.builder().batchWait(Duration.ofMillis(300)), Vice.BATCH_DROPS);
        rig.ready(StandinGameServer.of("b", "duel").capacity(5));
        rig.ready(StandinGameServer.of("c", "duel").capacity(8));

        CompletableFuture<AllocationResponse> fullest = rig.start(rig.preferring(Priority.Order.Ascending, "one"));
        CompletableFuture<AllocationResponse> emptiest = rig.start(rig.preferring(Priority.Order.Descending, "one"));

        assertThat(fullest.get(10, TimeUnit.SECONDS).getGameServerName()).isEqualTo("a");
        assertThat(emptiest.get(10, TimeUnit.SECONDS).getGameServerName()).isEqualTo("c");
    }

    /** How many of so many calls at the same time are refused, though none of them takes room. */
    private int refusedOf(int count) {
        AllocationRequest changesNothing = rig.adding().toBuilder().clearLists().build();
        List<CompletableFuture<AllocationResponse>> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            calls.add(rig.start(changesNothing));
        }
        return (int) calls.stream()
                .map(call -> call.handle((answer, failure) -> failure != null).join())
                .filter(failed -> failed)
                .count();
    }

    @Test
    void silentTruncationCutsWhatDoesNotFit() throws Exception {
        with(AgonesStandin.builder(), Vice.SILENT_TRUNCATION);
        assertThat(rig.allocate(rig.adding("x", "x", "y", "z"))
                        .getListsOrThrow("sessions")
                        .getValuesList())
                .containsExactly("x", "y");
        with(AgonesStandin.builder());
        assertThat(rig.refusal(rig.adding("x", "y", "z"))).isEqualTo(Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void lostUpdatesFailNowAndThenAndWriteNothing() throws Exception {
        with(AgonesStandin.builder(), Vice.LOST_UPDATES);
        StatusRuntimeException lost = firstFailure();
        assertThat(lost).isNotNull().hasMessage("UNKNOWN: could not update the selected GameServer");
        assertThat(rig.agones.see("a").values()).isEmpty();
        with(AgonesStandin.builder());
        assertThat(firstFailure()).isNull();
    }

    @Test
    void abortedFailsNowAndThenAndWritesNothing() throws Exception {
        with(AgonesStandin.builder(), Vice.ABORTED);
        StatusRuntimeException aborted = firstFailure();
        assertThat(aborted).isNotNull();
        assertThat(aborted.getStatus().getCode()).isEqualTo(Code.ABORTED);
        assertThat(rig.agones.see("a").values()).isEmpty();
    }

    /** Of many calls, each of which adds a value and takes it out. */
    private StatusRuntimeException firstFailure() {
        AllocationRequest.Builder passing = rig.adding().toBuilder();
        passing.putLists(
                "sessions",
                passing.getListsOrThrow("sessions").toBuilder()
                        .addAddValues("x")
                        .addDeleteValues("x")
                        .build());
        for (int i = 0; i < MANY; i++) {
            StatusRuntimeException failure =
                    catchThrowableOfType(StatusRuntimeException.class, () -> rig.allocate(passing.build()));
            if (failure != null) {
                return failure;
            }
        }
        return null;
    }

    @Test
    void lateWatchesLetAPlayerBeFasterThanTheSidecar() throws Exception {
        with(AgonesStandin.builder(), Vice.LATE_WATCHES);
        await().until(() -> {
            rig.agones.setState("a", "Ready");
            return !rig.agones.isKnown("a");
        });
        await().until(() -> rig.agones.isKnown("a"));
    }

    @Test
    void wrongCodesHideWhatIsWrong() throws Exception {
        AllocationRequest bad = AllocationRequest.newBuilder()
                .setNamespace("default")
                .addGameServerSelectors(GameServerSelector.newBuilder().putMatchLabels("region", "not a label"))
                .build();
        with(AgonesStandin.builder(), Vice.WRONG_CODES);
        assertThat(rig.refusal(bad)).isEqualTo(Code.UNKNOWN);
        assertThat(rig.get("a", "/v1beta1/lists/nope").statusCode()).isEqualTo(500);
        assertThat(rig.get("a", "/v1beta1/lists/nope").body())
                .contains("\"code\":2")
                .contains("list not found: nope");
        with(AgonesStandin.builder());
        assertThat(rig.refusal(bad)).isEqualTo(Code.INVALID_ARGUMENT);
        assertThat(rig.get("a", "/v1beta1/lists/nope").statusCode()).isEqualTo(404);
    }

    @Test
    void queuedWritesDeleteAValueThatWasAddedAnewBeforeTheyWereWritten() throws Exception {
        with(AgonesStandin.builder().flush(Duration.ofSeconds(1)), Vice.QUEUED_WRITES);
        rig.allocate(rig.adding("x"));
        await().until(() -> rig.agones.isKnown("a"));

        assertThat(rig.post("a", "/v1beta1/lists/sessions:removeValue", "{\"value\":\"x\"}")
                        .body())
                .contains("\"values\":[]");
        assertThat(rig.agones.see("a").values()).containsExactly("x");
        assertThat(rig.allocate(rig.adding("x")).getListsOrThrow("sessions").getValuesList())
                .containsExactly("x");

        await().untilAsserted(() -> assertThat(rig.agones.see("a").values()).isEmpty());
    }

    @Test
    void lostServersAreForgottenAfterAConflictUntilTheirNextWrite() throws Exception {
        for (boolean on : List.of(true, false)) {
            ScheduledExecutorService news = Executors.newSingleThreadScheduledExecutor();
            try {
                Timing timing = Timing.measured().with(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);
                Store store = new Store(timing);
                Fate fate = new Fate(on ? Rig.only(Vice.LOST_SERVERS) : Rig.NONE, timing, 1);
                AllocatorView view = new AllocatorView(store, fate, news);
                long version = store.create(StandinGameServer.of("a", "duel")).version();
                store.force("a", made -> made.state(GameServer.READY));
                await().until(() -> view.has("a", version + 1));
                GameServer listed = view.list().get(0);
                store.force("a", ready -> ready);
                await().until(() -> view.has("a", version + 2));

                view.take(listed); // from the batch's list, which is older
                assertThatThrownBy(() -> store.update(listed, 0)).isInstanceOf(ConflictException.class);
                view.conflicted(listed);

                assertThat(view.has("a", version))
                        .as("known, with the vice %s", on)
                        .isEqualTo(!on);
                store.force("a", forgotten -> forgotten);
                await().until(() -> view.has("a", version + 3));
            } finally {
                news.shutdownNow();
            }
        }
    }
}
