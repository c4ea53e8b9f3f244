package kit.orchestration.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import kit.orchestration.AllocateReq;
import kit.orchestration.Allocation;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Local tells the SDK, and in which order. */
class LocalPlatformTest {

    private final LocalAllocator allocator = LocalAllocator.create();
    private final LocalPod pod = new LocalPod("127.0.0.1:7001", 1);
    private final List<String> heard = new ArrayList<>();

    @AfterEach
    void close() {
        allocator.close();
    }

    private class Listener implements PlatformListener {
        @Override
        public void claimed(ClaimedSlot claim) {
            heard.add("claimed " + claim.sessionId());
        }

        @Override
        public void revoked(String sessionId) {
            heard.add("revoked " + sessionId);
        }

        @Override
        public void gone(String sessionId) {
            heard.add("gone " + sessionId);
        }

        @Override
        public void lost() {
            heard.add("lost");
        }
    }

    private Platform boot(PlatformListener listener) {
        Platform platform = pod.platform();
        allocator.addPod("duel", pod);
        platform.boot(listener);
        platform.ready(true);
        return platform;
    }

    private LocalLedger ledger() {
        return Objects.requireNonNull(pod.record()).ledger;
    }

    @Test
    void anAnswerDoesNotOvertakeTheNewsThatCameBeforeIt() throws Exception {
        Platform[] platform = new Platform[1];
        List<String> next = new ArrayList<>();
        platform[0] = boot(new Listener() {
            @Override
            public void gone(String sessionId) {
                super.gone(sessionId);
                // The slot is free in the ledger already: another claim takes it, and its player is fast.
                try {
                    String claimed = allocator.allocate(AllocateReq.of("duel")).sessionId();
                    next.add(claimed);
                    platform[0].find(claimed, "any").thenAccept(found -> heard.add("found " + found.isPresent()));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        String first = allocator.allocate(AllocateReq.of("duel")).sessionId();

        ledger().giveBack(first);

        assertThat(heard).containsExactly("claimed " + first, "gone " + first, "claimed " + next.get(0), "found true");
        platform[0].close();
    }

    @Test
    void aPlatformServesOneGameServerAndTheSecondDoesNotDisturbIt() throws Exception {
        Platform platform = pod.platform();
        allocator.addPod("duel", pod);
        try (GameServer server = GameServer.builder().platform(platform).start()) {
            server.ready();
            assertThatIllegalStateException()
                    .isThrownBy(() -> GameServer.builder().platform(platform).start())
                    .withMessageContaining("call LocalPod.platform() for each of them");

            Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
            server.start(allocation.token()).close();
            assertThat(allocator.status("duel").claimed()).hasValue(0);
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> GameServer.builder().platform(platform).start());
    }

    @Test
    void aListenerThatThrowsHearsTheNextEventAllTheSame() throws Exception {
        Platform platform = boot(new Listener() {
            @Override
            public void claimed(ClaimedSlot claim) {
                super.claimed(claim);
                LocalPlatformTest.<RuntimeException>throwUndeclared(new IOException("on purpose"));
            }

            @Override
            public void revoked(String sessionId) {
                super.revoked(sessionId);
                throw new OutOfMemoryError("on purpose: no more threads");
            }
        });
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        allocator.release(allocation);
        ledger().giveBack(allocation.sessionId());
        assertThat(heard)
                .containsExactly(
                        "claimed " + allocation.sessionId(),
                        "revoked " + allocation.sessionId(),
                        "gone " + allocation.sessionId());
        platform.close();
    }

    /** As Kotlin throws what Java wants declared. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void throwUndeclared(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void aReleaseIsDoneWhenThePodHasFreedTheSlotAndNotBefore() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        Platform[] platform = new Platform[1];
        platform[0] = boot(new Listener() {
            @Override
            public void revoked(String sessionId) {
                busy.countDown();
                try {
                    goesOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                platform[0].free(new ClaimedSlot(sessionId, 0, Duration.ZERO, Map.of()));
            }
        });
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        CompletableFuture<Void> first = CompletableFuture.runAsync(() -> allocator.release(allocation));
        busy.await();

        CompletableFuture<Void> second = allocator.releaseAsync(allocation);
        assertThat(second).isNotDone();
        assertThat(first).isNotDone();
        goesOn.countDown();
        assertThat(first).succeedsWithin(Duration.ofSeconds(10));
        assertThat(second).succeedsWithin(Duration.ofSeconds(10));
        assertThat(ledger().held()).isEmpty();
        platform[0].close();
    }

    @Test
    void afterCloseNothingIsToldAndEverySlotIsFree() throws Exception {
        Platform platform = boot(new Listener());
        Allocation allocation = allocator.allocate(AllocateReq.of("duel"));
        platform.close();
        platform.close();
        assertThat(heard).containsExactly("claimed " + allocation.sessionId());
        assertThat(ledger().held()).isEmpty();
        assertThat(platform.find(allocation.sessionId(), "any").toCompletableFuture())
                .isCompletedWithValueMatching(Optional::isEmpty);
        platform.free(new ClaimedSlot(allocation.sessionId(), 0, Duration.ZERO, Map.of()));
        assertThat(allocator.status("duel").readyPods()).hasValue(0);
    }

    @Test
    void beforeItsBootNothingIsOfAnyEffect() {
        allocator.addPod("duel", pod);
        Platform platform = pod.platform();

        platform.ready(true);
        platform.free(new ClaimedSlot("any", 0, Duration.ZERO, Map.of()));
        platform.shutdown();
        platform.close();

        assertThat(platform.find("any", "any").toCompletableFuture()).isCompletedWithValueMatching(Optional::isEmpty);
        assertThat(platform.key("any")).isEmpty();
        assertThat(allocator.status("duel").readyPods()).hasValue(0);
        assertThat(pod.record()).isNotNull();
    }
}
